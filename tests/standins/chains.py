"""Cboe's delayed quotes and Yahoo's option chains on loopback: their paths, cookie and crumb, for tables of `answering`.

with answering(cboe(seen) | Yahoo(seen).table()) as provider: …, base=provider.url
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from tests.ingest.sources.samples import cboe as cboe_sample
from tests.ingest.sources.samples import yahoo as yahoo_sample
from tests.ingest.sources.samples.market import Market
from tests.standins.answering import Answer, Asked

Table = dict[str, Answer | Callable[[Asked], Answer]]
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"


def cboe(*seen: Market) -> Table:
    """One chain a name."""
    chains = (cboe_sample.of_market(each, random.Random(1)) for each in seen)
    return {f"/api/global/delayed_quotes/options/{name}.json": (200, document) for name, document in chains}


@dataclass
class Yahoo:
    """One expiration a call, to whoever has a cookie and the crumb that counts now. crumbs: how many were given out."""

    seen: Market
    crumbs: int = 0
    holds: bool = True
    changed: Callable[[Any], Any] = field(default=lambda body: body)

    @property
    def path(self) -> str:
        """Where the chain is."""
        return f"/v7/finance/options/{quote(yahoo_sample.name_of(self.seen))}"

    def table(self) -> Table:
        return {
            "/": (404, b"Will be right back", {"Set-Cookie": "A3=cookie; Path=/"}),
            "/v1/test/getcrumb": self._crumb,
            self.path: self._chain,
        }

    def expire(self) -> None:
        """The crumb that was given out last counts no longer."""
        self.holds = False

    def _crumb(self, asked: Asked) -> Answer:
        if "A3=" not in asked.headers.get("Cookie", ""):
            return 401, {"finance": {"error": {"code": "Unauthorized"}}}
        self.crumbs, self.holds = self.crumbs + 1, True
        return 200, f"crumb{self.crumbs}".encode()

    def _chain(self, asked: Asked) -> Answer:
        if not self.holds or asked.query.get("crumb") != f"crumb{self.crumbs}":
            return 401, {"finance": {"error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
        wanted = next(iter(self.seen.by_expiration()))
        if "date" in asked.query:
            wanted = date(1970, 1, 1) + timedelta(seconds=int(asked.query["date"]))
        return 200, self.changed(yahoo_sample.body(self.seen, wanted, random.Random(wanted.toordinal())))


def at_first(answers: list[Answer], then: Answer) -> Callable[[Asked], Answer]:
    """A path that answers so one after the other, and then for good."""
    left = list(answers)
    return lambda _asked: left.pop(0) if left else then


def as_bytes(document: Any) -> bytes:
    """A document as it is sent."""
    return json.dumps(document).encode()
