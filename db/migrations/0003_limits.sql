-- Permits to ask providers, shared by all processes: one bucket a source.

CREATE SCHEMA limits;
COMMENT ON SCHEMA limits IS 'When each source was asked, as long as its limits look back. A table a source, made by open_bucket; nothing here is data.';

CREATE FUNCTION limits.open_bucket(source text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    made text := 'ratelimit___' || source;
BEGIN
    IF source !~ '^[a-z][a-z0-9_]{0,39}$' THEN
        RAISE EXCEPTION 'not a source: %', source;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(made));
    IF to_regclass('limits.' || made) IS NULL THEN
        EXECUTE format('CREATE TABLE limits.%I (name varchar, weight smallint, item_timestamp timestamp)', made);
        EXECUTE format('CREATE INDEX ON limits.%I (item_timestamp)', made);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON limits.%I TO ingest', made);
    END IF;
END $$;
COMMENT ON FUNCTION limits.open_bucket IS 'The table that PyrateLimiter keeps the permits of a source in, as its PostgresBucket would make it.';

GRANT USAGE ON SCHEMA limits TO ingest, backup;
REVOKE EXECUTE ON FUNCTION limits.open_bucket(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.open_bucket(text) TO ingest;
