"""Chains asked of Yahoo by yfinance, which gets its cookie and crumb by itself; what came is kept as it came."""

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import ProviderRefused
from core.roots import INDEXES
from core.settings import Settings
from ingest.providers.policy import Policy
from ingest.sources import Raw
from ingest.sources.reading.stamps import LIVE

if TYPE_CHECKING:  # whoever only reads files needs no client
    from ingest.providers.client import Client
    from ingest.sources.yahoo.session import YahooSession

POLICY = Policy("yahoo", rates=(Rate(60, Duration.MINUTE),), redirects_to=(".yahoo.com",))
_CHAINS, _CHART, _CALENDAR = "/finance/options/", "/finance/chart/", "/finance/quoteSummary/"
_SINCE = "1962-01-02"
_ODD = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What yfinance fails with where a body has another shape; the bytes are judged by `parse`."""


_TURN = Lock()
"""One name at a time in the whole process: yfinance has one session, cookie and crumb, whoever asks."""


class _Asking:
    """Asks for one name after the other; what came is kept as it came. Threads may share it and take turns."""

    def __init__(self, session: "YahooSession", clock: Clock):
        self._session, self._clock = session, clock

    def _renewing(self, bodies: Callable[[], list[bytes]]) -> list[bytes]:
        """What a name's requests brought. A cookie or crumb that Yahoo no longer takes is renewed once."""
        with _TURN:
            try:
                return bodies()
            except ProviderRefused as refused:
                if refused.answered not in (401, 403):
                    raise
                return bodies()

    def _ticker(self, symbol: str) -> Any:
        self._session.door.take()  # what a call that failed has left
        return self._session.ticker(f"^{symbol}" if symbol in INDEXES else symbol.replace(".", "-"))

    def _kept(self, place: str) -> list[bytes]:
        return [body for address, body in self._session.door.take() if place in address]


class Chains(_Asking):
    """Asks for the expirations of a name one by one."""

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bodies of the nearest listed expirations, or of all, several as one JSON array: one call an expiration."""
        bodies = self._renewing(lambda: self._bodies(symbol, nearest))
        whole = bodies[0] if len(bodies) == 1 else b"[" + b",".join(bodies) + b"]"
        return Raw("yahoo", f"yahoo-{symbol}.json", whole, self._clock(), LIVE)

    def _bodies(self, symbol: str, nearest: int | None) -> list[bytes]:
        ticker = self._ticker(symbol)
        try:
            listed = ticker.options  # its body holds the first of them already
            for expiration in listed[1:nearest]:
                ticker.option_chain(expiration)
        except _ODD:
            kept = self._kept(_CHAINS)
            if not kept:
                raise
            return kept
        return self._kept(_CHAINS)


class Actions(_Asking):
    """Asks for the dividends and splits of a name since it is listed, and for the next ex-date that is announced."""

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bodies of both as one JSON array. A name of which Yahoo has no calendar, as most funds, has the first alone."""
        bodies = self._renewing(lambda: self._bodies(symbol))
        return Raw("yahoo_actions", f"yahoo-actions-{symbol}.json", b"[" + b",".join(bodies) + b"]", self._clock(), LIVE)

    def _bodies(self, symbol: str) -> list[bytes]:
        ticker = self._ticker(symbol)
        with suppress(*_ODD):
            ticker.history(start=_SINCE, interval="3mo", auto_adjust=False)
        charts = [body for body in self._kept(_CHART) if b'"events"' in body or b'"indicators"' in body]
        if not charts:
            raise ProviderRefused("yahoo_actions", f"yfinance got no chart of {symbol}")
        with suppress(*_ODD, ProviderRefused):
            ticker.get_calendar()
        return [charts[-1], *self._kept(_CALENDAR)[-1:]]


def session(settings: Settings, client: "Client", base: str = "") -> "YahooSession":
    """A door for yfinance under a client. base: another address than Yahoo's own."""
    from ingest.sources.yahoo.session import YahooSession

    return YahooSession(client, settings.oiflow_home / "yahoo", base)


def make(settings: Settings, client: "Client", clock: Clock, base: str = "") -> Chains:
    """The fetcher of the collector. base: another address than Yahoo's own."""
    return Chains(session(settings, client, base), clock)
