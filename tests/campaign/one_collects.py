"""R4: of several collectors that find the same session due one publishes it, also where the one that began is killed in it."""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from core import sessions
from core.settings import Settings, load
from db import embedded
from db.connect import connect, open_databases
from tests.campaign._stores import count_row
from tests.campaign.one_collector import LONGEST, leader
from tests.db.statements import say
from tests.ingest.timetable.driven import at
from tests.standins.answering import Answering, answering
from tests.standins.quoting import Quoting
from tests.waiting import wait_until

COVERS = ("R4",)
FIRST, NAMES = date(2026, 8, 3), ("AAPL", "AMD", "MSFT", "NVDA", "SPY", "TSLA")
_SLOW, _PATIENCE = 0.4, 120.0  # seconds: of an answer; until the session is published
_LOADS = "SELECT slot, count(*) FROM loads WHERE source = 'cboe' AND quote_session = '{}' AND state <> 'refused' GROUP BY slot"
_RUNS = "SELECT count(*) FROM runs WHERE session = '{}' AND published > 0"
_TWICE = """
SELECT count(*) FROM (SELECT FROM facts.chain_snapshots f JOIN loads l USING (quote_session, load_id)
                       WHERE quote_session = '{}' GROUP BY contract_id HAVING count(*) > 1) twice
"""


@dataclass
class Clock:
    """The machine's clock, set ahead."""

    ahead: float = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def to(self, moment: datetime) -> None:
        self.ahead = (moment - datetime.now(UTC)).total_seconds()


@dataclass
class Rounds:
    """Takeovers [s] of rounds; the others are faults."""

    seconds: list[float] = field(default_factory=list)
    killed_in_it: int = 0
    unpublished: int = 0
    runs: int = 0
    twice: int = 0


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json, from 50 rounds in full, else from one."""
    rounds, clock = 50 if full else 1, Clock()
    quoting = Quoting(clock, strikes=3, expirations=3)
    with tempfile.TemporaryDirectory(prefix="oiflow-r4c-") as scratch, answering(_slowly(quoting)) as provider:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="")
        try:
            with open_databases(settings, upgrade=True):
                found = collect(settings, provider, clock, rounds)
        finally:
            embedded.stop(Path(scratch), force=True)
    slowest = max(found.seconds, default=LONGEST)
    told = f"of {rounds} sessions, {found.killed_in_it} in whose collection the leader was killed"
    return [
        count_row("R4", f"{told}: not published", found.unpublished),
        count_row("R4", f"{told}: published by other than one run", found.runs),
        count_row("R4", f"{told}: contracts stored twice", found.twice),
        {"bar": "R4", "what": "slowest takeover under collection [s]", "figure": round(slowest, 1), "target": "30 or less",
         "met": slowest <= LONGEST and len(found.seconds) == rounds},
    ]  # fmt: skip


def collect(settings: Settings, provider: Answering, clock: Clock, rounds: int) -> Rounds:
    """A session a round: two to four collectors start after its close, and the one that leads is killed."""
    found, days = Rounds(), sessions.sessions_between(FIRST, FIRST + timedelta(days=2 * rounds + 7))
    probe = connect(settings, "ingest", most=1)
    for number, day in enumerate(days[:rounds]):
        rng = random.Random(number)
        clock.to(at("16:36", day))
        provider.asked.clear()
        with _collectors(settings, provider.url, clock.ahead, rng.randint(2, 4)) as started:
            _round(found, probe, started, provider, day, rng)
    probe.close()
    return found


def _round(found: Rounds, probe: Any, started: Any, provider: Answering, day: date, rng: random.Random) -> None:
    first = leader(probe, started, None, patience=_PATIENCE)
    wanted = rng.randint(1, len(NAMES))
    wait_until(lambda: len(provider.asked) >= wanted, _PATIENCE)
    found.killed_in_it += first is not None and not say(probe.url, _LOADS.format(day))
    if first is not None:
        first.kill()
        first.wait()
        began = time.monotonic()
        if leader(probe, [each for each in started if each is not first], first):
            found.seconds.append(time.monotonic() - began)
    found.unpublished += not wait_until(lambda: len(_published(probe, day)) == len(NAMES), _PATIENCE)
    time.sleep(3)  # whoever else would publish it has had its turn
    loads = dict(_published(probe, day))
    (runs,), (twice,) = say(probe.url, _RUNS.format(day))[0], say(probe.url, _TWICE.format(day))[0]
    found.runs += runs != 1 or set(loads.values()) != {1}
    found.twice += twice


def _published(probe: Any, day: date) -> list[tuple[Any, ...]]:
    return say(probe.url, _LOADS.format(day))


@contextmanager
def _collectors(settings: Settings, provider: str, ahead: float, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    own = {
        "OIFLOW_HOME": str(settings.oiflow_home), "OIFLOW_DEMO": "0", "DATABASE_URL": "", "SOURCES": "cboe",
        "SOURCE_URLS": f"cboe={provider}", "SYMBOLS": ",".join(NAMES),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.campaign.shifted_collector", str(ahead)]
    silent = subprocess.DEVNULL
    started = [subprocess.Popen(command, env=os.environ | own, stdout=silent, stderr=silent) for _ in range(count)]
    try:
        yield started
    finally:
        for each in started:
            each.kill()
            each.wait()


def _slowly(quoting: Quoting) -> dict[str, Any]:
    def slow(answer: Any) -> Any:
        def answering_slowly(asked: Any) -> Any:
            time.sleep(_SLOW)
            return answer(asked)

        return answering_slowly

    return {path: slow(answer) for path, answer in quoting.cboe(NAMES).items()}
