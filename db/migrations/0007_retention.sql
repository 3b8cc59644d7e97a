-- Contracts of scans go after a while; the last look of each session stays.

CREATE TABLE pruned_loads (
    load_id   bigint PRIMARY KEY REFERENCES loads,
    pruned_at timestamptz NOT NULL
);
COMMENT ON TABLE pruned_loads IS 'Scans whose contracts went, because a later look of their session stands; sums, price and bytes stay.';
GRANT SELECT ON pruned_loads TO ingest, worker, app_premium, app_admin;
GRANT INSERT ON pruned_loads TO ingest;

CREATE FUNCTION facts.shrink_month(parent text, month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    stem text := parent || '_' || to_char(month, 'YYYYMM');
BEGIN
    IF parent NOT IN ('options_flow', 'chain_snapshots') THEN
        RAISE EXCEPTION 'has no partitions by session: %', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(stem));
    IF to_regclass('facts.' || stem) IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('ALTER TABLE facts.%I RENAME TO %I', stem, stem || '00');
    RETURN facts.pack_month(parent, month);
END $$;
COMMENT ON FUNCTION facts.shrink_month IS 'Write a packed month anew without the space of rows that went; 0 where it is not packed yet. Returns the rows that stay.';
REVOKE EXECUTE ON FUNCTION facts.shrink_month(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.shrink_month(text, date) TO ingest;

CREATE OR REPLACE VIEW scan_runs WITH (security_invoker = true) AS
SELECT run_id AS scan_id, source, session, planned_at, started_at AS start_time, ended_at AS end_time, status, names AS stocks_scanned,
       names_expected AS stocks_expected, expirations AS expiries_scanned, calls AS total_api_calls,
       extract(epoch FROM ended_at - started_at)::float8 AS duration_seconds, reason, attempts AS total_attempts
  FROM runs WHERE duty = 'scan';
