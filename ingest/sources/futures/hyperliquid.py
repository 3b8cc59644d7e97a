"""Hyperliquid: counts coins on both sides of each position, so half of it is the open interest. One call holds everything.

It states no instant, so `venue_ts` stays unknown.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyrate_limiter import Duration, Rate

from analytics.futures import Instrument
from ingest.sources.futures.numbers import number, read, words
from ingest.sources.futures.patience import polite
from ingest.sources.futures.shapes import Answer, Exchange, Listed, Row, Venue

SIDES = 2


def ask_list(exchange: Exchange) -> None:
    """The same call holds the list, the volumes and the open interest."""
    exchange.publicPostInfo({"type": "metaAndAssetCtxs"})


def listed(answers: Sequence[Answer]) -> Iterator[Listed]:
    """Every perpetual of the venue's own market, priced and settled in USDC."""
    for _, name, figures in _pairs(answers):
        symbol = words(name, "name")[0]
        if name.get("isDelisted") is not True:
            instrument = Instrument("hyperliquid", symbol, symbol, "USDC", "USDC", "base", 1.0, inverse=False, linear=True)
            yield Listed(instrument, number(figures.get("dayNtlVlm")))


def ask(exchange: Exchange, instruments: Sequence[Instrument]) -> None:
    """One call."""
    ask_list(exchange)


def rows(answers: Sequence[Answer], tracked: Mapping[str, Instrument]) -> Iterator[Row]:
    """One row for each perpetual."""
    for answer, name, each in _pairs(answers):
        yield Row(str(name.get("name")), each.get("openInterest"), each.get("markPx"), "mark", SIDES, None, answer.seen_at, each)


def _pairs(answers: Sequence[Answer]) -> Iterator[tuple[Answer, dict[str, Any], dict[str, Any]]]:
    """Names stand in the first list, figures at the same place of the second."""
    for answer, told in read(answers, "/info"):
        meta, figures = told if isinstance(told, list) and len(told) == 2 else (None, None)
        names = meta.get("universe") if isinstance(meta, dict) else None
        if isinstance(names, list) and isinstance(figures, list) and len(names) == len(figures):
            for name, each in zip(names, figures, strict=True):
                if isinstance(name, dict) and isinstance(each, dict):
                    yield answer, name, each


VENUE = Venue("hyperliquid", 60, polite("hyperliquid", Rate(30, Duration.MINUTE)), ask_list, listed, ask, rows)
