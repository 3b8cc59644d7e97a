"""A desk over five made-up venues and a real PostgreSQL, and minutes that pass."""

from datetime import UTC, datetime

from ingest.futures.cycle import Desk, cycle
from ingest.sources.futures import VENUES, make_exchange
from tests.db.statements import say
from tests.standins.venues import Carried, World

MIDNIGHT = 1_795_046_400.0  # 19 November 2026, 00:00 UTC
GAPS = """
    SELECT venue, symbol, reason, to_char(began_at, 'HH24:MI'), to_char(ended_at, 'HH24:MI'), cycles
      FROM futures_gaps ORDER BY gap_id
"""


class Running:
    """A desk over a world, and minutes that pass."""

    def __init__(self, databases, home, world=None, venues=VENUES, **kinds):
        self.databases, self.world = databases, world or World(coins=2, at=MIDNIGHT)
        self.carried = Carried(self.world)
        self.home, self.kinds = home, kinds
        self.venues = venues
        self.desk = self.opened()

    def opened(self, venues=None):
        self.desk = Desk(
            self.databases.ingest, self.home, lambda: datetime.fromtimestamp(self.world.at, UTC),
            [VENUES[name] for name in venues or self.venues], 1e7, make=self.make, **self.kinds,
        )  # fmt: skip
        return self.desk

    def make(self, venue):
        return make_exchange(venue, self.carried)

    def minutes(self, count=1, **failing):
        """Cycles, one a minute; failing: venue -> how, while they last. The values stored by the last."""
        self.world.failing = failing
        stored = {}
        for _ in range(count):
            stored = cycle(self.desk)
            self.world.at += 60
        self.world.failing = {}
        return stored

    def say(self, *statements):
        return say(self.databases.settings.database_url.get_secret_value(), *statements)

    def gaps(self):
        return self.say("SET timezone = 'UTC'", GAPS)
