"""Providers that quote any name as it stands at a clock: settled open interest goes on from session to session, volume grows.

quoting = Quoting(clock, strikes=9, expirations=6)
with answering(quoting.cboe(names) | quoting.schwab().table()) as provider: ...
"""

import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.ingest.slow_calendar import EASTERN, is_session, session_before
from tests.ingest.sources.samples import cboe as cboe_sample
from tests.ingest.sources.samples import schwab as schwab_sample
from tests.ingest.sources.samples.market import Contract, Market, contract
from tests.standins.answering import Answer, Asked
from tests.standins.brokers import Schwab, Table

OPENS, SETTLED = time(9, 30), time(6, 45)
"""New York: quotes are of a session from its open on; open interest of the session before it shows from 06:45 on."""
Counted = Callable[[datetime, str], date]
"""(instant, name) -> the session at whose close the open interest was counted that is shown then."""


def counted(now: datetime, _symbol: str = "") -> date:
    """The session whose open interest is shown at an instant, by a provider that is on time."""
    local = now.astimezone(EASTERN)
    new = is_session(local.date()) and local.time() >= SETTLED
    return session_before(local.date() if new else session_before(local.date() + timedelta(days=1)))


def settled(each: Contract, session: date) -> int:
    """Open interest of a contract at the close of a session: half of them change from one to the next."""
    level = random.Random(each.occ).lognormvariate(5.5, 2)
    change = random.Random(f"{each.occ} {session}")
    return round(level * (1 + (change.uniform(-0.1, 0.1) if change.random() < 0.5 else 0)))


@dataclass
class Quoting:
    """What a provider shows. counted: which open interest."""

    clock: Callable[[], datetime]
    strikes: int = 9
    expirations: int = 6
    counted: Counted = counted

    def look(self, symbol: str) -> Market:
        """A name as it stands now."""
        now = self.clock()
        local = now.astimezone(EASTERN)
        opened = is_session(local.date()) and local.time() >= OPENS
        session = local.date() if opened else session_before(local.date())
        rng, spot = random.Random(f"{symbol} {session} {now}"), 20.0 + zlib.crc32(symbol.encode()) % 400
        step = max(0.5, round(spot * 0.04) / 2)
        first, shown = round(spot / step) - self.strikes // 2, self.counted(now, symbol)
        listed = [
            contract(rng, spot, session, now, symbol, expiration, right, (first + place) * step)
            for expiration in self._listed(local.date())
            for place in range(self.strikes)
            for right in "CP"
        ]
        return Market(symbol, spot, session, now, [replace(each, open_interest=settled(each, shown)) for each in listed])

    def _listed(self, day: date) -> list[date]:
        """The coming Fridays."""
        friday = day + timedelta(days=(4 - day.weekday()) % 7)
        return [friday + timedelta(weeks=number) for number in range(self.expirations)]

    def cboe(self, names: Iterable[str]) -> Table:
        """Cboe's delayed quotes of these names."""

        def of(symbol: str) -> Callable[[Asked], Answer]:
            return lambda _asked: (200, cboe_sample.of_market(self.look(symbol), random.Random(1))[1])

        return {f"/api/global/delayed_quotes/options/{name}.json": of(name) for name in names}

    def schwab(self) -> "SchwabNames":
        """A Schwab account that sees every name."""
        return SchwabNames({}, {}, quoting=self)


@dataclass
class SchwabNames(Schwab):
    """An account that sees whatever name it asks for, as it stands now."""

    quoting: Quoting = field(default_factory=lambda: Quoting(lambda: datetime.now(UTC)))

    def shown(self, symbol: str) -> tuple[dict[str, Any], dict[str, Any]]:
        seen = self.quoting.look(symbol)
        chain = schwab_sample.chain(seen, [schwab_sample.option(each, seen, random.Random(1)) for each in seen.contracts])
        return chain, schwab_sample.expirations(chain)
