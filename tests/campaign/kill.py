"""R1: `kill -9` anywhere in an import while a reader looks every 50 ms: nothing lost or twice, no half set, no manual step."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.sessions import sessions_between
from core.settings import LOGINS, Settings
from db.database import Database
from tests.ingest.importing import SLOTS, bring, file, shown
from tests.waiting import meanwhile

ROWS = 150
_NEVER = 1_000_000  # statements
_ROOT = Path(__file__).parents[2]
_LOOK = """
SELECT quote_session, count(*), sum(open_interest), count(DISTINCT load_id),
       (SELECT sum(contracts) FROM oi_daily_summary d WHERE d.quote_session = f.quote_session)
  FROM options_flow f WHERE quote_session = ANY(%s) GROUP BY quote_session ORDER BY quote_session
"""


@dataclass
class KillCampaign:
    """What was seen: every count but `kills`, `looks` and `landed` has to be 0."""

    kills: int = 0
    landed: int = 0
    looks: int = 0
    half: int = 0
    differing: int = 0
    rows_too_many: int = 0


def look(db: Database, days: list[date]) -> tuple[Any, ...]:
    """What the views show of some sessions, in one statement."""
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_LOOK, (days,))
        return tuple(cursor.fetchall())


def stored_rows(db: Database) -> int:
    """Rows in the store, whoever sees them."""
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM facts.options_flow) + (SELECT count(*) FROM quarantine)")
        return int(cursor.fetchone()[0])


def kill_imports(real: Any, twin: Any, home: Path, statements: list[int], times: int, seed: int) -> KillCampaign:
    """Kill one import for each statement number, and `times` more at random moments.

    real, twin: two empty databases (fixtures). Into the real one each set comes by a child that is killed and then by a second
    try; into the twin by one quiet import. A set: the four files of a new session and a correction of the one before.
    """
    rng, found = random.Random(seed), KillCampaign()
    days = sessions_between(date(2025, 1, 2), date(2026, 10, 30))[: len(statements) + times + 1]
    first = _set(days[0], None)
    bring(twin.ingest, home, *first)
    with _Victims(real.settings) as victims:
        quiet = victims.run(_write(home / "drop" / "first", first), _NEVER, 0)
        for number, (before, day) in enumerate(pairwise(days)):
            statement = statements[number] if number < len(statements) else 0
            _trial(found, (real, twin, home), _set(day, before), [before, day], victims, statement, rng.uniform(0, 1.3 * quiet))
    found.differing += shown(real.app_admin) != shown(twin.app_admin)
    found.rows_too_many = stored_rows(real.ingest) - stored_rows(twin.ingest)
    return found


def _trial(
    found: KillCampaign,
    places: Any,
    bodies: list[tuple[str, bytes]],
    days: list[date],
    victims: "_Victims",
    statement: int,
    after: float,
) -> None:
    """One set: quietly into the twin, by a victim and then once more into the real database."""
    real, twin, home = places
    paths = _write(home / "drop" / str(found.kills), bodies)
    allowed = [look(twin.app_premium, days)]
    bring(twin.ingest, home, *bodies)
    allowed.append(look(twin.app_premium, days))
    seen: list[tuple[Any, ...]] = []
    with meanwhile(lambda: seen.append(look(real.app_premium, days))):
        victims.run(paths, statement, after)
    seen.append(look(real.app_premium, days))
    found.kills += 1
    found.looks += len(seen)
    found.half += sum(1 for each in seen if each not in allowed)
    found.landed += seen[-1] == allowed[1]
    bring(real.ingest, home, *bodies)
    found.differing += look(real.app_premium, days) != allowed[1]


def _set(day: date, before: date | None) -> list[tuple[str, bytes]]:
    correction = [file("stocks-increase", before, "02:59pm", ROWS, seed=1)] if before else []
    return [file(slot, day, f"02:4{place}pm", ROWS) for place, slot in enumerate(SLOTS)] + correction


def _write(folder: Path, bodies: list[tuple[str, bytes]]) -> list[Path]:
    folder.mkdir(parents=True)
    for name, body in bodies:
        (folder / name).write_bytes(body)
    return sorted(folder.iterdir())


class _Victims:
    """A process whose forks import files and are killed."""

    def __init__(self, settings: Settings):
        passwords = {f"{login.upper()}_PASSWORD": getattr(settings, f"{login}_password").get_secret_value() for login in LOGINS}
        own = {"DATABASE_URL": settings.database_url.get_secret_value(), "OIFLOW_HOME": str(settings.oiflow_home)}
        command = [sys.executable, "-m", "tests.campaign.killed_import"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, env=os.environ | passwords | own, cwd=_ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        while self._answer() != "ready":
            pass

    def run(self, paths: list[Path], statement: int, after: float) -> float:
        """Import files and die, before a statement or `after` so many seconds; how long it lived [s]."""
        assert self._process.stdin is not None
        print(json.dumps([statement, *map(str, paths)]), file=self._process.stdin, flush=True)
        child, started = int(self._answer()), time.monotonic()
        if not statement:
            time.sleep(after)
            with suppress(ProcessLookupError):  # it was quicker than we
                os.kill(child, signal.SIGKILL)
        while not self._answer().isdigit():  # the importer's log may come between
            pass
        return time.monotonic() - started

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The process of the imports ended.")
        return line.strip()

    def __enter__(self) -> "_Victims":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
