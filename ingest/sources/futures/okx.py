"""OKX: counts contracts, and states the coins beside them, which shows at once when a contract has changed its size."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyrate_limiter import Duration, Rate

from analytics.futures import DOLLARS, Instrument
from ingest.sources.futures.numbers import dicts, instant, read, times, words
from ingest.sources.futures.patience import polite
from ingest.sources.futures.shapes import Answer, Exchange, Listed, Row, Venue

_TYPES = ("SWAP", "FUTURES")


def ask_list(exchange: Exchange) -> None:
    """Instruments and tickers of perpetuals and futures."""
    for kind in _TYPES:
        exchange.publicGetPublicInstruments({"instType": kind})
        exchange.publicGetMarketTickers({"instType": kind})


def listed(answers: Sequence[Answer]) -> Iterator[Listed]:
    """Every future and perpetual that trades; volume in coins times the last price."""
    tickers = [each for _, told in read(answers, "/market/tickers") for each in dicts(told, "data")]
    traded = {str(each.get("instId")): times(each.get("volCcy24h"), each.get("last")) for each in tickers}
    for _, told in read(answers, "/public/instruments"):
        for each in dicts(told, "data"):
            instrument = _instrument(each) if each.get("state") == "live" else None
            if instrument:
                yield Listed(instrument, traded.get(instrument.symbol))


def _instrument(told: dict[str, Any]) -> Instrument | None:
    """None where the list does not say what the size of a contract counts."""
    symbol, counted, settle = words(told, "instId", "ctValCcy", "settleCcy")
    inverse, size = told.get("ctType") == "inverse", times(told.get("ctVal"), told.get("ctMult") or 1)
    base, quote = (settle, counted) if inverse else (counted, settle)
    if not size or quote not in DOLLARS:
        return None
    expiry = (
        instant(told.get("expTime")) if told.get("instType") == "FUTURES" else None
    )  # a perpetual may show when it is delisted
    return Instrument("okx", symbol, base, quote, settle, "contracts", size, inverse, not inverse, expiry)


def ask(exchange: Exchange, instruments: Sequence[Instrument]) -> None:
    """Open interest and mark prices of each kind that holds any of the instruments."""
    for kind, dated in zip(_TYPES, (False, True), strict=True):
        if any((each.expiry is not None) == dated for each in instruments):
            exchange.publicGetPublicMarkPrice({"instType": kind})
            exchange.publicGetPublicOpenInterest({"instType": kind})


def rows(answers: Sequence[Answer], tracked: Mapping[str, Instrument]) -> Iterator[Row]:
    """One row for each instrument, with the coins that the venue states."""
    prices = read(answers, "/public/mark-price")
    marks = {str(each.get("instId")): each.get("markPx") for _, told in prices for each in dicts(told, "data")}
    for answer, told in read(answers, "/public/open-interest"):
        for each in dicts(told, "data"):
            symbol = str(each.get("instId"))
            yield Row(
                symbol, each.get("oi"), marks.get(symbol), "mark", 1, each.get("ts"), answer.seen_at, each, each.get("oiCcy")
            )


VENUE = Venue("okx", 60, polite("okx", Rate(8, 2 * Duration.SECOND)), ask_list, listed, ask, rows)
