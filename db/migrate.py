"""Migrations: db/migrations/0001_name.sql and so on, in order, each in a transaction of its own with its own record."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.extensions

from core.errors import DatabaseUnavailable, SchemaOutdated
from core.settings import Settings
from db.address import login_url
from db.database import Database

FOLDER = Path(__file__).parent / "migrations"
_FILE = re.compile(r"(\d{4})_\w+\.sql")
_LOCK = 7_204_302  # advisory lock: two processes never migrate one database at once


@dataclass(frozen=True)
class Migration:
    """One step of the schema: number, file name, text and the text's sha256."""

    version: int
    name: str
    text: str
    sha256: str


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations in order; numbers without gaps, from 1."""
    found = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _FILE.fullmatch(path.name)
        if match is None or int(match[1]) != number:
            raise ValueError(f"Migration {path.name} should be number {number:04d}.")
        text = path.read_text()
        found.append(Migration(number, path.name, text, hashlib.sha256(text.encode()).hexdigest()))
    return found


def pending(db: Database) -> list[str]:
    """Names of the migrations this database still needs. SchemaOutdated where one changed after it was applied."""
    applied: dict[int, str] = dict(db.rows("applied_migrations")) if db.value("has_migrations") else {}
    return [step.name for step in _missing(applied, migrations())]


def migrate(settings: Settings, demo: bool = False, only_fresh: bool = False) -> list[str]:
    """Bring a database up to date as `owner`; the names applied now. A run that was killed is completed by the next one.

    only_fresh: set up an empty database, but raise SchemaOutdated for one with an older schema.
    """
    return migrate_url(login_url(settings, "owner", demo), only_fresh=only_fresh)


def migrate_url(url: str, folder: Path = FOLDER, only_fresh: bool = False) -> list[str]:
    """As `migrate`, for the address of an owner."""
    try:
        connection = psycopg2.connect(url, connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable() from error
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            applied = _applied(cursor)
            steps = _missing(applied, migrations(folder))
            if only_fresh and applied and steps:
                raise SchemaOutdated()
            for step in steps:
                _apply(cursor, step)
    finally:
        connection.close()
    return [step.name for step in steps]


def _applied(cursor: psycopg2.extensions.cursor) -> dict[int, str]:
    cursor.execute("SELECT to_regclass('public.schema_migrations') IS NOT NULL")
    row = cursor.fetchone()
    if row is None or not row[0]:
        return {}
    cursor.execute("SELECT version, sha256 FROM public.schema_migrations")
    return dict(cursor.fetchall())


def _missing(applied: dict[int, str], steps: list[Migration]) -> list[Migration]:
    for step in steps:
        if applied.get(step.version, step.sha256) != step.sha256:
            raise SchemaOutdated(
                f"Migration {step.name} was changed after this database had applied it. Restore the file as it was."
            )
    if applied and max(applied) > len(steps):
        raise SchemaOutdated(
            f"The database has migration {max(applied):04d}, which this version of OI Flow does not know. Update OI Flow."
        )
    return [step for step in steps if step.version not in applied]


def _apply(cursor: psycopg2.extensions.cursor, step: Migration) -> None:
    """One step and its record, together or not at all."""
    cursor.execute("BEGIN")
    try:
        cursor.execute(step.text)
        cursor.execute(
            "INSERT INTO public.schema_migrations (version, name, sha256) VALUES (%s, %s, %s)",
            [step.version, step.name, step.sha256],
        )
    except BaseException:  # Ctrl-C too: half a step must not stay open on this connection
        if not cursor.connection.closed:
            cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")
