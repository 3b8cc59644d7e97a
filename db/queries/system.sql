-- name: has_migrations
-- Whether this database was ever migrated.
SELECT to_regclass('public.schema_migrations') IS NOT NULL;

-- name: applied_migrations
-- Number and sha256 of each migration applied.
SELECT version, sha256 FROM schema_migrations ORDER BY version;

-- name: login_report
-- Time limits and powers of the product's logins, and how many connections each has.
SELECT r.rolname::text,
       ARRAY(SELECT coalesce((SELECT split_part(kept, '=', 2) FROM unnest(r.rolconfig) AS kept WHERE split_part(kept, '=', 1) = name), '')
               FROM unnest(%(settings)s::text[]) WITH ORDINALITY AS wanted (name, place) ORDER BY place),
       array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
                          CASE WHEN r.rolcreaterole THEN 'createrole' END, CASE WHEN r.rolcreatedb THEN 'createdb' END,
                          CASE WHEN r.rolreplication THEN 'replication' END], NULL),
       (SELECT count(*) FROM pg_stat_activity AS used WHERE used.usename = r.rolname)
  FROM pg_roles AS r
 WHERE r.rolname = ANY(%(logins)s::text[])
 ORDER BY array_position(%(logins)s::text[], r.rolname::text);

-- name: large_objects
-- How many large objects this database holds, whose they are, and how many of the functions that write them are open to everybody.
SELECT (SELECT count(*) FROM pg_largeobject_metadata),
       (SELECT coalesce(string_agg(DISTINCT pg_get_userbyid(lomowner), ', '), '') FROM pg_largeobject_metadata),
       (SELECT count(*) FROM unnest(%(writers)s::text[]) AS writer (signature)
         WHERE has_function_privilege('public', to_regprocedure('pg_catalog.' || signature), 'EXECUTE'));

-- name: server_time
-- What time it is on the database's machine.
SELECT clock_timestamp();
