"""R13: the machine's clock is wrong and its zone is another: dates come from what the source says, or nothing is published.

A real collector fetches over loopback from a site whose Date is right, at hours of sessions round half days, weekends and changes
of the clock; files with stamps of their own are imported; futures are looked at. What was published is compared with dates that
are worked out here, from the true hour, by no code of the product.
"""

import contextlib
import os
import random
import time as passing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from itertools import product
from typing import Any
from unittest.mock import patch

import structlog

from db.database import Database
from ingest.collector import Collector
from ingest.futures.cycle import Desk, cycle
from ingest.pipeline import import_bodies
from ingest.providers.skew import Skew
from ingest.sources.futures import VENUES, make_exchange
from tests.campaign import _stores
from tests.campaign._driven import Truth
from tests.campaign._driven import collector as driven_collector
from tests.campaign._stores import count_row
from tests.db.statements import say
from tests.ingest.importing import empty, whole_set
from tests.ingest.slow_calendar import EASTERN, is_session, session_before
from tests.ingest.sources.samples import cboe as cboe_sample
from tests.ingest.sources.samples import cboe_csv, occ
from tests.standins.venues import Carried, World

COVERS = ("R13",)
ZONES = ("UTC", "Asia/Tokyo", "Europe/Berlin")
OFF = (0, 4, -4, 200, -200, 600, -600, 86_400, -86_400)
"""Seconds by which the clock is wrong; more than 300 is refused, more than 2 is told."""
DAYS = (date(2025, 11, 28), date(2026, 3, 9), date(2026, 11, 2), date(2026, 11, 18), date(2026, 11, 20))
"""A half day, the first days after both changes of the clock, any Wednesday, a Friday."""
HOURS = ("00:30", "07:02", "07:04", "09:52", "12:31", "16:40", "20:15", "23:59")
_LOADS = "SELECT load_id, session_date, quote_session, extract(epoch FROM known_at)::float FROM loads WHERE state <> 'refused'"
_STAMPED = """
SELECT source, slot, session_date::text, quote_session::text, extract(epoch FROM known_at)::bigint, state, rows_published
  FROM loads
"""
_RUNS = "SELECT count(*) FROM runs WHERE reason LIKE 'wrong_clock:%'"


@dataclass
class Tally:
    """What was seen: of published loads those with wrong dates, and what should have been published, told or kept back."""

    looks: int = 0
    loads: int = 0
    wrong: int = 0
    though_refused: int = 0
    none_though_right: int = 0
    untold: int = 0
    tries: int = 0
    files: int = 0
    files_wrong: int = 0
    futures: int = 0
    futures_wrong: int = 0
    seen: set[int] = field(default_factory=set)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json; a share: one day, the clock ten minutes ahead, a day behind, and seconds off."""
    days, offs = (DAYS, OFF) if full else (DAYS[:1], (4, 600, -86_400))
    places = list(product(ZONES, offs)) if full else list(zip(ZONES, offs, strict=True))
    tally = Tally()
    with _stores.server() as (server, scratch), _stores.database(server, scratch, "clock") as opened:
        for zone, off in places:
            with in_zone(zone):
                _live(opened, days, off, tally)
                _files(opened, days, off, tally)
                _venues(opened, off, tally)
            print(f"  {zone}, {off} s: {tally.loads} loads of {tally.looks} looks, {tally.wrong} wrong", flush=True)
    return [
        count_row("R13", f"wrong dates of {tally.loads} chains fetched, in {len(places)} clocks and zones", tally.wrong),
        count_row("R13", f"chains published of {tally.looks} looks while the clock was over 5 min off", tally.though_refused),
        count_row("R13", "clocks set right that brought no chain", tally.none_though_right),
        count_row("R13", f"clocks over 2 s off that the log was not told of, once, of {len(places)}", tally.untold),
        count_row("R13", "tries beyond the first that a refused clock cost", tally.tries),
        count_row("R13", f"files of {tally.files} with another date by another clock or zone", tally.files_wrong),
        count_row("R13", f"futures of {tally.futures} clocks stored or lost by a wrong clock", tally.futures_wrong),
    ]


@contextlib.contextmanager
def in_zone(zone: str) -> Iterator[None]:
    """This process in a time zone."""
    with patch.dict(os.environ, {"TZ": zone}):
        passing.tzset()
        yield
    passing.tzset()


# ---------------------------------------------------------------- chains that the collector fetches
def truth_of(now: datetime) -> tuple[date, date]:
    """(session of the open interest, session of the quotes) that a chain shows at an instant."""
    local = now.astimezone(EASTERN)
    opened = is_session(local.date()) and local.time() >= time(7)  # by then for its open interest alone
    shown = local.date() if opened else session_before(local.date())
    return session_before(shown), shown


def _live(opened: Any, days: tuple[date, ...], off: float, tally: Tally) -> None:
    """Days with a clock that is off, one collector each, and the last hours of each by a clock that was set right."""
    for day in days:
        empty(opened.owner)
        truth, refused = Truth(off), abs(off) > 300
        with driven_collector(opened, truth) as collector, structlog.testing.capture_logs() as logs:
            for hour in HOURS[:6]:
                fresh = _look(opened.owner, collector, truth, day, hour, tally)
                tally.though_refused += fresh * refused
            told = [line["event"] for line in logs if line["event"] in ("clock_wrong", "clock_skewed")]
            tally.untold += told != (["clock_wrong"] if refused else ["clock_skewed"] if abs(off) > 2 else [])
            tally.tries += max(0, say(opened.owner.url, _RUNS)[0][0] - refused)
            truth.off = timedelta(0)
            brought = [_look(opened.owner, collector, truth, day, hour, tally) for hour in HOURS[6:]]
            tally.none_though_right += refused and not any(brought)


def _look(owner: Database, collector: Collector, truth: Truth, day: date, hour: str, tally: Tally) -> int:
    """One tick at a true hour of New York; how many loads it brought."""
    truth.now = datetime.combine(day, time.fromisoformat(hour), EASTERN).astimezone(UTC)
    collector.actions()["lead"]()
    collector.actions()["collect"]()
    fresh = [row for row in say(owner.url, _LOADS) if row[0] not in tally.seen]
    tally.seen |= {row[0] for row in fresh}
    tally.looks, tally.loads = tally.looks + 1, tally.loads + len(fresh)
    for _, session_date, quote_session, known_at in fresh:
        right = (session_date, quote_session) == truth_of(truth.now) and abs(known_at - truth.now.timestamp()) <= 300
        tally.wrong += not right
    return len(fresh)


# ---------------------------------------------------------------- files with stamps of their own
def _files(opened: Any, days: tuple[date, ...], off: float, tally: Tally) -> None:
    """The same files by a right clock and by this one."""
    for day in days:
        bodies, found = _stamped(day), []
        for wrong in (0.0, off):
            empty(opened.owner)
            now = datetime.combine(day, time(17, 45), EASTERN).astimezone(UTC) + timedelta(seconds=wrong)
            import_bodies(opened.ingest, opened.settings.oiflow_home, bodies, lambda now=now: now)
            found.append(say(opened.owner.url, _STAMPED))
        tally.files += len(bodies)
        tally.files_wrong += len(set(found[0]) ^ set(found[1]))


def _stamped(day: date) -> list[tuple[str, bytes]]:
    rng = random.Random(day.toordinal())
    makes = (cboe_sample.make, cboe_csv.make, occ.make)
    made = [make(rng, symbol="SPY", session=day, moment=1 if make is not occ.make else -1) for make in makes]
    return [*whole_set(day), *((f"{number}-{each.file_name}", each.body) for number, each in enumerate(made))]


# ---------------------------------------------------------------- futures
def _venues(opened: Any, off: float, tally: Tally) -> None:
    """Three minutes by a clock that is off, six by a right one, before which one that was ahead has to come round again."""
    say(
        opened.owner.url,
        "TRUNCATE futures_instruments, futures_gaps, futures_venues, facts.futures_hot, facts.futures_days CASCADE",
    )
    world = World(coins=2, at=datetime(2026, 11, 19, tzinfo=UTC).timestamp())
    shift = [off]
    ours = lambda: datetime.fromtimestamp(world.at + shift[0], UTC)  # noqa: E731
    skew = Skew(ours, lambda: world.at)
    desk = Desk(
        opened.ingest, opened.settings.oiflow_home, ours, [VENUES["okx"]], 1e7,
        lambda venue: make_exchange(venue, _Dated(world, skew)), skew=skew,
    )  # fmt: skip
    stored = []
    for minute in range(9):
        shift[0] = off if minute < 3 else 0
        stored.append(sum(cycle(desk).values()))
        world.at += 60
    desk.close()
    tally.futures += 1
    refused = abs(off) > 300
    ahead = say(opened.owner.url, f"SELECT count(*) FROM futures_open_interest WHERE known_at > to_timestamp({world.at + 300})")
    tally.futures_wrong += any(stored[:3]) == refused or not all(stored[7:]) or ahead[0][0] > 0


class _Dated(Carried):
    """Venues that say what time it is, to whom a client's replies tell it."""

    def __init__(self, world: World, skew: Skew):
        super().__init__(world)
        self.skew = skew

    def send(self, request: Any, *given: Any, **more: Any) -> Any:
        response = super().send(request, *given, **more)
        date = format_datetime(datetime.fromtimestamp(int(self.world.at), UTC), usegmt=True)
        self.skew.hear("okx", {"date": date}, 0.0)
        return response
