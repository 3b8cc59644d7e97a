"""Massive's option snapshots: a page, an array of pages, or what a fetch puts together."""

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.ingest.slow_calendar import EASTERN, close_of, session_before
from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.market import Contract, Market, Sample, market
from tests.ingest.sources.samples.slow import Aside, Told, epoch, figure, told
from tests.ingest.sources.samples.slow import contract as from_symbol

KIND = "json"
FIELDS = {
    "occ_symbol": "details.ticker", "right": "details.contract_type", "strike": "details.strike_price",
    "expiration": "details.expiration_date", "multiplier": "details.shares_per_contract", "bid": "last_quote.bid",
    "ask": "last_quote.ask", "mark": "last_quote.midpoint", "last": "last_trade.price", "trade_time": "last_trade.sip_timestamp",
    "volume": "day.volume", "open_interest": "open_interest", "iv": "implied_volatility", "delta": "greeks.delta",
    "gamma": "greeks.gamma", "theta": "greeks.theta", "vega": "greeks.vega",
}  # fmt: skip
HOST = "https://api.massive.com"
MODEL = ("delta", "gamma", "theta", "vega")


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    contracts = [option(each, seen) for each in seen.contracts]
    way = rng.random() if not given else 1.0
    if way < 0.3:
        return Sample(f"{seen.symbol}.json", json.dumps(pages(contracts, len(contracts))[0]).encode())
    if way < 0.5:
        return Sample(f"{seen.symbol}.json", json.dumps(pages(contracts, 7)).encode())
    return Sample(f"{seen.symbol}.json", fetched(contracts, 7, rng.choice([None, 4])))


def nanoseconds(instant: datetime) -> int:
    return round(instant.timestamp()) * 1_000_000_000


def quoted(seen: Market) -> datetime:
    """The last quote of a look: it stops at the close."""
    return min(seen.stamp, close_of(seen.session))


def option(each: Contract, seen: Market, **other: Any) -> dict[str, Any]:
    """A contract as Massive shows it; `other` replaces fields. What did not trade shows the day on which it did last."""
    day = seen.session if each.volume else session_before(seen.session)
    midnight = datetime.combine(day, time(0), EASTERN).astimezone(UTC)
    at, name = nanoseconds(quoted(seen)), f"I:{seen.symbol}" if seen.symbol in ("SPX", "NDX") else seen.symbol
    found = {
        "break_even_price": each.strike + each.last,
        "day": {"change": 0.1, "change_percent": 1.0, "close": each.last, "high": each.last, "low": each.last, "open": each.last,
                "last_updated": nanoseconds(midnight), "previous_close": each.last, "volume": each.volume or 55,
                "vwap": each.last},
        "details": {"contract_type": "call" if each.right == "C" else "put", "exercise_style": "american",
                    "expiration_date": str(each.expiration), "shares_per_contract": 100, "strike_price": each.strike,
                    "ticker": f"O:{each.occ}"},
        "fmv": each.last,
        "greeks": {name: getattr(each, name) for name in MODEL} if each.iv else {},
        "last_quote": {"ask": each.ask, "ask_size": 9, "bid": each.bid, "bid_size": 4, "last_updated": at,
                       "midpoint": round((each.bid + each.ask) / 2, 3), "timeframe": "REAL-TIME"},
        "open_interest": each.open_interest,
        "underlying_asset": {"change_to_break_even": 1.0, "last_updated": at, "price": seen.spot, "ticker": name,
                             "timeframe": "REAL-TIME"},
    }  # fmt: skip
    if each.iv:
        found["implied_volatility"] = each.iv
    if each.last:
        found["last_trade"] = {
            "price": each.last, "sip_timestamp": nanoseconds(each.traded_at), "size": 1, "conditions": [209], "exchange": 309,
            "timeframe": "REAL-TIME",
        }  # fmt: skip
    return found | other


def pages(contracts: list[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """The contracts page by page, each but the last with the address of the next."""
    parts = [contracts[start : start + size] for start in range(0, len(contracts), size)]
    told = [{"request_id": f"r{place}", "results": part, "status": "OK"} for place, part in enumerate(parts)]
    for place, page in enumerate(told[:-1], start=1):
        page["next_url"] = f"{HOST}/v3/snapshot/options/X?cursor=page{place}"
    return told


def fetched(contracts: list[dict[str, Any]], size: int, nearest: int | None = None) -> bytes:
    """Pages as `fetch` puts them together."""
    parts = pages(contracts, size)
    asked = ["limit=250", *(f"cursor=page{place}" for place in range(1, len(parts)))]
    return json.dumps({"nearest": nearest, "asked": asked, "pages": parts}).encode()


def listed(contracts: list[dict[str, Any]]) -> dict[str, Any]:
    """The reference list of the same contracts."""
    results = [{**each["details"], "cfi": "OCASPS", "primary_exchange": "BATO", "underlying_ticker": "X"} for each in contracts]
    return {"results": results, "status": "OK", "request_id": "r"}


def read(sample: Sample) -> Told:
    document = slow.load(sample.body)
    parts = document if isinstance(document, list) else document.get("pages", [document])
    records = [record for part in parts for record in part["results"]]
    names = [_inner(record, "underlying_asset").get("ticker") for record in records]
    known = [name.removeprefix("I:") for name in names if isinstance(name, str)]
    symbol = max(dict.fromkeys(known), key=known.count)
    times = [
        _instant(_inner(record, place).get("last_updated")) for record in records for place in ("last_quote", "underlying_asset")
    ]
    found = told(symbol, max(at for at in times if at), timedelta(0))
    for number, record in enumerate(records, start=1):
        found.add(number, lambda record=record: _row(found, record))
    return found


def _inner(record: Any, place: str) -> dict[str, Any]:
    found = record.get(place) if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def _instant(value: Any) -> datetime | None:
    """Nanoseconds since 1970; None for what is none."""
    try:
        found = figure(value)
        return None if found is None else epoch(found / 1_000_000_000)
    except (Aside, OverflowError):
        return None


def _row(seen: Told, record: dict[str, Any]) -> dict[str, Any]:
    details, quote, trade, day, greeks = (record.get(name) for name in ("details", "last_quote", "last_trade", "day", "greeks"))
    quote, trade, greeks, day = quote or {}, trade or {}, greeks or {}, day or {}
    found = from_symbol(seen.slot, details["ticker"].removeprefix("O:"))
    right = "call" if found["right"] == "C" else "put"
    strike = figure(details["strike_price"])
    if details["contract_type"] != right or strike is None or abs(strike * 1000 - found["strike_milli"]) > Decimal("0.5"):
        raise Aside("disagrees")
    if date.fromisoformat(details["expiration_date"]) != found["expiration"]:
        raise Aside("disagrees")
    if record["underlying_asset"]["ticker"].removeprefix("I:") != seen.slot:
        raise Aside("disagrees")
    at = _instant(day.get("last_updated"))
    today = at is not None and at.astimezone(EASTERN).date() == seen.quoted
    traded = _instant(trade.get("sip_timestamp"))
    if traded is not None and traded > seen.known_at + timedelta(minutes=1):  # stamped after the snapshot: it counts as unknown
        trade, day, traded = {}, day | {"close": None}, None
    return found | {name: figure(greeks.get(name)) for name in MODEL} | {
        "rho": None, "multiplier": figure(details["shares_per_contract"]), "bid": figure(quote.get("bid")),
        "ask": figure(quote.get("ask")), "mark": figure(quote.get("midpoint")) or None,
        "last": figure(trade.get("price")) or (figure(day.get("close")) or None if today else None),
        "trade_time": traded, "volume": figure(day.get("volume")) if today else None,
        "open_interest": figure(record["open_interest"]), "iv": figure(record.get("implied_volatility")) or None,
    }  # fmt: skip
