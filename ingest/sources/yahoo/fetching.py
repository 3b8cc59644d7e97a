"""Chains asked of Yahoo by yfinance, which gets its cookie and crumb by itself; what came is kept as it came."""

from threading import Lock
from typing import TYPE_CHECKING

from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import ProviderRefused
from core.roots import INDEXES
from core.settings import Settings
from ingest.providers.policy import Policy
from ingest.sources import Raw
from ingest.sources.stamps import LIVE

if TYPE_CHECKING:  # whoever only reads files needs no client
    from ingest.providers.client import Client
    from ingest.providers.yahoo_session import YahooSession

POLICY = Policy("yahoo", rates=(Rate(60, Duration.MINUTE),), redirects_to=(".yahoo.com",))
_ODD = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What yfinance fails with where a body has another shape; the bytes are judged by `parse`."""


class Chains:
    """Asks for the expirations of a name one by one. Threads may share it and take turns, because yfinance has one session."""

    def __init__(self, session: "YahooSession", clock: Clock):
        self._session, self._clock, self._turn = session, clock, Lock()

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bodies of the nearest listed expirations, or of all, several as one JSON array: one call an expiration.

        A cookie or crumb that Yahoo no longer takes is renewed once.
        """
        with self._turn:
            try:
                bodies = self._bodies(symbol, nearest)
            except ProviderRefused as refused:
                if refused.answered not in (401, 403):
                    raise
                bodies = self._bodies(symbol, nearest)
        whole = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
        return Raw("yahoo", f"yahoo-{symbol}.json", whole, self._clock(), LIVE)

    def _bodies(self, symbol: str, nearest: int | None) -> list[bytes]:
        self._session.door.take()  # what a call that failed has left
        ticker = self._session.ticker(f"^{symbol}" if symbol in INDEXES else symbol.replace(".", "-"))
        try:
            listed = ticker.options  # its body holds the first of them already
            for expiration in listed[1:nearest]:
                ticker.option_chain(expiration)
        except _ODD:
            kept = self._kept()
            if not kept:
                raise
            return kept
        return self._kept()

    def _kept(self) -> list[bytes]:
        return [body for address, body in self._session.door.take() if "/finance/options/" in address]


def make(settings: Settings, client: "Client", clock: Clock, base: str = "") -> Chains:
    """The fetcher of the collector. base: another address than Yahoo's own."""
    from ingest.providers.yahoo_session import YahooSession

    return Chains(YahooSession(client, settings.oiflow_home / "yahoo", base), clock)
