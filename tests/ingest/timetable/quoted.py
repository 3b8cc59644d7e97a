"""A fetcher of Cboe's chains as `Quoting` makes them, without a network: what a collector's clock shows."""

import json
import random

from core.errors import ProviderUnreachable
from core.sessions import previous_session
from ingest.sources import Raw
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.samples import cboe
from tests.ingest.timetable.driven import DAY, Moving, at, collecting
from tests.standins.quoting import Quoting


class Shows:
    """Shows every name at the clock. swapped: calls have the open interest of puts; silent: names that do not answer."""

    def __init__(self, clock, **quoting):
        self.clock, self.quoting = clock, Quoting(clock, **quoting)
        self.swapped, self.silent, self.asked = False, set(), []

    def fetch(self, symbol, nearest=None):
        self.asked.append((symbol, nearest))
        if symbol in self.silent or "*" in self.silent:
            raise ProviderUnreachable("cboe", "no whole reply (ConnectError), 5 attempts", None, 5)
        _name, document = cboe.of_market(self.quoting.look(symbol), random.Random(1))
        listed = document["data"]["options"]
        for call, put in zip(listed[::2], listed[1::2], strict=True) if self.swapped else ():
            call["open_interest"], put["open_interest"] = put["open_interest"], call["open_interest"]
        return Raw("cboe", f"cboe-{symbol}.json", json.dumps(document).encode(), self.clock(), LIVE)


def swapped_at_the_close(databases):
    """(clock, source, work) at the close of a session in which the source shows calls as puts; the one before was honest."""
    moving = Moving(at("17:30", previous_session(DAY)))
    source = Shows(moving)
    work = collecting(databases, moving, cboe=source)
    work.tick()
    source.swapped = True
    moving.to(at("16:35"))
    return moving, source, work
