"""Deribit: inverse futures and perpetuals already count dollars, linear ones coins. One call for each settlement currency."""

from collections.abc import Iterator, Mapping, Sequence

from pyrate_limiter import Duration, Rate

from analytics.futures import Instrument
from ingest.sources.futures.numbers import dicts, instant, number, read, words
from ingest.sources.futures.patience import polite
from ingest.sources.futures.shapes import Answer, Exchange, Listed, PriceKind, Row, Venue

_SUMMARY = "/public/get_book_summary_by_currency"


def ask_list(exchange: Exchange) -> None:
    """Instruments of every coin, and a summary for each of their settlement currencies."""
    told = exchange.publicGetGetInstruments({"currency": "any", "kind": "future"})
    for currency in sorted({word for each in dicts(told, "result") for word in words(each, "settlement_currency") if word}):
        _summary(exchange, currency)


def listed(answers: Sequence[Answer]) -> Iterator[Listed]:
    """Every future and perpetual that trades; one that settles in another coin than its price is inverse."""
    summaries = [each for _, told in read(answers, _SUMMARY) for each in dicts(told, "result")]
    traded = {str(each.get("instrument_name")): number(each.get("volume_usd")) for each in summaries}
    for _, told in read(answers, "/public/get_instruments"):
        for each in dicts(told, "result"):
            symbol, base, quote, settle = words(
                each, "instrument_name", "base_currency", "counter_currency", "settlement_currency"
            )
            size, inverse = number(each.get("contract_size")), quote != settle
            expiry = None if each.get("settlement_period") == "perpetual" else instant(each.get("expiration_timestamp"))
            if each.get("is_active") is True and each.get("kind") == "future" and size:
                unit = "usd" if inverse else "base"
                instrument = Instrument("deribit", symbol, base, quote, settle, unit, size, inverse, not inverse, expiry)
                yield Listed(instrument, traded.get(symbol))


def _summary(exchange: Exchange, currency: str) -> None:
    exchange.publicGetGetBookSummaryByCurrency({"currency": currency, "kind": "future"})


def ask(exchange: Exchange, instruments: Sequence[Instrument]) -> None:
    """One summary for each settlement currency."""
    for currency in sorted({each.settle for each in instruments}):
        _summary(exchange, currency)


def rows(answers: Sequence[Answer], tracked: Mapping[str, Instrument]) -> Iterator[Row]:
    """One row for each instrument. Dollars become coins at the index, which the venue calls estimated delivery price."""
    for answer, told in read(answers, _SUMMARY):
        for each in dicts(told, "result"):
            symbol, kind = str(each.get("instrument_name")), "mark"
            price, index = each.get("mark_price"), each.get("estimated_delivery_price")
            if symbol in tracked and tracked[symbol].inverse and index:
                price, kind = index, "index"
            yield Row(
                symbol, each.get("open_interest"), price, _kind(kind), 1, each.get("creation_timestamp"), answer.seen_at, each
            )


def _kind(word: str) -> PriceKind:
    return "index" if word == "index" else "mark"


VENUE = Venue("deribit", 60, polite("deribit", Rate(5, Duration.SECOND)), ask_list, listed, ask, rows)
