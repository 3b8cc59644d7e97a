"""A fetcher of Cboe's chains as `Quoting` makes them, without a network: what a collector's clock shows."""

import json
import random

from core.errors import ProviderUnreachable
from ingest.sources import Raw
from ingest.sources.stamps import LIVE
from tests.ingest.sources.samples import cboe
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
