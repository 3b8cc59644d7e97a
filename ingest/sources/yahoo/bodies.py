"""The bodies of one name: what stands around its contracts, and the contracts of all of them in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl

from core.errors import RefusedPayload
from ingest.sources.reading.records import entry, price_beside, seconds

_TIMES = ("regularMarketTime", "preMarketTime", "postMarketTime")


@dataclass
class Chain:
    """symbol: as Yahoo writes it; stamp: UTC; spot: USD; sides, listed: of each contract, the list and expiration it stood in."""

    symbol: str = ""
    stamp: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    spot: float | None = None
    contracts: list[Any] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    listed: list[datetime | None] = field(default_factory=list)
    expirations: set[int] = field(default_factory=set)
    shown: set[int] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether every expiration that Yahoo lists is there."""
        return self.expirations <= self.shown

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is missing."""
        there = len(self.expirations & self.shown)
        return () if self.whole else (f"It shows {there} of {len(self.expirations)} listed expirations.",)

    def beside(self) -> list[pl.Series]:
        """Columns `side` and `listed` of the contracts."""
        return [pl.Series("side", self.sides, dtype=pl.String), pl.Series("listed", self.listed, dtype=pl.Datetime("us", "UTC"))]


def read_bodies(told: Any) -> Chain:
    """All contracts of a document. Refused: `schema_drift`, `provider_error`, `several_files`, `no_rows`."""
    chain = Chain()
    for body in told if isinstance(told, list) else [told]:
        result = _result(body)
        symbol = entry(result, "underlyingSymbol", str)
        if chain.symbol not in ("", symbol):
            raise RefusedPayload("several_files", "These are chains of several names.")
        chain.symbol = symbol
        _add(chain, result)
    if not chain.contracts:
        raise RefusedPayload("no_rows", _why_empty(chain))
    return chain


def answered(body: Any, name: str) -> list[Any]:
    """The results of a body, below `name`. Refused: `schema_drift`, `provider_error` where Yahoo says what went wrong."""
    answer = entry(body, name, dict)
    if answer.get("error") is not None:
        said = answer["error"].get("description") if isinstance(answer["error"], dict) else answer["error"]
        raise RefusedPayload("provider_error", f"Yahoo did not answer the question: {str(said)[:200]}.")
    found: list[Any] = entry(answer, "result", list)
    return found


def _result(body: Any) -> dict[str, Any]:
    results = answered(body, "optionChain")
    if not results:
        raise RefusedPayload("no_rows", "Yahoo does not know this name.")
    if len(results) > 1 or not isinstance(results[0], dict):
        raise RefusedPayload("schema_drift", f"There are {len(results)} results in one body and not one.")
    found: dict[str, Any] = results[0]
    return found


def _add(chain: Chain, result: dict[str, Any]) -> None:
    """Take up one body; the price is that of the latest."""
    dates = entry(result, "expirationDates", list)
    if not all(isinstance(each, int) for each in dates):
        raise RefusedPayload("schema_drift", "The source changed its format: expirationDates is no list of instants.")
    chain.expirations |= set(dates)
    for option in entry(result, "options", list):
        listed = entry(option, "expirationDate", int)
        for side, name in (("C", "calls"), ("P", "puts")):
            contracts = entry(option, name, list)
            chain.contracts += contracts
            chain.sides += [side] * len(contracts)
            chain.listed += [_time(listed)] * len(contracts)
            if contracts:
                chain.shown.add(listed)
    if chain.contracts:
        quote = entry(result, "quote", dict)
        stamp = max(_stamps(quote), default=None)
        if stamp is None:
            raise RefusedPayload("no_stamp", "The quote does not say when it was made, so the session is unknown.")
        if stamp >= chain.stamp:
            chain.stamp, chain.spot = stamp, price_beside(quote, "regularMarketPrice")


def _stamps(quote: dict[str, Any]) -> Iterator[datetime]:
    """The instants of the underlying's prices: of the session, and before or after it where Yahoo shows them."""
    entry(quote, "regularMarketTime", (int, float))
    for name in _TIMES:
        at = _time(quote.get(name))
        if at is not None:
            yield at


def _time(said: Any) -> datetime | None:
    try:
        return seconds(said)
    except (ValueError, TypeError) as error:
        raise RefusedPayload("schema_drift", "The source changed its format: an instant is no number of seconds.") from error


def _why_empty(chain: Chain) -> str:
    if not chain.symbol:
        return "There is no body in it."
    if not chain.expirations:
        return f"Yahoo lists no options of {chain.symbol[:20]}."
    return f"Yahoo lists {len(chain.expirations)} expirations of {chain.symbol[:20]}, and the one asked for is not among them."
