"""Cboe's chains as a normalising client writes them; the instant stands in the file's name alone."""

import csv
import random
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from tests.ingest.slow_calendar import close_of
from tests.ingest.sources.samples.market import Contract, Market, Sample, market, real_files, some_lines
from tests.ingest.sources.samples.slow import Aside, Told, Unreadable, cell, contract, day, idle_greeks, told

KIND = "csv"
FIELDS = {
    "occ_symbol": "contract_symbol", "expiration": "expiration", "strike": "strike", "right": "option_type", "bid": "bid",
    "ask": "ask", "last": "last_trade_price", "iv": "implied_volatility", "volume": "volume", "open_interest": "open_interest",
    "delta": "delta", "gamma": "gamma", "theta": "theta", "vega": "vega", "rho": "rho", "spot": "underlying_price",
}  # fmt: skip
HEADER = (
    ",underlying_symbol,underlying_price,contract_symbol,expiration,dte,strike,option_type,open_interest,volume,"
    "theoretical_price,last_trade_price,tick,bid,bid_size,ask,ask_size,open,high,low,prev_close,change,change_percent,"
    "implied_volatility,delta,gamma,theta,vega,rho"
)
FIGURES = ("bid", "ask", "volume", "open_interest", "delta", "gamma", "theta", "vega", "rho")


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    local = seen.stamp.astimezone(timezone(timedelta(hours=1)))
    after = seen.stamp >= close_of(seen.session) and "moment" not in given
    said = f"{seen.session}_close" if after and rng.random() < 0.5 else f"{local:%Y-%m-%d_%H_%M}"
    twice = rng.random() < 0.2
    header = HEADER.replace(",", ",Unnamed: 0,", 1) if twice else HEADER
    lines = [f"{place}," * (1 + twice) + line(seen, each) for place, each in enumerate(seen.contracts)]
    return Sample(f"{said}_UTC+01_00_{seen.symbol}.csv", "\n".join((header, *lines, "")).encode())


def make_real(rng: random.Random) -> Sample | None:
    """Some lines of a real file."""
    paths = real_files("cboe_chain_normalized_csv/*/*.csv.gz")
    return some_lines(rng, rng.choice(paths), 1, 40) if paths else None


def line(seen: Market, each: Contract) -> str:
    side = {"C": "call", "P": "put"}[each.right]
    high = each.last if each.traded else 0.0
    cells = (
        seen.symbol, seen.spot, each.occ, each.expiration, 99, float(each.strike), side, each.open_interest, each.volume,
        each.last, each.last, "up", each.bid, 5, each.ask, 113, high, high, high, 0.00499999988824129, 0.0, 0.0,
        each.iv, each.delta, each.gamma, each.theta, each.vega, each.rho,
    )  # fmt: skip
    return ",".join(str(value) for value in cells)


def read(sample: Sample) -> Told:
    lines = [each for each in sample.body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if each.strip()]
    rows = [_cells(each) for each in lines]
    header = [name.strip() for name in rows[0] or ()]
    named = [dict(zip(header, row, strict=True)) if row and len(row) == len(header) else None for row in rows[1:]]
    symbol, spot = (_commonest(named, name) for name in ("underlying_symbol", "underlying_price"))
    found = told(symbol, _instant(sample.file_name))
    found.spot = cell(spot)
    for number, row in enumerate(named, start=1):
        found.add(number, lambda row=row: _row(symbol, spot, row))
    return found


def _cells(line: bytes) -> list[str] | None:
    try:
        text = line.decode()
        if "\0" in text:
            return None
        return next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
    except (UnicodeDecodeError, csv.Error):
        return None


def _commonest(rows: list[dict[str, str] | None], name: str) -> str:
    values = [row[name] for row in rows if row]
    if not values:
        raise Unreadable(name)
    return max(set(values), key=values.count)


def _instant(name: str) -> datetime:
    found = re.match(r"(\d{4}-\d\d-\d\d)_(close|\d\d_\d\d)_UTC\+(\d\d)_00_", name)
    if not found:
        raise Unreadable(name)
    if found[2] == "close":
        return close_of(date.fromisoformat(found[1]))
    place = timezone(timedelta(hours=int(found[3])))
    return datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H_%M").replace(tzinfo=place).astimezone(UTC)


def _row(symbol: str, spot: str, row: dict[str, str]) -> dict[str, Any]:
    found = contract(symbol, row["contract_symbol"])
    right = {"call": "C", "put": "P"}[row["option_type"]]
    strike, written = cell(row["strike"]), day(row["expiration"], "%Y-%m-%d")
    if (right, written) != (found["right"], found["expiration"]) or strike is None or strike * 1000 != found["strike_milli"]:
        raise Aside("disagrees")
    if row["underlying_symbol"] != symbol or cell(row["underlying_price"]) != cell(spot):
        raise Aside("of another chain")
    figures = {name: cell(row[name]) for name in FIGURES} | {"iv": cell(row["implied_volatility"])}
    cell(row["high"])
    return idle_greeks(found | figures | {"last": cell(row["last_trade_price"]) or None, "trade_time": None})
