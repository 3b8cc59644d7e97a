"""Who may what in PostgreSQL equals the committed file, and the file keeps the rules that walls are built on."""

import csv
from pathlib import Path

import psycopg2
import pytest

from core.settings import LOGINS
from tests.db.rights import COLUMNS, rights

FILE = Path(__file__).with_name("rights.csv")
READS_FREE = {
    "public.free_contracts", "public.free_data_version", "public.free_names", "public.free_sessions", "public.free_strikes",
    "public.free_tickers",
    "public.reasons", "public.schema_migrations", "public.sentiments", "public.sources",
}  # fmt: skip
APPS = ("app_free", "app_premium", "app_admin")


@pytest.fixture(scope="module")
def committed():
    with FILE.open() as file:
        rows = [tuple(row) for row in csv.reader(file)]
    assert list(rows[0]) == COLUMNS
    return rows[1:]


def ask(unwritten, statement):
    with psycopg2.connect(unwritten.settings.database_url.get_secret_value()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    connection.close()
    return rows


def test_the_catalogue_says_what_the_file_says(unwritten, committed):
    found = set(rights(unwritten.settings.database_url.get_secret_value()))
    assert sorted(found - set(committed)) == []
    assert sorted(set(committed) - found) == []


def test_a_free_visitor_reads_free_relations_and_words_and_nothing_else(committed):
    may = {(name, verbs) for kind, name, login, verbs in committed if login == "app_free" and kind not in ("schema", "database")}
    assert may == {(name, "SELECT") for name in READS_FREE}


def test_nobody_but_auth_and_backup_reads_accounts(committed):
    assert {login for _, name, login, _ in committed if name.startswith("auth")} == {"owner", "auth", "backup"}


def test_the_audit_log_is_only_added_to(committed):
    verbs = {login: verbs for _, name, login, verbs in committed if name == "auth.audit_log" and login != "owner"}
    assert verbs == {"auth": "SELECT INSERT", "backup": "SELECT"}


def test_the_web_writes_requests_and_nothing_else(committed):
    written = {
        (name, login, verbs) for kind, name, login, verbs in committed if kind == "table" and login in APPS and verbs != "SELECT"
    }
    assert written == {("public.requests", "app_admin", "SELECT INSERT")}


def test_backup_only_reads(committed):
    verbs = {verbs for kind, _, login, verbs in committed if login == "backup" and kind not in ("schema", "database")}
    assert verbs == {"SELECT"}


def test_everybody_else_may_nothing(committed):
    assert [row for row in committed if row[2] == "public"] == []


def test_no_login_but_the_owner_makes_or_owns_anything(unwritten, committed):
    makers = {login for kind, _, login, verbs in committed if kind in ("schema", "database") and "CREATE" in verbs.split()}
    assert makers == {"owner"}
    owners = (
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN "
    )
    assert ask(unwritten, f"{owners} ('public', 'facts', 'auth', 'limits')") == [("owner",)]


def test_every_view_asks_with_the_rights_of_its_reader(unwritten):
    open_views = (
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE nspname IN ('public', 'facts', 'auth', 'limits') "
        "AND (relkind = 'm' OR relkind = 'v' AND NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false))"
    )
    assert ask(unwritten, open_views) == []


def test_functions_with_the_owners_rights_name_their_search_path(unwritten):
    loose = "SELECT proname FROM pg_proc WHERE prosecdef AND NOT coalesce(proconfig::text LIKE '%search_path=%', false)"
    assert ask(unwritten, loose) == []


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("making", ["lo_creat(-1)", "lo_create(0)", "lo_from_bytea(0, 'much')", "lo_put(1, 0, 'much')"])
def test_no_login_makes_a_large_object(unwritten, login, making):
    connection = psycopg2.connect(getattr(unwritten, login).url)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection.cursor() as cursor:
        cursor.execute(f"SELECT {making}")
    connection.close()


def test_no_right_hides_in_a_column(unwritten):
    assert ask(unwritten, "SELECT attrelid::regclass FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384") == []


def test_what_is_made_later_can_be_backed_up_and_nothing_more(databases):
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("CREATE TABLE facts.later (number int)")
    later = {
        (login, verbs)
        for _, name, login, verbs in rights(databases.settings.database_url.get_secret_value())
        if name == "facts.later"
    }
    assert {login for login, _ in later} == {"owner", "backup"}
    assert ("backup", "SELECT") in later
