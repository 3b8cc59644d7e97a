"""R17: thirty sessions in one process: a real collector does all that a day asks of it while its clock is moved.

Settled open interest by two reads, 26 scans, chains after the close, four files in the inbox, looks at two venues of futures, and
every job of the schedule beside them; each morning it leads anew. After each session its memory, descriptors, threads and
connections are counted. Sessions 3 to 5, when every library and pool is there, are compared with the last three.
"""

import gc
import statistics
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from unittest.mock import patch

import psutil

from core.sessions import sessions_between
from db import address
from ingest.collector import Collector
from tests.campaign import _stores
from tests.campaign._driven import Truth, collector
from tests.db.statements import say
from tests.ingest.importing import whole_set
from tests.ingest.slow_calendar import EASTERN
from tests.standins.venues import World, served

COVERS = ("R17",)
NAMES = ("AAPL", "SPY")
MOST = 5.0  # percent
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
_FAILED = "SELECT count(*) FILTER (WHERE status NOT IN ('done', 'missed')), count(*) FILTER (WHERE status = 'missed') FROM runs"


@dataclass(frozen=True)
class Used:
    """What the process holds at the end of a session. rss: bytes."""

    rss: int
    descriptors: int
    threads: int
    connections: int


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json, over thirty whole sessions in full, else over eight with six scans."""
    days = sessions_between(date(2026, 9, 1), date(2026, 11, 30))[: 30 if full else 8]
    world, truth = World(coins=4), Truth()
    with (
        _stores.server(durable=False) as (server, scratch), _stores.database(server, scratch, "long") as opened,
        patch.object(BaseHTTPRequestHandler, "date_time_string", lambda *_: format_datetime(truth.now, usegmt=True)),
        served(world) as base, collector(opened, truth, NAMES, base) as working,
    ):  # fmt: skip
        opened.superuser_url = address.with_database(server.superuser_url, "long")
        used = [_lived(working, opened, truth, world, day, 15 if full else 60) for day in days]
        failed, missed = say(opened.owner.url, _FAILED)[0]
    for number, each in enumerate(used, start=1):
        print(f"  session {number}: {each.rss / 1e6:.1f} MB, {each}", flush=True)
    return _rows(used, failed + missed * full)  # in a share the clock passes over most scans


def _rows(used: list[Used], failed: int) -> list[dict[str, Any]]:
    early, late = used[2:5], used[-3:]
    rows = [_stores.count_row("R17", f"tries of {len(used)} sessions that did not wholly succeed", failed)]
    for name, words in (("rss", "memory"), ("descriptors", "descriptors"), ("threads", "threads")):
        before, after = (statistics.mean(getattr(each, name) for each in part) for part in (early, late))
        growth = round(100 * (after / before - 1), 1)
        what = f"growth of {words} over {len(used)} sessions, {before:,.0f} to {after:,.0f} [%]"
        rows.append({"bar": "R17", "what": what, "figure": growth, "target": f"under {MOST:g}", "met": growth < MOST})
    connections = [each.connections for each in used[2:]]
    what = f"connections to the database more or less than {connections[0]}, at the end of any session"
    return [*rows, _stores.count_row("R17", what, max(abs(each - connections[0]) for each in connections))]


def _lived(working: Collector, opened: Any, truth: Truth, world: World, day: date, minutes: int) -> Used:
    """One session, from before its open interest is settled to the night; at its begin another might have led meanwhile."""
    working.leading = False
    first, last = datetime.combine(day, time(9, 45)), datetime.combine(day, time(16))
    scans = [first + timedelta(minutes=each) for each in range(0, int((last - first).total_seconds()) // 60 + 1, minutes)]
    for at in ("06:30", "07:00", "07:02", *(f"{each:%H:%M}" for each in scans), "16:36", "19:00"):
        _tick(working, truth, world, datetime.combine(day, time.fromisoformat(at), EASTERN).astimezone(UTC))
    inbox = opened.settings.oiflow_home / "inbox"
    for name, body in whole_set(day):
        (inbox / name).write_bytes(body)
    clock, working.clock = working.clock, lambda: datetime.now(UTC) + timedelta(minutes=1)  # files lie by the disk's clock
    working.actions()["inbox"]()
    working.clock = clock
    assert not [path for path in inbox.iterdir() if path.is_file()]
    gc.collect()
    process = psutil.Process()
    (connections,) = say(opened.superuser_url, _CONNECTIONS)[0]
    return Used(process.memory_info().rss, process.num_fds(), process.num_threads(), connections)


def _tick(working: Collector, truth: Truth, world: World, at: datetime) -> None:
    """Every job of the schedule but the demo market's, once."""
    truth.now, world.at = at, at.timestamp()
    world.asked.clear()
    for name, job in working.actions().items():
        if name != "demo":
            job()
