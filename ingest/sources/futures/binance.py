"""Binance: USD-M futures count coins, COIN-M futures count contracts of 10 or 100 dollars. One call for each instrument.

The point value is live; its history has steps of five minutes, so five minutes is the interval here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyrate_limiter import Duration, Rate

from analytics.futures import Instrument
from ingest.sources.futures.exchange import troubles, unknown_symbol
from ingest.sources.futures.numbers import dicts, instant, number, read, times, words
from ingest.sources.futures.patience import polite
from ingest.sources.futures.shapes import Answer, Exchange, Listed, Row, Venue

_PERPETUAL = 4133404800000  # "delivered" in the year 2100


def ask_list(exchange: Exchange) -> None:
    """Instruments and tickers of both markets."""
    exchange.fapiPublicGetExchangeInfo()
    exchange.dapiPublicGetExchangeInfo()
    exchange.fapiPublicGetTicker24hr()
    exchange.dapiPublicGetTicker24hr()


def listed(answers: Sequence[Answer]) -> Iterator[Listed]:
    """Every future and perpetual that trades; COIN-M tickers count contracts."""
    for market, field, status, inverse in (
        ("/fapi", "quoteVolume", "status", False),
        ("/dapi", "volume", "contractStatus", True),
    ):
        tickers = read(answers, f"{market}/v1/ticker/24hr")
        traded = {str(each.get("symbol")): each.get(field) for _, told in tickers for each in dicts(told)}
        for _, told in read(answers, f"{market}/v1/exchangeInfo"):
            for each in dicts(told, "symbols"):
                size = number(each.get("contractSize")) if inverse else 1.0
                if each.get(status) == "TRADING" and size:
                    yield Listed(_instrument(each, size, inverse), times(traded.get(str(each.get("symbol"))), size))


def _instrument(told: dict[str, Any], size: float, inverse: bool) -> Instrument:
    symbol, base, quote, settle = words(told, "symbol", "baseAsset", "quoteAsset", "marginAsset")
    unit = "contracts" if inverse else "base"
    expiry = None if told.get("deliveryDate") == _PERPETUAL else instant(told.get("deliveryDate"))
    return Instrument("binance", symbol, base, quote, settle, unit, size, inverse, not inverse, expiry)


def ask(exchange: Exchange, instruments: Sequence[Instrument]) -> None:
    """Mark prices of each market in one call, then one call for each instrument."""
    for inverse, prices, one in (
        (False, exchange.fapiPublicGetPremiumIndex, exchange.fapiPublicGetOpenInterest),
        (True, exchange.dapiPublicGetPremiumIndex, exchange.dapiPublicGetOpenInterest),
    ):
        wanted = [each.symbol for each in instruments if each.inverse == inverse]
        if wanted:
            prices()
        for symbol in wanted:
            try:
                one({"symbol": symbol})
            except troubles() as error:
                if not unknown_symbol(error):  # delisted since the last list: it is missed by name
                    raise


def rows(answers: Sequence[Answer], tracked: Mapping[str, Instrument]) -> Iterator[Row]:
    """One row for each answered instrument, with the mark price."""
    marks = {str(each.get("symbol")): each.get("markPrice") for _, told in read(answers, "/premiumIndex") for each in dicts(told)}
    for answer, told in read(answers, "/openInterest"):
        for each in dicts([told]):
            symbol = str(each.get("symbol"))
            yield Row(symbol, each.get("openInterest"), marks.get(symbol), "mark", 1, each.get("time"), answer.seen_at, each)


VENUE = Venue(
    "binance", 300, polite("binance", Rate(20, Duration.SECOND), Rate(1000, Duration.MINUTE)), ask_list, listed, ask, rows
)
