"""Cboe's delayed quotes."""

import json
import random
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.ingest.slow_calendar import EASTERN
from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.market import Contract, Market, Sample, content, market, real_files
from tests.ingest.sources.samples.slow import Told, contract, eastern, figure, idle_greeks, told

KIND = "json"
FIELDS = {
    "occ_symbol": "option", "bid": "bid", "ask": "ask", "last": "last_trade_price", "iv": "iv", "volume": "volume",
    "open_interest": "open_interest", "delta": "delta", "gamma": "gamma", "theta": "theta", "vega": "vega", "rho": "rho",
    "trade_time": "last_trade_time",
}  # fmt: skip
FIGURES = ("bid", "ask", "iv", "volume", "open_interest", "delta", "gamma", "theta", "vega", "rho")


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    name, document = of_market(market(rng, strikes, expirations, **given), rng)
    return Sample(f"{name}.json", json.dumps(document).encode())


def of_market(seen: Market, rng: random.Random) -> tuple[str, dict[str, Any]]:
    """The name that Cboe gives a chain, and the chain."""
    index = seen.symbol in ("SPX", "NDX")
    chain = {
        "options": [option(each, rng) for each in seen.contracts],
        "symbol": f"^{seen.symbol}" if index else seen.symbol,
        "security_type": "index" if index else "stock", "exchange_id": 3, "current_price": seen.spot,
        "bid": seen.spot, "ask": round(seen.spot + 0.01, 2), "close": seen.spot, "volume": 62_104_585, "iv30": 25.065,
    }  # fmt: skip
    name = f"_{seen.symbol}" if index else seen.symbol
    document = {"timestamp": f"{seen.stamp:%Y-%m-%d %H:%M:%S}", "data": chain, "symbol": name}
    return name, document


def make_real(rng: random.Random) -> Sample | None:
    """Some contracts of a real chain."""
    paths = real_files("cboe_delayed_quotes_json/*.json.gz")
    if not paths:
        return None
    document = _document(rng.choice(paths))
    chain = document["data"] | {"options": rng.sample(document["data"]["options"], 40)}
    return Sample("real.json", json.dumps(document | {"data": chain}).encode())


@cache
def _document(path: Path) -> dict[str, Any]:
    return json.loads(content(path))


def option(each: Contract, rng: random.Random) -> dict[str, Any]:
    figures = {name: float(getattr(each, name)) for name in FIGURES}
    traded = each.traded_at and f"{each.traded_at.astimezone(EASTERN):%Y-%m-%dT%H:%M:%S}"
    return {
        "option": each.occ, **figures, "bid_size": float(rng.randrange(300)), "ask_size": 1.0, "theo": each.last, "change": 0.0,
        "open": each.last, "high": each.last, "low": each.last, "tick": "down", "last_trade_price": each.last,
        "last_trade_time": traded, "percent_change": 0.0, "prev_day_close": 0.0,
    }  # fmt: skip


def read(sample: Sample) -> Told:
    document = slow.load(sample.body)
    stamp = datetime.strptime(document["timestamp"].replace("T", " "), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    found = told(document["data"]["symbol"].lstrip("^_"), stamp)
    found.spot = figure(document["data"]["current_price"])
    for number, record in enumerate(document["data"]["options"], start=1):
        found.add(number, lambda record=record: _row(found.slot, record))
    return found


def _row(symbol: str, record: dict[str, Any]) -> dict[str, Any]:
    row = contract(symbol, record["option"]) | {name: figure(record[name]) for name in FIGURES}
    traded = record["last_trade_time"]
    row |= {"last": figure(record["last_trade_price"]) or None, "trade_time": traded if traded is None else eastern(traded)}
    return idle_greeks(row)
