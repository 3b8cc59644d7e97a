"""Bybit: linear contracts count coins, inverse ones dollars. Tickers of a whole category carry open interest and mark price.

`openInterest` adds both sides of each position; `singleOpenInterest`, where shown, is one side.
"""

from collections.abc import Iterator, Mapping, Sequence

from pyrate_limiter import Duration, Rate

from analytics.futures import Instrument
from ingest.sources.futures.numbers import dicts, instant, number, read, words
from ingest.sources.futures.patience import polite
from ingest.sources.futures.shapes import Answer, Exchange, Listed, Row, Venue

_CATEGORIES = ("linear", "inverse")
_MOST_PAGES = 20


def ask_list(exchange: Exchange) -> None:
    """Instruments, page by page, and tickers of both categories."""
    for category in _CATEGORIES:
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = {"category": category, "limit": 1000} | ({"cursor": cursor} if cursor else {})
            result = exchange.publicGetV5MarketInstrumentsInfo(page)["result"]
            cursor = result.get("nextPageCursor")
            if not cursor or not result.get("list"):
                break
        exchange.publicGetV5MarketTickers({"category": category})


def listed(answers: Sequence[Answer]) -> Iterator[Listed]:
    """Every future and perpetual that trades; volume of inverse contracts is in dollars of face value."""
    traded = {}
    for _, told in read(answers, "/v5/market/tickers"):
        for each in dicts(told, "result", "list"):
            inverse = told["result"].get("category") == "inverse"
            traded[str(each.get("symbol"))] = each.get("volume24h" if inverse else "turnover24h")
    for _, told in read(answers, "/v5/market/instruments-info"):
        for each in dicts(told, "result", "list"):
            inverse = told["result"].get("category") == "inverse"
            symbol, base, quote, settle = words(each, "symbol", "baseCoin", "quoteCoin", "settleCoin")
            unit, dated = ("usd" if inverse else "base"), each.get("contractType") in ("LinearFutures", "InverseFutures")
            expiry = instant(each.get("deliveryTime")) if dated else None
            if each.get("status") == "Trading":
                instrument = Instrument("bybit", symbol, base, quote, settle, unit, 1.0, inverse, not inverse, expiry)
                yield Listed(instrument, number(traded.get(symbol)))


def ask(exchange: Exchange, instruments: Sequence[Instrument]) -> None:
    """One call for each category that holds any of the instruments."""
    for category in _CATEGORIES:
        if any(each.inverse == (category == "inverse") for each in instruments):
            exchange.publicGetV5MarketTickers({"category": category})


def rows(answers: Sequence[Answer], tracked: Mapping[str, Instrument]) -> Iterator[Row]:
    """One row for each ticker; one side of each position where the venue shows it."""
    for answer, told in read(answers, "/v5/market/tickers"):
        for each in dicts(told, "result", "list"):
            single = each.get("singleOpenInterest")
            native, sides = (single, 1) if single not in (None, "") else (each.get("openInterest"), 2)
            at = told.get("time")
            yield Row(str(each.get("symbol")), native, each.get("markPrice"), "mark", sides, at, answer.seen_at, each)


VENUE = Venue("bybit", 60, polite("bybit", Rate(50, 5 * Duration.SECOND)), ask_list, listed, ask, rows)
