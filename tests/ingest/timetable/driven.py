"""A collector's work by the clock over a fresh database: its clock moves by hand, its source shows what a made-up market has."""

import random
from datetime import UTC, date, datetime, time, timedelta

from core.errors import ProviderUnreachable
from core.sessions import EASTERN
from ingest.sources import Raw
from ingest.sources.reading.stamps import LIVE
from ingest.timetable.collecting import Collecting
from ingest.timetable.plan import Plan
from tests.ingest.slow_calendar import session_before
from tests.ingest.sources.samples import cboe

NAMES = ("AAPL", "SPY", "TSLA")
DAY = date(2026, 11, 18)


def at(clock: str, day: date = DAY) -> datetime:
    """A time of New York."""
    return datetime.combine(day, time.fromisoformat(clock), EASTERN).astimezone(UTC)


class Source:
    """Shows a chain of each name. alternating: with other open interest each time; silent: names that do not answer."""

    def __init__(self, moving):
        self.moving, self.alternating, self.silent, self.asked = moving, False, set(), []

    def fetch(self, symbol, nearest=None):
        self.asked.append((symbol, nearest))
        if symbol in self.silent or "*" in self.silent:
            raise ProviderUnreachable("cboe", "no whole reply (ConnectError), 5 attempts", None, 5)
        now = self.moving.now
        local = now.astimezone(EASTERN)
        session = local.date() if local.time() >= time(9, 45) else session_before(local.date())
        rng = random.Random(f"{symbol} {len(self.asked) if self.alternating else 0}")
        seen = cboe.make(rng, strikes=3, expirations=6, symbol=symbol, session=session, moment=2)
        body = seen.body.replace(seen.body[15:34], f"{now:%Y-%m-%d %H:%M:%S}".encode(), 1)
        return Raw("cboe", f"cboe-{symbol}.json", body, now, LIVE)


class Moving:
    """A clock that stands until it is moved."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def to(self, moment):
        self.now = moment
        return moment

    def on(self, minutes):
        self.now += timedelta(minutes=minutes)


def collecting(databases, moving, **sources):
    """A collector's work with these sources, the first one preferred."""
    plan = Plan(tuple(sources), (), (), NAMES, {})
    return Collecting(databases.ingest, databases.settings.oiflow_home, moving, plan, sources, lambda: (0, 0))
