"""A database as one file and back: pg_dump's custom format, restored beside the old database and then put in its place."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from core.errors import BackupFailed, DatabaseUnavailable
from core.settings import Settings
from db import migrate, roles
from db.address import database_name, is_embedded, login_url, server_url, with_database, without_password
from db.binaries import environment, packaged

# -B is --no-large-objects under the one name that every version knows: the product has none, and one that somebody else made
# cannot be read by `backup`. db/roles.py closes pg_catalog anew in every database; `owner` could not restore that.
_DUMP = ("--format=custom", "--compress=1", "--no-owner", "-B", "--exclude-schema=pg_catalog")
_NEEDED = "Install the PostgreSQL client programs (package postgresql-client) of the server's version."


@dataclass(frozen=True)
class Backup:
    """What was written or read back. `tables` counts those with rows of their own, partitions included."""

    file: str
    database: str
    size_bytes: int
    tables: int
    seconds: float


def back_up(settings: Settings, file: Path, demo: bool = False, replace: bool = False) -> Backup:
    """Write one database to `file` (readable by its owner alone). Raw files under OIFLOW_HOME/raw are not in it.

    A file that is there is only overwritten when `replace` says so.
    """
    begun = time.monotonic()
    if file.exists() and not replace:
        raise BackupFailed(f"There is a file {file} already. Say --replace to overwrite it.")
    url = login_url(settings, "backup", demo)
    half = file.with_name(f"{file.name}.part")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _run(_program(settings, "pg_dump"), url, *_DUMP, f"--file={half}")
        tables = _tables(settings, half)
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)
    return Backup(str(file), database_name(settings, demo), file.stat().st_size, tables, time.monotonic() - begun)


def restore(settings: Settings, file: Path, demo: bool = False, replace: bool = False) -> Backup:
    """Read `file` into a database beside the present one, bring it up to date, then swap both in one transaction.

    A database that holds loads or accounts is only replaced when `replace` says so. Anything wrong leaves it as it was.
    """
    begun = time.monotonic()
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    tables = _tables(settings, file)
    name = database_name(settings, demo)
    beside = f"{name}_restored"
    if not replace and _in_use(login_url(settings, "owner", demo)):
        raise BackupFailed(f"The database '{name}' holds loads or accounts. Say --replace to put the backup in its place.")
    manager = server_url(settings, demo)
    _drop(manager, beside)
    roles.ensure_database(manager, beside)
    owner = with_database(login_url(settings, "owner", demo), beside)
    try:
        _run(_program(settings, "pg_restore"), owner, "--no-owner", "--exit-on-error", "--single-transaction", str(file))
        migrate.migrate_url(owner)
        _check_market(owner, demo)
        _swap(manager, name, beside)
    finally:
        _drop(manager, beside)
    return Backup(str(file), name, file.stat().st_size, tables, time.monotonic() - begun)


def _program(settings: Settings, name: str) -> list[str]:
    """The program that suits the server: the wheel brings 18 and 16, the system's own comes first because it knows TLS.

    Older programs refuse newer servers, and those from 17 on restore with a setting that servers before 17 do not know.
    """
    brought = [str(packaged() / install / "bin" / name) for install in ("pginstall18", "pginstall")]
    if is_embedded(settings):
        return brought[:1]
    server = _server_major(settings)
    there = [program for program in (shutil.which(name), *brought) if program is not None]
    fitting = [program for program in there if server <= _major(program) and (server >= 17 or _major(program) < 17)]
    if not fitting:
        raise BackupFailed(f"The server is PostgreSQL {server} and no {name} here suits it. {_NEEDED}")
    return fitting[:1]


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)", told)
    return int(match[1]) if match else 0


def _server_major(settings: Settings) -> int:
    try:
        connection = psycopg2.connect(server_url(settings), connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable() from error
    try:
        return int(connection.server_version) // 10_000
    finally:
        connection.close()


def _run(program: list[str], url: str, *words: str) -> None:
    """Run a client program; the password goes by the environment, where a list of processes does not show it."""
    password = unquote(urlsplit(url).password or "")
    bare = without_password(url)
    done = subprocess.run(
        [*program, *words, f"--dbname={bare}"],
        env={**environment(), "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        hint = f" {_NEEDED}" if "server version" in done.stderr or "SSL" in done.stderr else ""
        raise BackupFailed(f"{Path(program[0]).name}: {said}.{hint}")


def _tables(settings: Settings, file: Path) -> int:
    """Number of tables with rows in a backup, which also shows that the file is one."""
    program = _program(settings, "pg_restore")
    listed = subprocess.run([*program, "--list", str(file)], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise BackupFailed(f"{file} is no backup of a database.")
    return sum(" TABLE DATA " in line for line in listed.stdout.splitlines())


@contextmanager
def _entered(owner: str) -> Iterator[psycopg2.extensions.cursor]:
    try:
        connection = psycopg2.connect(owner, connect_timeout=10)
    except psycopg2.OperationalError as error:
        raise DatabaseUnavailable() from error
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _in_use(owner: str) -> bool:
    with _entered(owner) as cursor:
        cursor.execute("SELECT to_regclass('public.loads') IS NOT NULL AND to_regclass('auth.accounts') IS NOT NULL")
        if not (cursor.fetchone() or (False,))[0]:
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM loads) OR EXISTS (SELECT FROM auth.accounts)")
        return bool((cursor.fetchone() or (False,))[0])


def _check_market(owner: str, demo: bool) -> None:
    """Refuse the simulated market in the place of the real one and the other way round; what holds no load fits both.

    Made-up figures and demo accounts are in the simulated market alone. It may hold real figures and other accounts too.
    """
    with _entered(owner) as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM loads JOIN sources USING (source) WHERE simulated) "
            "OR EXISTS (SELECT FROM auth.accounts WHERE demo), EXISTS (SELECT FROM loads WHERE source IS NOT NULL)"
        )
        simulated, loaded = cursor.fetchone() or (False, False)
    if simulated and not demo:
        raise BackupFailed("This is a backup of the simulated market. Say --demo to put it back there. Nothing was changed.")
    if demo and loaded and not simulated:
        raise BackupFailed("This is a backup of the real market. Leave out --demo to put it back there. Nothing was changed.")


def _drop(manager: str, name: str) -> None:
    with roles.maintenance(manager) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _swap(manager: str, name: str, beside: str) -> None:
    """Exchange the names of two databases at one instant. Who is connected to the old one is sent away and comes back."""
    now, new, old = (sql.Identifier(each) for each in (name, beside, f"{name}_replaced"))
    with roles.maintenance(manager) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [roles.SETUP_LOCK])
        cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(now))
        try:
            _send_away(connection, name)
            connection.autocommit = False
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(now, old))
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, now))
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, new))
            connection.commit()
        except psycopg2.Error as error:
            connection.rollback()
            connection.autocommit = True
            cursor.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(now))
            raise BackupFailed(
                f"Others use the database '{name}' and cannot be sent away. Stop OI Flow, then restore."
            ) from error
        connection.autocommit = True


def _send_away(connection: psycopg2.extensions.connection, name: str) -> None:
    """End the connections to a database and wait, up to five seconds, until they are gone."""
    with connection.cursor() as cursor:
        for _ in range(50):
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            if not cursor.fetchall():
                return
            time.sleep(0.1)
