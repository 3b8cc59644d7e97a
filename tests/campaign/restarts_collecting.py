"""R15: PostgreSQL stops at once and starts again while a collector fetches and publishes; a reader looks all the time."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
from pyrate_limiter import Duration, Rate
from structlog.testing import capture_logs

from core import sessions
from core.settings import Settings, load
from db import embedded
from db.connect import connect, open_databases
from ingest.collector import Collector
from ingest.sources import cboe
from ingest.timetable.duties import SCAN_EVERY, scans
from tests.campaign._stores import count_row
from tests.db.statements import say
from tests.ingest.timetable.driven import Moving, at
from tests.standins.answering import answering
from tests.standins.quoting import Quoting
from tests.waiting import meanwhile

COVERS = ("R15",)
FIRST, LONGEST, PATIENCE = date(2026, 11, 17), 10.0, 60.0
NAMES = ("AAPL", "MSFT", "NVDA", "SPY")
_SLOW = 0.05  # seconds that the provider takes for an answer
_LOADS = """
SELECT l.load_id, l.published_version, l.rows_published, (SELECT count(*) FROM facts.chain_snapshots f
                                                           WHERE f.quote_session = l.quote_session AND f.load_id = l.load_id)
  FROM loads l WHERE l.source = 'cboe_scan' AND l.state IN ('published', 'superseded')
"""


@dataclass
class Restarted:
    """What was seen: seconds until a scan was published again after each restart; the others are faults."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    halves: int = 0
    traces: int = 0
    looks: int = 0
    published: int = 0


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: 20 restarts in full, else two."""
    times = 20 if full else 2
    with tempfile.TemporaryDirectory(prefix="oiflow-r15-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="", sources="cboe", symbols=",".join(NAMES))
        try:
            with open_databases(settings, upgrade=True), capture_logs() as logged:
                found = restart(settings, times)
        finally:
            embedded.stop(Path(scratch), force=True)
    found.traces = sum(bool(each.get("exc_info")) for each in logged)
    slowest = max(found.seconds, default=PATIENCE)
    print(f"  {found.published} scans published, {found.looks} looks")
    return [
        {"bar": "R15", "what": f"slowest return to publishing after {times} restarts under a collector [s]",
         "figure": round(slowest, 1), "target": "10 or less", "met": slowest <= LONGEST and len(found.seconds) == times},
        count_row("R15", "committed loads of which rows were lost", found.lost),
        count_row("R15", "scans shown by half", found.halves),
        count_row("R15", "traces in the collector's log", found.traces),
    ]  # fmt: skip


def restart(settings: Settings, times: int, seed: int = 15) -> Restarted:
    """Restart so many times, each time at another moment of a scan."""
    rng, found, clock = random.Random(seed), Restarted(), Moving(at("17:30", FIRST))
    quoting = Quoting(clock, strikes=5, expirations=5)
    table = {path: _slowly(answer) for path, answer in quoting.cboe(NAMES).items()}
    servers = []
    with answering(table) as provider, _limit_of_this_clock():
        collector = Collector(settings.model_copy(update={"source_urls": f"cboe={provider.url}"}), clock)
        try:
            _work(collector)
            for planned in _instants(times):
                _morning(collector, clock, planned.date())
                earlier = _loads(settings)
                clock.to(planned)
                with meanwhile(partial(_look, settings, found)), meanwhile(partial(_work, collector), 0.1):
                    time.sleep(rng.uniform(0, 0.6))
                    before = _loads(settings)
                    embedded.stop(settings.oiflow_home, force=True)
                    servers.append(embedded.start(settings.oiflow_home))
                    if before != earlier:  # it was too quick for us: the next scan shows that it works again
                        clock.to(planned + SCAN_EVERY)
                    found.seconds.append(_until_published(settings, before))
                found.lost += sum(_loads(settings).get(load) != rows for load, rows in before.items())
            found.published = len({version for version, _, _ in _loads(settings).values()})
            found.lost += sum(stated != stored for _, stated, stored in _loads(settings).values())
        finally:
            collector.close()
    return found


@contextmanager
def _limit_of_this_clock() -> Iterator[None]:
    """Quarters of an hour pass here in seconds: so does the minute of the source's limit."""
    usual = cboe.POLICY
    cboe.POLICY = replace(usual, rates=(Rate(6000, Duration.MINUTE),))
    try:
        yield
    finally:
        cboe.POLICY = usual


def _instants(times: int) -> list[datetime]:
    """Every second scan, session by session."""
    days = sessions.sessions_between(FIRST + timedelta(days=1), FIRST + timedelta(days=30))
    return [instant for day in days for instant in scans(day)[::2]][:times]


def _morning(collector: Collector, clock: Moving, day: date) -> None:
    """Settled open interest comes first, once a session: a whole look at a scan's instant would have its very bytes."""
    if clock() < at("07:00", day):
        for moment in ("07:00", "07:02"):
            clock.to(at(moment, day))
            _work(collector)


def _slowly(answer: Any) -> Any:
    def answering_slowly(asked: Any) -> Any:
        time.sleep(_SLOW)
        return answer(asked)

    return answering_slowly


def _work(collector: Collector) -> None:
    for job in ("lead", "collect"):
        collector.actions()[job]()


def _look(settings: Settings, found: Restarted) -> None:
    """A reader's look, whether a scan shows by half."""
    try:
        flips = [version for version, _, _ in _loads(settings).values()]
    except psycopg2.Error:
        return
    found.looks += 1
    found.halves += sum(flips.count(version) != len(NAMES) for version in set(flips))


def _until_published(settings: Settings, before: dict[int, Any]) -> float:
    """Seconds until more is published than before."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        if _loads(settings).keys() - before.keys():
            return time.monotonic() - began
        time.sleep(0.05)
    return PATIENCE


def _loads(settings: Settings) -> dict[int, tuple[int, int, int]]:
    """Load -> version of the flip that showed it, contracts it says it has, contracts it has."""
    database = connect(settings, "app_admin", most=1)
    try:
        return {row[0]: row[1:] for row in say(database.url, _LOADS)}
    finally:
        database.close()
