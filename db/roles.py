"""The logins of the product and the two databases they enter. Rights on tables are in schema.sql, not here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from core.errors import DatabaseUnavailable, SettingsError
from core.settings import LOGINS, Settings
from db import logins
from db.address import database_name, with_database, with_login
from db.database import queries

SETUP_LOCK = 7_204_301  # advisory lock: two processes never make logins at once

# login -> what PostgreSQL cuts off by itself: statement_timeout, lock_timeout, idle_in_transaction_session_timeout
TIMEOUTS: dict[str, tuple[str, str, str]] = {
    "owner": ("30min", "10s", "10min"),
    "ingest": ("10min", "1min", "10min"),
    "worker": ("10min", "1min", "10min"),
    "app_free": ("5s", "2s", "15s"),
    "app_premium": ("5s", "2s", "15s"),
    "app_admin": ("5s", "2s", "15s"),
    "auth": ("5s", "2s", "15s"),
    "backup": ("2h", "1min", "2h"),
}
# what writes a large object: no relation holds those, so no right on tables keeps a login from filling the disk with them
LARGE_OBJECT_WRITERS = (
    "lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)", "lo_import(text)", "lo_import(text, oid)",
    "lo_put(oid, bigint, bytea)", "lo_truncate(integer, integer)", "lo_truncate64(integer, bigint)", "lowrite(integer, bytea)",
)  # fmt: skip
_NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def ensure(superuser_url: str, settings: Settings) -> None:
    """Make the logins and both databases, or bring them up to date. Safe to repeat and to run twice at once.

    The login of `superuser_url` is a superuser or has CREATEDB and CREATEROLE; with neither, everything has to stand already.
    """
    passwords = logins.passwords(settings)
    names = [database_name(settings, demo) for demo in (False, True)]
    with maintenance(superuser_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        if not _may_make_roles(cursor):
            _check_given(superuser_url, passwords, names)
            return
        for login, password in passwords.items():
            _ensure_login(cursor, login, password)
        for name in names:
            _ensure_database(cursor, superuser_url, name)
        if not settings.database_url.get_secret_value():  # the embedded server is ours alone
            cursor.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")


def ensure_database(superuser_url: str, name: str, template: str | None = None) -> None:
    """Make one database owned by `owner` if it is missing, open to the logins and to nobody else."""
    with maintenance(superuser_url) as connection, connection.cursor() as cursor:
        _ensure_database(cursor, superuser_url, name, template)


@dataclass(frozen=True)
class Login:
    """One login as PostgreSQL has it: its time limits, and powers that no login should have."""

    login: str
    limits: tuple[str, str, str]
    powers: tuple[str, ...]
    connections: int


def report(superuser_url: str) -> list[Login]:
    """Every login that stands, as the catalogue has it."""
    with maintenance(superuser_url) as connection, connection.cursor() as cursor:
        cursor.execute(queries()["login_report"], {"settings": list(_NAMES), "logins": list(LOGINS)})
        found = cursor.fetchall()
    return [Login(login, (limits[0], limits[1], limits[2]), tuple(powers), used) for login, limits, powers, used in found]


def script(settings: Settings) -> list[str]:
    """Statements with which an operator makes logins and databases where DATABASE_URL's role may not; passwords come after."""
    others = ", ".join(login for login in LOGINS if login != "owner")
    lines = [f"CREATE ROLE {login} LOGIN;" for login in LOGINS]
    for login, limits in TIMEOUTS.items():
        lines += [f"ALTER ROLE {login} SET {setting} = '{value}';" for setting, value in zip(_NAMES, limits, strict=True)]
    for name in (database_name(settings, demo) for demo in (False, True)):
        quoted = '"' + name.replace('"', '""') + '"'
        lines += [
            f"CREATE DATABASE {quoted} OWNER owner ENCODING 'UTF8' TEMPLATE template0;",
            f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC;",
            f"GRANT CONNECT ON DATABASE {quoted} TO {others};",
            f"GRANT TEMPORARY ON DATABASE {quoted} TO ingest, worker;",
            f"\\connect {quoted}",
            *(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{writer} FROM PUBLIC;" for writer in LARGE_OBJECT_WRITERS),
        ]
    return [*lines, *(f"\\password {login}" for login in LOGINS)]


@contextmanager
def maintenance(url: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection outside any transaction, to the database of the address or, where that is not made yet, to `postgres`."""
    try:
        try:
            connection = psycopg2.connect(with_database(url, "postgres"), connect_timeout=10)
        except psycopg2.OperationalError:
            connection = psycopg2.connect(url, connect_timeout=10)
    except psycopg2.OperationalError as error:
        reason = (str(error).strip().splitlines() or ["no answer"])[0]
        raise DatabaseUnavailable(f"PostgreSQL does not let us in: {reason}") from error
    connection.autocommit = True
    try:
        if connection.server_version < 150_000:
            raise SettingsError("DATABASE_URL names a PostgreSQL older than 15.")
        yield connection
    finally:
        connection.close()


def _may_make_roles(cursor: psycopg2.extensions.cursor) -> bool:
    cursor.execute("SELECT rolsuper, rolcreaterole AND rolcreatedb, current_user FROM pg_roles WHERE rolname = current_user")
    is_super, may_make, name = cursor.fetchone() or (False, False, "")
    if (is_super or may_make) and name in LOGINS:
        raise SettingsError(
            f"The role of DATABASE_URL is '{name}', which is a login of OI Flow. Name another role that may make logins."
        )
    return bool(is_super or may_make)


def _check_given(url: str, passwords: dict[str, str], names: list[str]) -> None:
    """Everything was made by the operator: try every login on both databases and say which does not get in."""
    closed = []
    for name in names:
        for login, password in passwords.items():
            try:
                psycopg2.connect(with_login(with_database(url, name), login, password), connect_timeout=10).close()
            except psycopg2.OperationalError:
                closed.append(f"{login} to {name}")
    if closed:
        raise SettingsError(
            f"The role of DATABASE_URL has no CREATEDB and CREATEROLE, and these do not get in: {', '.join(closed)}. "
            "Give it both rights, or run what `oiflow db roles --sql` prints and put the passwords into the settings."
        )


def _ensure_login(cursor: psycopg2.extensions.cursor, login: str, password: str) -> None:
    """One login: may sign in, and nothing else. CREATEROLE alone may not name SUPERUSER or BYPASSRLS, so both are checked."""
    cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [login])
    row = cursor.fetchone()
    if row is not None and row[0]:
        raise SettingsError(f"The login '{login}' exists in this PostgreSQL and is a superuser or bypasses row security.")
    verifier = psycopg2.extensions.encrypt_password(password, login, cursor.connection, "scram-sha-256")
    name = sql.Identifier(login)
    verb = sql.SQL("CREATE ROLE {}" if row is None else "ALTER ROLE {}").format(name)
    words = sql.SQL(" LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT -1 PASSWORD {}").format(sql.Literal(verifier))
    try:
        cursor.execute(verb + words)
        for setting, value in zip(_NAMES, TIMEOUTS[login], strict=True):
            cursor.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value)))
        cursor.execute(sql.SQL("ALTER ROLE {} SET timezone = 'UTC'").format(name))
    except psycopg2.errors.InsufficientPrivilege as error:
        raise SettingsError(
            f"The login '{login}' exists in this PostgreSQL and belongs to somebody else; it cannot be managed."
        ) from error


def _ensure_database(cursor: psycopg2.extensions.cursor, url: str, name: str, template: str | None = None) -> None:
    cursor.execute(
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datallowconn FROM pg_database WHERE datname = %s", [name]
    )
    row = cursor.fetchone()
    if row is not None and row[1] != "UTF8":
        raise SettingsError(f"The database '{name}' has encoding {row[1]}; it has to be UTF8.")
    database = sql.Identifier(name)
    if row is None or row[0] != "owner":
        _become_owner(cursor)
    if row is None:
        cursor.execute(
            sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE {}").format(database, sql.Identifier(template or "template1"))
        )
    elif row[0] != "owner":
        _hand_over(cursor, name, row[0])
    if row is not None and not row[2]:  # a restore was killed just before it changed the names
        cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))
    _close_doors(url, name)


def _become_owner(cursor: psycopg2.extensions.cursor) -> None:
    """Only who may act as `owner` may give it a database. From PostgreSQL 16 on, making a role does not include acting as it."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not (cursor.fetchone() or (False,))[0]:
        cursor.execute("GRANT owner TO CURRENT_USER")


def _hand_over(cursor: psycopg2.extensions.cursor, name: str, holder: str) -> None:
    try:
        cursor.execute(sql.SQL("ALTER DATABASE {} OWNER TO owner").format(sql.Identifier(name)))
    except psycopg2.errors.InsufficientPrivilege as error:
        raise SettingsError(
            f"The database '{name}' belongs to '{holder}'; it has to belong to the role of DATABASE_URL or to 'owner'."
        ) from error


def _close_doors(url: str, name: str) -> None:
    """Nobody but the logins may connect, and nobody makes temporary tables but who needs them, or large objects."""
    with maintenance(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        is_super = bool((cursor.fetchone() or (False,))[0])
        if not is_super:
            cursor.execute("SET ROLE owner")
        for statement in doors(name):
            cursor.execute(statement)
    if is_super:  # PostgreSQL's own functions belong to its superuser; where we are none, `oiflow doctor` says what is open
        _close_large_objects(with_database(url, name))


def _close_large_objects(url: str) -> None:
    """Nobody but a superuser writes large objects in this database; a copy of it keeps that."""
    connection = psycopg2.connect(url, connect_timeout=10)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "; ".join(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{each} FROM PUBLIC" for each in LARGE_OBJECT_WRITERS)
            )
    finally:
        connection.close()


def doors(name: str) -> list[sql.Composed]:
    """Statements that let the logins into a database, and nobody else."""
    database = sql.Identifier(name)
    others = sql.SQL(", ").join(sql.Identifier(login) for login in LOGINS if login != "owner")
    return [
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, others),
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO ingest, worker").format(database),
    ]
