"""Logins and databases, made in a PostgreSQL of our own and in one that somebody else runs."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from core import settings as settings_module
from core.clock import system_clock
from core.errors import SettingsError
from core.settings import LOGINS
from db import address, doctor, embedded, migrate, roles
from db.connect import connect, open_databases
from tests.db.statements import say


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A PostgreSQL that somebody else runs; not that of the other tests, because logins belong to a whole server."""
    with embedded.start(tmp_path_factory.mktemp("elsewhere"), durable=False) as server:
        yield server.superuser_url


@pytest.fixture
def clean(elsewhere):
    """The address of its superuser; what a test makes there goes away after it."""
    yield elsewhere
    for (name,) in say(elsewhere, "SELECT datname FROM pg_database WHERE datname LIKE 'market%'"):
        say(elsewhere, f"DROP DATABASE {name} WITH (FORCE)")
    kept = "SELECT rolname FROM pg_roles WHERE rolname <> 'postgres' AND rolname NOT LIKE 'pg\\_%' ORDER BY rolname = 'operator'"
    for (name,) in say(elsewhere, kept):
        say(elsewhere, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.fixture
def operator(clean):
    """Make a role with given rights and an own database `market`; its address."""

    def make(rights):
        say(clean, f"CREATE ROLE operator LOGIN PASSWORD 'of-the-operator' {rights}", "CREATE DATABASE market OWNER operator")
        return address.with_database(address.with_login(clean, "operator", "of-the-operator"), "market")

    return make


def settings_for(url, home, **passwords):
    return settings_module.load(oiflow_home=home, database_url=url, **passwords)


def works(settings):
    """Everything that a start does, then one question by each login on both databases."""
    with open_databases(settings):
        for demo in (False, True):
            for login in LOGINS:
                db = connect(settings, login, demo)
                assert db.value("ping") == 1
                db.close()
    return True


def test_a_superuser_makes_everything_even_the_named_database(clean, tmp_path):
    settings = settings_for(address.with_database(clean, "market"), tmp_path)
    assert works(settings)
    assert works(settings)


def test_a_role_that_may_make_logins_and_databases_is_enough(operator, tmp_path):
    settings = settings_for(operator("CREATEDB CREATEROLE"), tmp_path)
    assert works(settings)
    assert works(settings)
    owners = say(operator_url(settings), "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'market%'")
    assert owners == [("owner",)] * 2


def operator_url(settings):
    return settings.database_url.get_secret_value()


def test_without_rights_the_message_names_what_does_not_get_in(operator, tmp_path):
    settings = settings_for(operator(""), tmp_path)
    with pytest.raises(SettingsError, match=r"no CREATEDB and CREATEROLE.*owner to market.*backup to market_demo"):
        roles.ensure(operator_url(settings), settings)


def test_without_rights_what_the_operator_made_beforehand_is_used(clean, operator, tmp_path):
    url = operator("")
    passwords = {f"{login}_password": secrets.token_urlsafe(16) for login in LOGINS}
    for login in LOGINS:
        say(clean, f"CREATE ROLE {login} LOGIN PASSWORD '{passwords[f'{login}_password']}'")
    say(clean, "ALTER DATABASE market OWNER TO owner", "CREATE DATABASE market_demo OWNER owner")
    assert works(settings_for(url, tmp_path, **passwords))


def test_a_login_that_is_a_superuser_is_refused(clean, tmp_path):
    say(clean, "CREATE ROLE app_free SUPERUSER")
    with pytest.raises(SettingsError, match="'app_free' exists in this PostgreSQL and is a superuser"):
        roles.ensure(clean, settings_for(address.with_database(clean, "market"), tmp_path))


def test_a_login_that_belongs_to_somebody_else_is_not_taken_over(clean, operator, tmp_path):
    url = operator("CREATEDB CREATEROLE")
    say(clean, "CREATE ROLE ingest LOGIN")
    with pytest.raises(SettingsError, match="'ingest' exists in this PostgreSQL and belongs to somebody else"):
        roles.ensure(url, settings_for(url, tmp_path))


def test_a_database_that_belongs_to_somebody_else_is_not_taken_over(clean, operator, tmp_path):
    url = operator("CREATEDB CREATEROLE")
    say(clean, "CREATE ROLE operator_of_another", "ALTER DATABASE market OWNER TO operator_of_another")
    with pytest.raises(SettingsError, match="'market' belongs to 'operator_of_another'"):
        roles.ensure(url, settings_for(url, tmp_path))


def test_a_login_of_ours_does_not_manage_the_others(clean, tmp_path):
    say(clean, "CREATE ROLE owner LOGIN CREATEDB CREATEROLE PASSWORD 'of-the-owner'", "CREATE DATABASE market OWNER owner")
    url = address.with_database(address.with_login(clean, "owner", "of-the-owner"), "market")
    with pytest.raises(SettingsError, match="is a login of OI Flow"):
        roles.ensure(url, settings_for(url, tmp_path))


def test_a_database_that_a_killed_restore_left_closed_opens_again(clean, tmp_path):
    settings = settings_for(address.with_database(clean, "market"), tmp_path)
    assert works(settings)
    say(clean, "ALTER DATABASE market ALLOW_CONNECTIONS false")
    assert works(settings)


def test_two_that_set_up_at_once_do_not_disturb_each_other(clean, tmp_path):
    settings = settings_for(address.with_database(clean, "market"), tmp_path)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: works(settings), range(4)))


def test_new_passwords_in_the_settings_take_effect(clean, tmp_path):
    url = address.with_database(clean, "market")
    assert works(settings_for(url, tmp_path))
    assert works(settings_for(url, tmp_path, app_free_password="another-password-of-app-free"))


@pytest.mark.parametrize("login", LOGINS)
def test_every_login_has_its_limits_and_no_power(databases, login):
    connection = psycopg2.connect(getattr(databases, login).url)
    with connection.cursor() as cursor:
        shown = []
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown.append(cursor.fetchone()[0])
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, "
            "(SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = current_user"
        )
        powers = cursor.fetchone()
    connection.close()
    assert tuple(shown) == roles.TIMEOUTS[login]
    assert powers == (False, False, False, False, False, 0)


def test_nobody_else_enters_our_databases(databases):
    databases.owner.value("ping")
    superuser = databases.settings.database_url.get_secret_value()
    say(superuser, "CREATE ROLE stranger LOGIN PASSWORD 'of-a-stranger'")
    try:
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(address.with_login(superuser, "stranger", "of-a-stranger"))
    finally:
        say(superuser, "DROP ROLE stranger")


def test_a_managing_role_that_is_no_superuser_leaves_large_objects_to_the_doctor(operator, tmp_path):
    settings = settings_for(operator("CREATEDB CREATEROLE"), tmp_path)
    assert works(settings)
    found = [check for check in doctor.examine(settings, system_clock) if check.name == "large objects"]
    assert [check.good for check in found] == [True, True]
    assert "every login may make them; a superuser closes that: `oiflow db roles --sql`" in found[0].found


def test_the_doctor_notices_large_objects(clean, tmp_path):
    settings = settings_for(address.with_database(clean, "market"), tmp_path)
    assert works(settings)
    say(address.with_database(clean, "market"), "SELECT lo_from_bytea(0, 'left behind')")
    found = [check for check in doctor.examine(settings, system_clock) if check.name == "large objects"]
    assert [check.good for check in found] == [False, True]
    assert "1 made by postgres, remove them with lo_unlink; no login may make them" in found[0].found


def test_migrations_of_an_owner_elsewhere_are_recorded(clean, tmp_path: Path):
    settings = settings_for(address.with_database(clean, "market"), tmp_path)
    with open_databases(settings):
        db = connect(settings, "owner")
        assert migrate.pending(db) == []
        db.close()
