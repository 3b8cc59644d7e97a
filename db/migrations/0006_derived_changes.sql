-- Changes of open interest that follow from the chains of two sessions: loads without a payload, which name their inputs.

ALTER TABLE loads ALTER COLUMN payload_sha256 DROP NOT NULL;
ALTER TABLE loads ADD CONSTRAINT loads_check4 CHECK ((payload_sha256 IS NULL) = (source = 'derived'));
CREATE INDEX loads_by_open_interest ON loads (session_date, source);

CREATE TABLE load_inputs (
    load_id bigint PRIMARY KEY REFERENCES loads ON DELETE CASCADE,
    later   bigint NOT NULL,
    earlier bigint NOT NULL
);
COMMENT ON TABLE load_inputs IS 'What derived loads follow from: the chain with the later open interest, and that of the session before.';
GRANT SELECT ON load_inputs TO ingest, worker, app_premium, app_admin, backup;
GRANT INSERT ON load_inputs TO ingest;

ALTER TABLE facts.options_flow ALTER COLUMN volume DROP NOT NULL;
ALTER TABLE free_contracts ALTER COLUMN volume DROP NOT NULL;
COMMENT ON COLUMN facts.options_flow.volume IS 'Contracts traded in quote_session up to known_at; NULL where the source does not say.';
