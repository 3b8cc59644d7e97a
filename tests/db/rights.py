"""Who may what, read from PostgreSQL's catalogue. `python -m tests.db.rights URL > tests/db/rights.csv` writes it anew."""

import csv
import sys

import psycopg2

COLUMNS = ["kind", "object", "login", "verbs"]
LOGINS = "ARRAY['owner', 'ingest', 'worker', 'app_free', 'app_premium', 'app_admin', 'auth', 'backup', 'public']"
OURS = "nspname IN ('public', 'facts', 'auth', 'limits')"
WRITERS = "ARRAY['lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lo_truncate', 'lo_truncate64', 'lowrite']"
RIGHTS = f"""
WITH logins AS (SELECT unnest({LOGINS}) AS login), objects AS (
    SELECT 'schema' AS kind, nspname::text AS object, oid, ARRAY['USAGE', 'CREATE'] AS verbs FROM pg_namespace WHERE {OURS}
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
           nspname || '.' || relname, c.oid,
           CASE relkind WHEN 'S' THEN ARRAY['USAGE', 'SELECT', 'UPDATE']
           ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] END
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'function', nspname || '.' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.oid,
           ARRAY['EXECUTE']
      FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE {OURS} OR nspname = 'pg_catalog' AND proname = ANY ({WRITERS})
    UNION ALL
    SELECT 'database', 'this', oid, ARRAY['CONNECT', 'CREATE', 'TEMPORARY'] FROM pg_database WHERE datname = current_database()
)
SELECT kind, object, login, string_agg(verb, ' ' ORDER BY position)
  FROM objects, logins, unnest(verbs) WITH ORDINALITY AS given (verb, position)
 WHERE CASE kind WHEN 'schema' THEN has_schema_privilege(login, oid, verb)
                 WHEN 'sequence' THEN has_sequence_privilege(login, oid, verb)
                 WHEN 'function' THEN has_function_privilege(login, oid, verb)
                 WHEN 'database' THEN has_database_privilege(login, oid, verb)
                 ELSE has_table_privilege(login, oid, verb) END
 GROUP BY kind, object, login ORDER BY kind, object, array_position({LOGINS}, login)
"""


def rights(url: str) -> list[tuple[str, str, str, str]]:
    """(kind, object, login, verbs) of everything that a login, or everybody (`public`), may do."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(RIGHTS)
        found = cursor.fetchall()
    connection.close()
    return found


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([COLUMNS, *rights(sys.argv[1])])
