"""Checks of an installation: what would stand in the way, each in one line with its remedy."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg2

from core import sessions
from core.clock import Clock
from core.errors import PlatformError
from core.settings import LOGINS, Settings
from core.sources import scheduled
from db import migrate, roles
from db.address import database_name, is_embedded, login_url, server_url
from db.binaries import runner
from db.connect import connect
from db.database import queries

_LEAST_FREE_GB = 2.0
_CALENDAR_DAYS = 30
_MOST_SKEW = 2.0  # seconds
_BEAT_IS_FRESH = timedelta(minutes=1)


@dataclass(frozen=True)
class Check:
    """One check: what was looked at, whether it is well, what was found."""

    name: str
    good: bool
    found: str


def examine(settings: Settings, clock: Clock) -> list[Check]:
    """Every check, in the order in which a fault should be mended. The database has to run already."""
    checks: list[tuple[str, Callable[[], Iterator[tuple[bool, str]]]]] = [
        ("Python", _python),
        ("home", lambda: _home(settings)),
        ("disk", lambda: _disk(settings)),
        ("raw files", lambda: _raw(settings)),
        ("secrets", lambda: _secrets(settings)),
        ("file modes", lambda: _modes(settings)),
        ("trading calendar", lambda: _calendar(clock)),
        ("sources", lambda: _sources(settings)),
        ("PostgreSQL", lambda: _server(settings)),
        ("clock", lambda: _clock(settings, clock)),
        ("logins", lambda: _logins(settings)),
        ("time limits", lambda: _limits(settings)),
        ("schema", lambda: _schema(settings)),
        ("raw archive", lambda: _packs(settings)),
        ("large objects", lambda: _large_objects(settings)),
    ]
    return [Check(name, good, found) for name, look in checks for good, found in _looked(look)]


def _looked(look: Callable[[], Iterator[tuple[bool, str]]]) -> list[tuple[bool, str]]:
    try:
        return list(look())
    except (PlatformError, OSError, psycopg2.Error) as error:  # a check that cannot be made is a bad one, not the end
        return [(False, str(error).strip().splitlines()[0])]


def _python() -> Iterator[tuple[bool, str]]:
    yield sys.version_info >= (3, 11), f"Python {'.'.join(map(str, sys.version_info[:3]))}; 3.11 or newer is needed"


def _home(settings: Settings) -> Iterator[tuple[bool, str]]:
    home = settings.oiflow_home
    yield os.access(home, os.R_OK | os.W_OK | os.X_OK), f"{home} can be read and written"


def _disk(settings: Settings) -> Iterator[tuple[bool, str]]:
    free = shutil.disk_usage(settings.oiflow_home).free / 1e9
    yield free >= _LEAST_FREE_GB, f"{free:.1f} GB free; {_LEAST_FREE_GB:.0f} GB or more is needed"


def _raw(settings: Settings) -> Iterator[tuple[bool, str]]:
    held = sum(path.stat().st_size for path in (settings.oiflow_home / "raw").rglob("*") if path.is_file()) / 1e9
    yield held <= settings.raw_budget_gb, f"{held:.2f} GB kept, the budget is {settings.raw_budget_gb:.0f} GB (RAW_BUDGET_GB)"


def _secrets(settings: Settings) -> Iterator[tuple[bool, str]]:
    home = settings.oiflow_home
    files = [home / "logins.json", home / "demo_accounts.json", home / "postgres" / "superuser"]
    files += [Path(".env")] if Settings.secrets_in(Path(".env")) else []
    for path in (path for path in files if path.exists()):
        mode = path.stat().st_mode & 0o077
        yield mode == 0, f"{path} is {'private' if mode == 0 else 'readable by others: chmod 600'}"


def _modes(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Others may pass the home where another account runs PostgreSQL, never list it; then each folder in it is closed itself."""
    home = settings.oiflow_home
    mode = home.stat().st_mode
    yield mode & 0o066 == 0, f"{home} is {'private' if mode & 0o066 == 0 else 'open to others: chmod go-rw'}"
    for folder in (home / name for name in ("postgres", "raw", "inbox", "logs", "run")):
        if folder.exists():
            shut = mode & 0o011 == 0 or folder.stat().st_mode & 0o077 == 0
            yield shut, f"{folder} is {'private' if shut else 'open to others: chmod -R go-rwx'}"


def _calendar(clock: Clock) -> Iterator[tuple[bool, str]]:
    last = sessions.known_until()
    left = (last - clock().date()).days
    yield (
        left >= _CALENDAR_DAYS,
        f"sessions are known until {last}; update exchange_calendars when fewer than {_CALENDAR_DAYS} days are left",
    )


def _server(settings: Settings) -> Iterator[tuple[bool, str]]:
    connection = psycopg2.connect(server_url(settings), connect_timeout=10)
    try:
        version = connection.server_version
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('fsync')::boolean, current_setting('server_version')")
            safe, words = cursor.fetchone() or (False, "?")
    finally:
        connection.close()
    yield version >= 150_000, f"PostgreSQL {words}, {_how(settings)}"
    yield bool(safe), f"fsync is {'on' if safe else 'off: a power cut can destroy the database'}"


def _sources(settings: Settings) -> Iterator[tuple[bool, str]]:
    """What SOURCES names, by the rule that the collector keeps to."""
    named = scheduled(settings)
    yield True, f"SOURCES names {', '.join(named)}" if named else "SOURCES names none: only files are taken in"


def _clock(settings: Settings, clock: Clock) -> Iterator[tuple[bool, str]]:
    """By the database, which has our own clock where it is embedded, and by the providers, where a living collector heard one."""
    db = connect(settings, "app_admin", demo=False, most=1)
    try:
        before, theirs, after = clock(), db.value("server_time"), clock()
        said = {row["service"]: row for row in db.dicts("services_alive")}.get("collector")
    finally:
        db.close()
    off = max((before - theirs).total_seconds(), (theirs - after).total_seconds())
    yield off <= _MOST_SKEW, f"{'the same' if off <= _MOST_SKEW else f'{off:.0f} s away from that'} on the database's machine"
    heard = said is not None and abs(clock() - said["beat_at"]) <= _BEAT_IS_FRESH and said["detail"].get("clock_off") is not None
    words = said["detail"]["clock"] if said is not None and heard else ""
    yield not words, words or ("right, by the providers' replies" if heard else "no provider has told the collector the time yet")


def _how(settings: Settings) -> str:
    if not is_embedded(settings):
        return "given by DATABASE_URL"
    way = runner(settings.oiflow_home.resolve() / "postgres")
    how = "in a user namespace" if way.prefix else "as another account" if way.account else "as this user"
    return f"embedded, {how}, data in {way.folder}"


def _logins(settings: Settings) -> Iterator[tuple[bool, str]]:
    for demo in (False, True):
        closed = [login for login in LOGINS if not _enters(login_url(settings, login, demo))]
        name = database_name(settings, demo)
        yield not closed, f"{name}: {'all eight get in' if not closed else 'these do not get in: ' + ', '.join(closed)}"


def _enters(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=10).close()
    except psycopg2.OperationalError:
        return False
    return True


def _limits(settings: Settings) -> Iterator[tuple[bool, str]]:
    wrong = [
        login.login for login in roles.report(server_url(settings)) if login.limits != roles.TIMEOUTS[login.login] or login.powers
    ]
    yield not wrong, f"{'as they should be' if not wrong else 'wrong for ' + ', '.join(wrong) + ': run `oiflow db roles`'}"


def _schema(settings: Settings) -> Iterator[tuple[bool, str]]:
    for demo in (False, True):
        db = connect(settings, "app_admin", demo, most=1)
        try:
            waiting = migrate.pending(db)
        finally:
            db.close()
        name = database_name(settings, demo)
        yield not waiting, f"{name}: {'up to date' if not waiting else 'run `oiflow db migrate` for ' + ', '.join(waiting)}"


def missing_packs(settings: Settings, demo: bool) -> list[str]:
    """Pack files that the database names and the home lacks. A backup holds none, so a restore alone does not bring them."""
    db = connect(settings, "app_admin", demo, most=1)
    try:
        named = [settings.oiflow_home / name for (name,) in db.rows("pack_files")]
    finally:
        db.close()
    return [str(pack) for pack in named if not (pack.exists() or pack.with_suffix(".part").exists())]  # .part: in the making


def _packs(settings: Settings) -> Iterator[tuple[bool, str]]:
    for demo in (False, True):
        lacking = len(missing_packs(settings, demo))
        are = "pack file is" if lacking == 1 else "pack files are"
        fault = f"{lacking} {are} missing in {settings.oiflow_home / 'raw'}: copy this folder from where the backup was made"
        yield not lacking, f"{database_name(settings, demo)}: {fault if lacking else 'every pack file is there'}"


def _large_objects(settings: Settings) -> Iterator[tuple[bool, str]]:
    """The product makes none: those that are there fill the disk, are in no backup, and were made by somebody else."""
    for demo in (False, True):
        connection = psycopg2.connect(server_url(settings, demo), connect_timeout=10)
        try:
            with connection.cursor() as cursor:
                cursor.execute(queries()["large_objects"], {"writers": list(roles.LARGE_OBJECT_WRITERS)})
                held, owners, makers = cursor.fetchone() or (0, "", 0)
        finally:
            connection.close()
        name = database_name(settings, demo)
        may = (
            "every login may make them; a superuser closes that: `oiflow db roles --sql`" if makers else "no login may make them"
        )
        yield not held, f"{name}: {f'{held} made by {owners}, remove them with lo_unlink; ' if held else 'none; '}{may}"
