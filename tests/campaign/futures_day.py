"""FUTURES: a day of five venues and 200 instruments, minute by minute, by real ccxt and our client: its cost, every gap told.

Every figure changes every minute, which is the worst case for space. Venues fail at random and the collector stops for a while;
what it should have missed is worked out here, apart from the product, and compared with its ledger cycle by cycle.
"""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from pyrate_limiter import Duration, Rate

from db import futures
from ingest.futures.cycle import Desk, cycle
from ingest.ready import Clients, Exchanges
from ingest.sources.futures import VENUES, Venue
from tests.campaign import _stores
from tests.db.statements import say
from tests.standins.venues import World, served

COVERS = ("FUTURES",)
MIDNIGHT = 1_795_046_400  # 19 November 2026, 00:00 UTC
DAY = 1440  # minutes
PART = 72  # a twentieth
COINS = 40
WAYS = ("429", "500", "403", "html", "cut", "drift", "refused")
SILENT = ("429", "500", "refused")  # no answer; the others are one, however wrong
_SIZE = """
SELECT sum(pg_total_relation_size(i.inhrelid))::bigint, (SELECT count(*) FROM facts.futures_days)
  FROM pg_inherits i WHERE i.inhparent = 'facts.futures_days'::regclass
"""
_SPANS = """
SELECT venue, extract(epoch FROM began_at)::bigint, extract(epoch FROM latest_at)::bigint FROM futures_gaps WHERE symbol IS NULL
"""
_VALUES = "SELECT venue, symbol, oi_base, extract(epoch FROM known_at)::bigint FROM futures_open_interest"
_CHECKPOINTER = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"


@dataclass
class Plan:
    """What will go wrong: minutes at which a venue fails, and how; minutes at which no collector runs."""

    failing: dict[str, dict[int, str]] = field(default_factory=dict)
    down: range = range(0)

    def missed(self, minutes: int) -> set[tuple[str, int]]:
        """(venue, instant of the cycle) of every cycle that can give no value, by the venues' own intervals."""
        return {(name, MIDNIGHT + 60 * minute) for name in VENUES for minute in self._missed(name, minutes)}

    def _missed(self, venue: str, minutes: int) -> Iterator[int]:
        """Minutes of cycles that nobody looked at, that failed, or at which a venue that failed for long is left alone."""
        every, failures, alone_until = VENUES[venue].interval // 60, 0, 0
        for minute in range(0, minutes, every):
            looks = [each for each in range(minute, min(minute + every, minutes)) if each not in self.down]
            how = self.failing[venue].get(looks[0]) if looks else None
            if not looks or looks[0] < alone_until or how:
                yield minute
            if not looks or looks[0] < alone_until:
                continue
            failures = failures + 1 if how in SILENT else 0
            if failures >= 5:  # the pauses are 80, 160 and 280 seconds: so many minutes pass until the next look
                alone_until = looks[0] + (2, 3, 5)[min(failures - 5, 2)]


def planned(rng: random.Random, minutes: int) -> Plan:
    """Three outages of each venue, and one of the collector, all over before the end."""
    plan = Plan(down=range(minutes // 2, minutes // 2 + max(3, minutes // 80)))
    for venue in VENUES:
        plan.failing[venue] = {}
        for _ in range(3):
            begin = rng.randrange(1, minutes - minutes // 10)
            length = rng.randint(1, max(2, minutes // 40))
            plan.failing[venue] |= dict.fromkeys(range(begin, begin + length), rng.choice(WAYS))
    return plan


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json, over a day in full, else over a twentieth of it."""
    minutes = DAY if full else PART
    plan = planned(random.Random(20261119), minutes)
    with _stores.server() as (server, scratch), _stores.database(server, scratch, "futures") as opened:
        spent = _lived(opened, plan, minutes)
        url = opened.settings.database_url.get_secret_value()
        missed, told = plan.missed(minutes), reported(url)
        rows = [
            _row("CPU of collector, stand-in and PostgreSQL per simulated hour [s]", spent["cpu"] * 60 / minutes, 360),
            _row(f"peak memory of the process, {spent['followed']} instruments [MB]", spent["memory"], 512),
            _stores.count_row("FUTURES", f"gaps unreported, of {len(missed)} cycles missed", len(missed - told)),
            _stores.count_row("FUTURES", "gaps reported that were none", len(told - missed)),
            _stores.count_row("FUTURES", f"values stored that are not what was open, of {spent['values']}", wrong(url)),
        ]
        if full:
            rows.append(_row("bytes per symbol and day, every figure changing every minute", per_symbol_day(url), 50 * 1024))
    return rows


def _row(what: str, figure: float, most: float) -> dict[str, Any]:
    return {"bar": "FUTURES", "what": what, "figure": round(figure, 1), "target": f"{most:g} or less", "met": figure <= most}


class _Minutes:
    """The pace of a world that is moved by hand: a wait costs nothing, and is over with the minute."""

    def __init__(self, world: World):
        self._world, self._own = world, threading.local()

    def monotonic(self) -> float:
        at, ahead = getattr(self._own, "slept", (0.0, 0.0))
        return self._world.at + (ahead if at == self._world.at else 0.0)

    def sleep(self, seconds: float) -> None:
        self._own.slept = (self._world.at, self.monotonic() - self._world.at + seconds)


def _lived(opened: Any, plan: Plan, minutes: int) -> dict[str, Any]:
    """Let the minutes pass, then pack the day. CPU seconds, MB, values, instruments."""
    world, ticks = World(coins=COINS, at=float(MIDNIGHT)), itertools.count()

    def clock() -> datetime:  # answers come some seconds after the cycle is due
        return datetime.fromtimestamp(world.at, UTC) + timedelta(milliseconds=next(ticks) * 7919 % 2900)

    with served(world) as base, closing(Clients(opened.ingest, clock, _Minutes(world))) as clients:
        urls = ",".join(f"{name}={base}/{name}" for name in VENUES)
        exchanges = Exchanges(opened.settings.model_copy(update={"source_urls": urls}), clients)
        desk = Desk(opened.ingest, opened.settings.oiflow_home, clock, _hurried(), 1e7, exchanges.make)
        cycle(desk)
        before, values, memory = _cpu(opened), 0, 0
        for minute in range(1, minutes):
            world.at = MIDNIGHT + 60.0 * minute
            world.failing = {venue: ways[minute] for venue, ways in plan.failing.items() if minute in ways}
            if minute not in plan.down:
                values += sum(cycle(desk).values())
            memory = max(memory, psutil.Process().memory_info().rss if minute % 10 == 0 else 0)
        spent = _cpu(opened) - before
        followed = sum(len(lane.followed) for lane in desk.lanes)
        desk.close()
    futures.tidy(opened.ingest, datetime.fromtimestamp(MIDNIGHT + 86_400, UTC).date(), 0)
    return {"cpu": spent, "memory": memory / 1e6, "values": values, "followed": followed}


def _hurried() -> list[Venue]:
    """The venues with limits that leave room for an hour in a few seconds: each call still asks PostgreSQL for its permit."""
    roomy = (Rate(100_000, Duration.SECOND),)
    return [replace(venue, policy=replace(venue.policy, rates=roomy)) for venue in VENUES.values()]


def _cpu(opened: Any) -> float:
    """CPU seconds so far of this process and of everything that belongs to the database server."""
    ((checkpointer,),) = say(opened.settings.database_url.get_secret_value(), _CHECKPOINTER)
    server = psutil.Process(psutil.Process(checkpointer).ppid())
    own = server.cpu_times()
    return time.process_time() + own.children_user + own.children_system + sum(map(_used, [server, *server.children()]))


def _used(process: psutil.Process) -> float:
    """CPU seconds of a process that lives; one that has just ended counts among its parent's children."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def reported(url: str) -> set[tuple[str, int]]:
    """(venue, instant of the cycle) of every cycle that the ledger calls missed."""
    spans = say(url, _SPANS)
    return {(venue, at) for venue, began, latest in spans for at in range(began, latest + 1, VENUES[venue].interval)}


def wrong(url: str) -> int:
    """Stored values that are not the coins open in that minute."""
    world, count = World(coins=COINS), 0
    for venue, symbol, coins, known_at in say(url, _VALUES):
        world.at = float(known_at // 60 * 60)
        contract = world.contracts[venue, symbol]
        per = 1000.0 if contract.listed_as != contract.coin else 1.0
        count += abs(coins * per / world.open_coins(contract) - 1) > 1e-6
    return count


def per_symbol_day(url: str) -> float:
    """Bytes of a packed day, indexes and all, for one instrument."""
    ((size, rows),) = say(url, _SIZE)
    return float(size) / rows
