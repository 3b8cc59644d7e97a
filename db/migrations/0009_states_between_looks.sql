-- A state of a session of chains for every look at it; what the loads tell by themselves is read from them.

CREATE TABLE load_comparisons (
    later     bigint REFERENCES loads ON DELETE CASCADE,
    earlier   bigint NOT NULL,
    repeats   boolean NOT NULL,
    pairs     integer NOT NULL,
    unchanged integer NOT NULL,
    PRIMARY KEY (later, earlier)
);
COMMENT ON TABLE load_comparisons IS 'Whether a chain repeats the open interest of the session before: contracts compared, and those unchanged. Loads never change, so neither does this.';
GRANT SELECT ON load_comparisons TO ingest, worker, app_premium, app_admin, backup;
GRANT INSERT ON load_comparisons TO ingest;

ALTER TABLE session_states DROP COLUMN slots, DROP COLUMN contracts, DROP COLUMN volume_final, DROP COLUMN stale_slots;
COMMENT ON COLUMN session_states.slots_expected IS 'Slots that the sessions before make expect. What is there, visible_loads tells.';
