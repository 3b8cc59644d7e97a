"""JSON that a mapping reads: chains with Greeks as `chain_with_greeks_json` has them."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ingest.sources import Payload, Raw
from tests.ingest.slow_calendar import EASTERN
from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.mapped_table import SHELF
from tests.ingest.sources.samples.market import Contract, Sample, content, market, real_files
from tests.ingest.sources.samples.slow import Aside, Told, Unreadable, contract, day, told

KIND = "json"
FIELDS = {
    "occ_symbol": "symbol", "expiration": "expiration", "strike": "strike", "right": "side", "bid": "bid", "ask": "ask",
    "last": "last", "volume": "volume", "open_interest": "openInterest", "iv": "iv", "delta": "delta", "gamma": "gamma",
    "theta": "theta", "vega": "vega", "rho": "rho",
}  # fmt: skip
UNSEEN = {"volume_as_open_interest"}
MODEL = ("delta", "gamma", "theta", "vega", "rho")
FIGURES = ("bid", "ask", "last", "volume", "open_interest", "iv", *MODEL)
NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


def parse(raw: Raw) -> Payload:
    (payload,) = SHELF.parse(raw, "chain_with_greeks_json")
    return payload


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    quotes = [quote(each) for each in seen.contracts]
    whole = {
        "symbol": seen.symbol, "updated": seen.stamp.astimezone(EASTERN).isoformat(), "underlyingPrice": seen.spot,
        "greeks": {"enabled": True, "total": len(quotes)}, "expirations": [], "quotes": quotes,
    }  # fmt: skip
    return Sample(f"{seen.symbol}.json", json.dumps(whole).encode())


def make_real(rng: random.Random) -> Sample | None:
    """Some contracts of a real chain."""
    paths = real_files("chain_with_greeks_json/*/*.json.gz")
    if not paths:
        return None
    whole = _document(rng.choice(paths))
    return Sample("real.json", json.dumps(whole | {"quotes": rng.sample(whole["quotes"], 40)}).encode())


@cache
def _document(path: Path) -> dict[str, Any]:
    return json.loads(content(path))


def quote(each: Contract) -> dict[str, Any]:
    side = {"C": "call", "P": "put"}[each.right]
    known = bool(each.iv)
    figures = {FIELDS[name]: getattr(each, name) if known else None for name in MODEL}
    return {
        "symbol": each.occ, "expiration": str(each.expiration), "side": side, "strike": float(each.strike), "bid": each.bid,
        "ask": each.ask, "mid": each.last, "last": each.last, "volume": float(each.volume) if each.traded else None,
        "openInterest": float(each.open_interest), "iv": each.iv or 0.00001, **figures,
        "greeksSource": "cboe" if known else None, "greeksMissingReason": None if known else "cboe_unmatched",
    }  # fmt: skip


def read(sample: Sample) -> Told:
    whole = slow.load(sample.body)
    found = told(_text(whole["symbol"]).upper(), _instant(_text(whole["updated"])), timedelta(0))
    spot = _number(whole["underlyingPrice"])
    found.spot = spot if spot and spot > 0 else None
    for number, record in enumerate(whole["quotes"], start=1):
        found.add(number, lambda record=record: _row(found.slot, record))
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable(value)
    return value


def _instant(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", text, re.ASCII):
        raise Unreadable(text)
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _number(value: Any) -> Decimal | None:
    """A number, or the text of one."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        if not NUMBER.fullmatch(value):
            raise Aside(value)
        return Decimal(value)
    return slow.figure(value)


def _row(symbol: str, record: dict[str, Any]) -> dict[str, Any]:
    found = contract(symbol, record["symbol"])
    strike, written, side = _number(record.get("strike")), record.get("expiration"), record.get("side")
    if strike is not None and strike * 1000 != found["strike_milli"]:
        raise Aside("disagrees")
    if written and (not re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII) or day(written, "%Y-%m-%d") != found["expiration"]):
        raise Aside("disagrees")
    if side and side not in {"C": ("C", "call", "Call", "CALL"), "P": ("P", "put", "Put", "PUT")}[found["right"]]:
        raise Aside("disagrees")
    figures = {name: _number(record.get(FIELDS[name])) for name in FIGURES}
    iv = figures["iv"]
    if iv is None or iv == 0 or abs(iv - Decimal("0.00001")) <= Decimal("1e-9"):
        figures["iv"] = None
    return found | figures | {"trade_time": None}
