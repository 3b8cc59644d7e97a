"""Chains asked of Massive by its own client.

massive = make(settings, client, clock)
massive.fetch("SPY")              # every page, 250 contracts each
massive.fetch("SPY", nearest=4)   # the pages of four expirations, and 1 call more a day for the list of expirations
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import ProviderRefused
from core.roots import INDEXES
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers.client import Client
from ingest.providers.masking import HIDDEN
from ingest.providers.policy import Policy
from ingest.providers.transports import Urllib3Door
from ingest.sources import Raw
from ingest.sources.massive.pages import next_query
from ingest.sources.reading.stamps import LIVE

_BASE = "https://api.massive.com"
_PAGE = 250  # contracts; the most that it gives
_LISTED = 1000  # contracts of a list, the nearest first; the most that it gives, and calls of four expirations at the least
_MOST_PAGES = 400


POLICY = Policy("massive", (Rate(5, Duration.MINUTE),))
"""The calls a minute are those of the free plan."""


def make(settings: Settings, client: Client, clock: Clock, base: str = "") -> "Massive":
    """What fetches. base: another address than Massive's own."""
    from massive import RESTClient  # half a second to import: only where it is used

    library = RESTClient(settings.massive_api_key.get_secret_value(), base=_BASE)
    door = Urllib3Door(client, base)
    library.client = door
    return Massive(library, door, clock)


class Massive:
    """Threads may share it."""

    def __init__(self, library: Any, door: Urllib3Door, clock: Clock):
        self._library, self._door, self._clock = library, door, clock
        self._listed: dict[str, tuple[date, list[str]]] = {}

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bytes of one name's chain, all pages of it. ProviderError where one of them does not come."""
        name = f"I:{symbol}" if symbol in INDEXES else symbol
        query: dict[str, Any] = {"limit": _PAGE, "order": "asc", "sort": "ticker"}
        try:
            if nearest is not None:
                days = self._expirations(symbol)[:nearest]
                query["expiration_date.lte"] = days[-1]
            asked, pages = self._pages(lambda more: self._library.list_snapshot_options_chain(name, params=more, raw=True), query)
        finally:
            self._door.door.take()  # it keeps bodies for others; nobody asks for these
        said = json.dumps({"nearest": nearest, "asked": asked})[:-1].encode()
        return Raw("massive", f"{symbol}.json", said + b', "pages": [' + b", ".join(pages) + b"]}", self._clock(), LIVE)

    def _pages(self, ask: Callable[[dict[str, Any]], Any], query: dict[str, Any]) -> tuple[list[str], list[bytes]]:
        """(queries, bodies) of all pages; what is no page ends them, and parsing says so."""
        asked: list[str] = [urlencode(query)]
        pages: list[bytes] = []
        while len(pages) < _MOST_PAGES:
            query = dict(parse_qsl(asked[-1]))  # without the key, should the page say it back: a header sends it
            pages.append(self._body(ask, {name: value for name, value in query.items() if value != HIDDEN}))
            following = next_query(_document(pages[-1]))
            if following is None:
                return asked, pages
            if following in asked:
                raise ProviderRefused("massive", f"its page {len(pages)} leads back to an earlier one")
            asked.append(following)
        raise ProviderRefused("massive", f"it has more than {_MOST_PAGES} pages")

    def _expirations(self, symbol: str) -> list[str]:
        """The nearest listed expirations, asked for once a day."""
        today = self._clock().astimezone(EASTERN).date()
        asked_on, days = self._listed.get(symbol, (None, []))
        if asked_on != today:
            query = {
                "underlying_ticker": symbol,
                "contract_type": "call",
                "limit": _LISTED,
                "order": "asc",
                "sort": "expiration_date",
            }
            body = self._body(lambda more: self._library.list_options_contracts(params=more, raw=True), query)
            days = _days(_document(body))
            self._listed[symbol] = (today, days)
        days = [day for day in days if day >= today.isoformat()]
        if not days:
            raise ProviderRefused("massive", f"it lists no expiration of {symbol}")
        return days

    def _body(self, ask: Callable[[dict[str, Any]], Any], query: dict[str, Any]) -> bytes:
        from massive.exceptions import BadResponse

        try:
            body: bytes = ask(query).data
        except BadResponse:  # 201 to 299: no answer that it documents
            raise ProviderRefused("massive", "it answers with a status that says nothing") from None
        return body


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _days(told: Any) -> list[str]:
    """Expirations of a list of contracts; none where it cannot be read."""
    results = told.get("results") if isinstance(told, dict) else None
    found = {each.get("expiration_date") for each in results or () if isinstance(each, dict)}
    return sorted(day for day in found if isinstance(day, str))
