"""Deribit's two answers on options, as a fetch puts them together. Prices in the coin, or in USDC."""

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.market import SESSIONS, Contract, Sample, contract
from tests.ingest.sources.samples.slow import Aside, Told, epoch, figure

KIND = "json"
FIELDS = {
    "name": "instrument_name", "bid": "bid_price", "ask": "ask_price", "last": "last", "mark": "mark_price", "iv": "mark_iv",
    "volume": "volume", "open_interest": "open_interest",
}  # fmt: skip
COINS = {"BTC": (64_000.0, 1.0), "ETH": (3_200.0, 1.0), "SOL": (150.0, 10.0)}
DAYS = (1, 3, 9, 31, 94, 220)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
Listed = list[tuple[dict[str, Any], dict[str, Any]]]


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    base = rng.choice(sorted(COINS))
    made = datetime.combine(rng.choice(SESSIONS), time(rng.randrange(24), rng.randrange(60)), UTC)
    settles_in = "USDC" if base == "SOL" else base
    listed = coin(rng, base, settles_in, made, strikes, expirations)
    return Sample(f"{base}.json", fetched(listed, base if base == settles_in else f"{base}_{settles_in}"))


def coin(rng: random.Random, base: str, settles_in: str, made: datetime, strikes: int = 5, expirations: int = 3) -> Listed:
    """(instrument, row of the summary) of each option on a coin, settled in the coin itself or in USDC."""
    spot, size = COINS[base]
    spot = round(spot * rng.uniform(0.9, 1.1), 2)
    step = 500.0 if spot > 10_000 else 50.0 if spot > 1000 else 2.5
    first, day = round(spot / step) - strikes // 2, made.date()
    told = [
        contract(rng, spot, day, made, base, day + timedelta(days=days), right, (first + place) * step)
        for days in sorted(rng.sample(DAYS, min(expirations, len(DAYS))))
        for place in range(strikes)
        for right in "CP"
    ]
    return [_pair(each, base, settles_in, spot, size, made) for each in told]


def _pair(
    each: Contract, base: str, settles_in: str, spot: float, size: float, made: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    root, per = (base, spot) if base == settles_in else (f"{base}_{settles_in}", 1.0)
    name = named(root, each.expiration, round(each.strike * 1000), each.right)
    ends = datetime.combine(each.expiration, time(8), UTC)
    instrument = {
        "tick_size": 0.0001, "taker_commission": 0.0003, "strike": each.strike, "settlement_period": "week",
        "settlement_currency": settles_in, "quote_currency": settles_in, "price_index": f"{base.lower()}_usd", "kind": "option",
        "option_type": "call" if each.right == "C" else "put", "min_trade_amount": 0.1, "maker_commission": 0.0003,
        "is_active": True, "instrument_type": "reversed" if per > 1 else "linear", "instrument_name": name, "instrument_id": 1,
        "expiration_timestamp": round(ends.timestamp() * 1000), "creation_timestamp": 1700000000000, "counter_currency": "USD",
        "contract_size": size, "base_currency": base,
    }  # fmt: skip
    row = {
        "instrument_name": name, "base_currency": base, "quote_currency": settles_in, "underlying_index": f"SYN.{root}",
        "underlying_price": spot, "estimated_delivery_price": spot, "interest_rate": 0.0, "mark_iv": round(each.iv * 100, 2),
        "mark_price": round((each.bid + each.ask) / 2 / per, 6), "mid_price": None, "bid_price": round(each.bid / per, 6) or None,
        "ask_price": round(each.ask / per, 6), "last": round(each.last / per, 6) if each.volume else None, "high": None,
        "low": None, "price_change": None, "volume": each.volume * size / 10, "volume_usd": float(each.volume) * each.last,
        "open_interest": each.open_interest * size / 10,
        "creation_timestamp": round(made.timestamp() * 1000),
    }  # fmt: skip
    return instrument, row


def named(root: str, expiration: date, milli: int, right: str) -> str:
    """BTC-25DEC26-110000-C; a d for the decimal point."""
    strike = f"{Decimal(milli) / 1000:f}".replace(".", "d")
    return f"{root}-{expiration.day}{MONTHS[expiration.month - 1]}{expiration.year % 100:02d}-{strike}-{right}"


def answers(listed: Listed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two answers of the venue."""
    frame = {"jsonrpc": "2.0", "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": False}
    return {**frame, "result": [each for each, _ in listed]}, {**frame, "result": [row for _, row in listed]}


def fetched(listed: Listed, asked: str) -> bytes:
    """The two answers as `fetch` puts them together."""
    instruments, summary = answers(listed)
    return json.dumps({"asked": asked, "instruments": instruments, "summary": summary}).encode()


def read(sample: Sample) -> Told:
    document = slow.load(sample.body)
    instruments: dict[Any, Any] = {}
    for each in document["instruments"]["result"]:
        name = each.get("instrument_name") if isinstance(each, dict) else None
        if isinstance(name, str):
            instruments[name] = each if instruments.get(name, each) == each else None
    rows = document["summary"]["result"]
    made = max(at for row in rows if isinstance(row, dict) and (at := _instant(row.get("creation_timestamp"))))
    found = Told("", made.date(), made.date(), made, False)
    for number, row in enumerate(rows, start=1):
        found.add(number, lambda row=row: _row(row, instruments[row["instrument_name"]]))
    found.slot = next(iter(found.rows.values()))["symbol"]
    return found


def _instant(value: Any) -> datetime | None:
    try:
        number = figure(value)
        return None if number is None else epoch(number / 1000)
    except (Aside, OverflowError):
        return None


def _row(row: dict[str, Any], instrument: dict[str, Any]) -> dict[str, Any]:
    base, settles_in, size = (instrument[name] for name in ("base_currency", "settlement_currency", "contract_size"))
    root = base if base == settles_in else f"{base}_{settles_in}"
    ends, strike = _instant(instrument["expiration_timestamp"]), figure(instrument["strike"])
    right = {"call": "C", "put": "P"}[instrument["option_type"]]
    if ends is None or strike is None or row["instrument_name"] != named(root, ends.date(), round(strike * 1000), right):
        raise Aside("disagrees")
    iv, counts = figure(row["mark_iv"]), [figure(row[name]) for name in ("volume", "open_interest")]
    return {
        "symbol": root, "root": root, "expiration": ends.date(), "right": right, "strike_milli": round(strike * 1000),
        "deliverable": "standard", "multiplier": figure(size), "bid": figure(row["bid_price"]), "ask": figure(row["ask_price"]),
        "last": figure(row["last"]) or None, "mark": figure(row["mark_price"]) or None, "iv": float(iv) / 100 if iv else None,
        "volume": _contracts(counts[0], size), "open_interest": _contracts(counts[1], size), "trade_time": None,
    } | dict.fromkeys(("delta", "gamma", "theta", "vega", "rho"))  # fmt: skip


def _contracts(coins: Decimal | None, size: Decimal) -> float | None:
    return None if coins is None else float(coins) / float(size)
