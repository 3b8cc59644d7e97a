"""Made-up files in the shapes that the shipped mappings read. Prices keep call-put parity, as real ones do."""

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import RefusedPayload
from core.sessions import previous_session
from ingest.sources import Payload, Raw
from ingest.sources.mapped import shelf
from tests.ingest.importing import NOW

DAY = date(2026, 11, 19)
BEFORE = previous_session(DAY)
EXPIRATIONS = (date(2026, 12, 18), date(2027, 1, 15))
SPOT, IV = 100.0, 0.3
SHELF = shelf(Path("nowhere"))


@dataclass(frozen=True)
class Contract:
    """One contract with its figures; volume and open interest differ from contract to contract."""

    symbol: str
    expiration: date
    strike: float
    right: str
    price: float
    volume: int
    open_interest: int
    traded: datetime

    @property
    def occ(self) -> str:
        """ABCD261218C00100000"""
        return f"{self.symbol}{self.expiration:%y%m%d}{self.right}{round(self.strike * 1000):08d}"

    @property
    def word(self) -> str:
        return "call" if self.right == "C" else "put"


def chain(symbol: str = "ABCD", day: date = DAY, strikes: int = 9, **changes: Any) -> list[Contract]:
    """Calls and puts around the spot; `changes` are made to each contract."""
    made = []
    at = datetime(day.year, day.month, day.day, 18, 5, 1, tzinfo=UTC)
    for place, expiration in enumerate(EXPIRATIONS):
        for step in range(strikes):
            strike = SPOT + 2.5 * (step - strikes // 2)
            worth = _time_value(strike, (expiration - day).days)
            for right, inner in (("C", SPOT - strike), ("P", strike - SPOT)):
                number = 100 * place + 10 * step + (right == "P")
                price = round(max(inner, 0) + worth, 2)
                made.append(Contract(symbol, expiration, strike, right, price, number + 1, number + 5, at))
    return [replace(one, **changes) for one in made]


def _time_value(strike: float, days: int) -> float:
    """Of a call and put alike, so that parity holds. [USD]"""
    wide = SPOT * IV * math.sqrt(max(days, 1) / 365)
    return round(0.4 * wide * math.exp(-((strike - SPOT) ** 2) / (1.3 * wide**2)) + 0.05, 2)


def raw(body: str | bytes | Any, name: str = "file", folder: str = "") -> Raw:
    """A payload; anything but text and bytes is written as JSON."""
    if not isinstance(body, str | bytes):
        body = json.dumps(body)
    return Raw("", name, body.encode() if isinstance(body, str) else body, NOW(), folder)


def table(*rows: Any) -> str:
    """CSV of rows, the header first."""
    return "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)


def parsed(made: Raw, name: str | None = None) -> list[Payload]:
    """What the mapping that knows such a file makes of it."""
    return SHELF.parse(made, name)


def only(made: Raw, name: str | None = None) -> Payload:
    """The one payload that is in a file."""
    (payload,) = parsed(made, name)
    return payload


def refusal(made: Raw, name: str | None = None) -> RefusedPayload:
    """The refusal of a file."""
    with pytest.raises(RefusedPayload) as error:
        SHELF.parse(made, name)
    return error.value


def reasons(payload: Payload) -> list[str]:
    """Why rows are kept aside."""
    return payload.quarantined["reason"].to_list()


def row(payload: Payload, **wanted: Any) -> dict[str, Any]:
    """The one row with these values."""
    (found,) = payload.rows.filter(**wanted).iter_rows(named=True)
    return found


def yahoo_2025(contracts: list[Contract], day: date = DAY) -> Raw:
    header = SHELF.known["yahoo_chain_2025"].recognise.columns
    rows = [
        (one.occ, one.word, one.expiration, one.strike, one.traded, f"{one.traded:%Y-%m-%d %H:%M:%S} EST", one.price,
         one.price - 0.02, one.price + 0.02, 0.0, 0.0, float(one.volume), one.open_interest, IV, one.strike < SPOT, "REGULAR",
         "USD", 9, day, 99, SPOT, one.strike)
        for one in contracts
    ]  # fmt: skip
    return raw(table(header, *rows), "ABCD_options_all_expirations_filtered.csv", str(day))


def yahoo_2026(contracts: list[Contract], day: date = DAY) -> Raw:
    header = SHELF.known["yahoo_chain_2026"].recognise.columns
    rows = [
        (one.occ, one.expiration, one.right, one.strike, one.price, one.price - 0.02, one.price + 0.02, float(one.volume),
         one.open_interest, IV, one.strike < SPOT, one.traded, SPOT, day)
        for one in contracts
    ]  # fmt: skip
    return raw(table(header, *rows), "ABCD.csv", str(day))


def _pairs(contracts: list[Contract]) -> list[tuple[Contract, Contract]]:
    return list(zip(contracts[::2], contracts[1::2], strict=True))


def history_2026(contracts: list[Contract], day: date = DAY, ticker: str = "abcd") -> Raw:
    rows = []
    for pair in _pairs(contracts):
        row: dict[str, Any] = {}
        for one in pair:
            code = f"{one.expiration}_{one.strike:.2f}_{one.word.title()}"
            told = {"Option": code, "Price": one.price, "Delta": 0.4 if one.right == "C" else -0.6, "Volume": one.volume,
                    "Iv": 100 * IV, "Oi": one.open_interest}  # fmt: skip
            row |= {one.word + name: value for name, value in told.items()}
        rows.append(row)
    return raw({"header": {"underlyingPrice": SPOT}, "contracts": rows}, f"{ticker}.json", f"{day}/detail")


def occ_history(days: dict[str, list[Contract]], made: str = "2026-11-21T04:28:16Z") -> Raw:
    told: dict[str, Any] = {}
    for label, contracts in days.items():
        for call, put in _pairs(contracts):
            figures = {"call_oi": call.open_interest, "put_oi": put.open_interest}
            told.setdefault(label, {}).setdefault(str(call.expiration), {})[str(call.strike)] = figures
    return raw({"ticker": "ABCD", "closes": dict.fromkeys(days, SPOT), "days": told, "updated_at": made}, "ABCD_history.json")


def occ_display(days: dict[str, list[Contract]], made: str = "2026-11-21T04:28:16Z") -> Raw:
    """The same figures as lists; where a strike was not listed on a date they say 0."""
    figures = {
        label: {(call.expiration, call.strike): (call.open_interest, put.open_interest) for call, put in _pairs(contracts)}
        for label, contracts in days.items()
    }
    keys = sorted({key for of_day in figures.values() for key in of_day})
    by_expiration: dict[str, Any] = {}
    for expiration, strike in keys:
        both = [of_day.get((expiration, strike), (0, 0)) for of_day in figures.values()]
        row = {"strike": strike, "calls": [call for call, _ in both], "puts": [put for _, put in both]}
        by_expiration.setdefault(str(expiration), {"strikes": [], "rows": []})["rows"].append(row)
    told = {"ticker": "ABCD", "pull_dates": list(days), "expirations": list(by_expiration), "close": SPOT}
    return raw(told | {"by_expiration": by_expiration, "updated_at": made}, "ABCD.json")


def with_greeks(contracts: list[Contract], updated: str = "2026-11-19T22:46:58.300913-05:00") -> Raw:
    quotes = [
        {"symbol": one.occ, "expiration": str(one.expiration), "side": one.word, "strike": one.strike, "bid": one.price - 0.02,
         "ask": one.price + 0.02, "mid": one.price, "last": one.price, "volume": float(one.volume),
         "openInterest": float(one.open_interest), "iv": IV, "delta": 0.4 if one.right == "C" else -0.6, "gamma": None,
         "theta": None, "vega": None, "rho": None, "greeksSource": "cboe", "greeksMissingReason": None}
        for one in contracts
    ]  # fmt: skip
    told = {"symbol": "ABCD", "updated": updated, "underlyingPrice": SPOT, "greeks": {}, "expirations": [], "quotes": quotes}
    return raw(told, "ABCD.json")


def crypto_daily(exchange: str, stamp: str = "2026-11-19 04:24:07", iv: float = 49.5, strikes: int = 6, coin: str = "BTC") -> Raw:
    header = SHELF.known["crypto_options_daily"].recognise.columns
    rows = []
    for place, (strike, right) in enumerate(
        (60_000 + 1000 * step, right) for step in range(strikes) for right in ("call", "put")
    ):
        letter = right[0].upper()
        code = f"{coin}-18DEC26-{strike}-{letter}" if exchange == "deribit" else f"{coin}-USD-261218-{strike}-{letter}"
        greeks = (None,) * 4 if exchange == "deribit" else (-1.7, 0.4, 0.002, -0.0001)
        counts = (161.3 + place, 0.2) if exchange == "deribit" else (2909 + place, 12)
        rows.append(
            (stamp, exchange, coin, code, "2026-12-18", strike, right, 0.0371, None, 0.038, iv, *greeks, *counts, 62512.6)
        )
    return raw(table(header, *rows), "2026-11-19.csv", f"options/{exchange}")


def crypto_hourly(*stamps: str) -> Raw:
    header = SHELF.known["crypto_options_hourly"].recognise.columns
    rows = [
        (stamp, f"BTC-18DEC26-{strike}-C", "18DEC26", "2026-12-18", float(strike), "call", 185.2, 167.7 + hour, 6.1, -37.3, 43.7,
         0.00003, 0.5, 0.0, 36.2, 36.24)
        for hour, stamp in enumerate(stamps) for strike in (90_000, 100_000)
    ]  # fmt: skip
    return raw(table(header, *rows), "full_data_sample.csv")


def prices(*rows: tuple[Any, ...], name: str = "ABCD.csv") -> Raw:
    """Rows of (Date, Close, Volume, Open, High, Low) as the site writes them."""
    return raw(table(("Date", "Close", "Volume", "Open", "High", "Low"), *rows), name)


def day_of_prices(day: str, close: str = "$25.64", volume: str = '"5,156,478"') -> tuple[str, ...]:
    """One such row."""
    return day, close, volume, "$25.28", '"$1,025.89"', "$24.84"


SHAPES = {
    "yahoo_chain_2025": yahoo_2025(chain()),
    "yahoo_chain_2026": yahoo_2026(chain()),
    "chain_history_2026": history_2026(chain()),
    "occ_open_interest": occ_history({"19-11": chain()}),
    "chain_with_greeks_json": with_greeks(chain()),
}
"""The same chain in each shape."""
