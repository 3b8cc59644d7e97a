"""Cboe's chain downloads, in the forms that their date line has had."""

import csv
import random
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.ingest.slow_calendar import EASTERN
from tests.ingest.sources.samples.market import Contract, Sample, market, real_files, some_lines
from tests.ingest.sources.samples.slow import Aside, Told, Unreadable, cell, contract, day, idle_greeks, told

KIND = "csv"
FIELDS = {
    "occ_symbol": "Calls", "bid": "Bid", "ask": "Ask", "last": "Last Sale", "iv": "IV", "volume": "Volume",
    "open_interest": "Open Interest", "delta": "Delta", "gamma": "Gamma", "strike": "Strike", "expiration": "Expiration Date",
}  # fmt: skip
HALF = ("Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma", "Open Interest")
HEADER = ("Expiration Date", "Calls", *HALF, "Strike", "Puts", *HALF)
COLUMNS = {"Last Sale": "last", "Bid": "bid", "Ask": "ask", "Volume": "volume", "IV": "iv", "Delta": "delta", "Gamma": "gamma",
           "Open Interest": "open_interest"}  # fmt: skip
FORMS = ("%B {day} %Y, {hour}:%M %p %Z", "%B {day}, %Y, {hour}:%M %p %Z", "%B {day}, %Y at {hour}:%M %p %Z",
         "%B {day}, %Y at {hour}:%M {half} %Z")  # fmt: skip
NAMES = {"SPX": ("Standard & Poors 500 Index", "S&P 500 INDEX"), "NDX": ("NASDAQ 100",)}
ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "UTC": 0, "GMT": 0}


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    local = seen.stamp.astimezone(EASTERN)
    words = {"day": local.day, "hour": local.hour % 12 or 12, "half": "p.m." if local.hour >= 12 else "a.m."}
    date_line = local.strftime(rng.choice(FORMS).format(**words))
    volume = rng.choice(("Volume: 0", '"Volume: 71,039,449"'))
    pairs = zip(seen.contracts[::2], seen.contracts[1::2], strict=True)
    lines = [
        "", f"{rng.choice(NAMES.get(seen.symbol, ('SPDR S&P 500 ETF Trust',)))},Last: {seen.spot},Change:  -3.05",
        f'"Date: {date_line}",Bid: 0,Ask: 0,Size: 1*4,{volume}', ",".join(HEADER), *(line(*pair) for pair in pairs), "",
    ]  # fmt: skip
    return Sample("quotedata.csv", "\n".join(lines).encode())


def make_real(rng: random.Random) -> Sample | None:
    """Some lines of a real download."""
    paths = real_files("cboe_quotedata_csv/*.csv.gz")
    return some_lines(rng, rng.choice(paths), 4, 20) if paths else None


def line(call: Contract, put: Contract) -> str:
    halves = [",".join((each.occ, *figures(each))) for each in (call, put)]
    return f"{call.expiration:%a %b %d %Y},{halves[0]},{call.strike:.2f},{halves[1]}"


def figures(each: Contract) -> list[str]:
    net = 0.05 if each.traded else 0
    values = (each.last, net, each.bid, each.ask, each.volume, each.iv, each.delta, each.gamma, each.open_interest)
    return [f"{value:.4f}".rstrip("0").rstrip(".") for value in values]


def read(sample: Sample) -> Told:
    lines = [each for each in sample.body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if each.strip()]
    at = next(place for place, each in enumerate(lines) if b"Calls" in each and b"Puts" in each)
    header = _cells(lines[at])
    left = [name.strip() for name in header]
    rows = [row for each in lines[at + 1 :] for row in _halves(each, left)]
    symbols = [_underlying(row["code"]) for row in rows if row and _underlying(row["code"])]
    if not symbols:
        raise Unreadable("no symbol")
    slot = min(set(symbols), key=lambda name: (-symbols.count(name), name))
    above = b"\n".join(lines[:at]).decode(errors="replace")
    found = told(slot, _instant(above))
    last = re.search(r"Last: (-?\d+(\.\d+)?)", above, re.ASCII)
    found.spot = cell(last[1]) if last else None
    for number, row in enumerate(rows, start=1):
        found.add(number, lambda row=row: _row(slot, row))
    return found


def _cells(line: bytes) -> list[str]:
    text = line.decode()
    if "\0" in text:
        raise Aside("NUL")
    return next(csv.reader([text], strict=True)) if '"' in text else text.split(",")


def _halves(line: bytes, header: list[str]) -> list[dict[str, str] | None]:
    """The call and the put of a line; the words Calls and Puts say where their halves begin."""
    try:
        cells = _cells(line)
    except (UnicodeDecodeError, csv.Error, Aside):
        return [None, None]
    if len(cells) != len(header):
        return [None, None]
    halves: dict[str, dict[str, str]] = {"Calls": {}, "Puts": {}}
    here = None
    for name, text in zip(header, cells, strict=True):
        here = name if name in halves else here
        for half in halves if name in ("Strike", "Expiration Date") else (here,):
            halves[half]["code" if name in halves else name] = text  # type: ignore[index]
    return [half | {"right": right} for right, half in zip("CP", halves.values(), strict=True)]


def _underlying(code: str) -> str | None:
    found = re.fullmatch(r"([A-Z][A-Z0-9]{0,5}) *\d{6}[CP]\d{8}", code, re.ASCII)
    if not found:
        return None
    return {"SPXW": "SPX", "SPXPM": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}.get(
        found[1], found[1].rstrip("0123456789")
    )


def _instant(words: str) -> datetime:
    form = re.compile(r"Date: (\w+ \d+),? (\d{4})(?:,| at) (\d+:\d\d)\s?([AaPp])\.?[Mm]\.? ([A-Z]+)([+-]\d+)?", re.ASCII)
    found = form.search(words)
    if not found:
        raise Unreadable("no date line")
    written, year, clock, half, zone, offset = found.groups()
    place = timezone(timedelta(hours=ZONES[zone] + int(offset or 0)))
    return datetime.strptime(f"{written} {year} {clock} {half}M", "%B %d %Y %I:%M %p").replace(tzinfo=place)


def _row(symbol: str, row: dict[str, str]) -> dict[str, Any]:
    found = contract(symbol, row["code"])
    written = day(row["Expiration Date"], "%a %b %d %Y")
    strike = cell(row["Strike"])
    if (
        found["right"] != row["right"]
        or written != found["expiration"]
        or strike is None
        or strike * 1000 != found["strike_milli"]
    ):
        raise Aside("disagrees")
    cell(row["Net"])
    figures = {ours: cell(row[name]) for name, ours in COLUMNS.items()}
    row_told = idle_greeks(found | figures | {"last": figures["last"] or None, "trade_time": None})
    return row_told | dict.fromkeys(("theta", "vega", "rho"))
