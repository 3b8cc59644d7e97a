"""A table that a mapping reads: chains of Yahoo as `yahoo_chain_2025` has them."""

import csv
import random
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.sources import Payload, Raw
from ingest.sources.mapped import shelf
from tests.ingest.slow_calendar import EASTERN, close_of, is_session, session_before
from tests.ingest.sources.samples.market import Contract, Market, Sample, market, real_files, some_lines
from tests.ingest.sources.samples.slow import INDEX_ROOTS, Aside, Told, Unreadable, contract, day

KIND = "csv"
FIELDS = {
    "occ_symbol": "contractSymbol", "expiration": "expiration", "strike": "strike", "right": "type", "bid": "bid", "ask": "ask",
    "last": "lastPrice", "volume": "volume", "open_interest": "openInterest", "iv": "impliedVolatility",
    "trade_time": "lastTradeDate", "spot": "spot_price",
}  # fmt: skip
HEADER = (
    "contractSymbol,type,expiration,strike,lastTradeDate,lastTradeDateEDT,lastPrice,bid,ask,change,percentChange,volume,"
    "openInterest,impliedVolatility,inTheMoney,contractSize,currency,tenor_days,snap_date,max_tenor_for_strike,spot_price,"
    "relative_strike"
)
NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
SHELF = shelf(Path("nowhere"))


def parse(raw: Raw) -> Payload:
    (payload,) = SHELF.parse(raw, "yahoo_chain_2025")
    return payload


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    lines = [line(seen, each, rng) for each in seen.contracts]
    return Sample(f"{seen.symbol}_options_all_expirations_filtered.csv", "\n".join((HEADER, *lines, "")).encode())


def make_real(rng: random.Random) -> Sample | None:
    """Some lines of a real file."""
    paths = [path for path in real_files("yahoo_chain_2025/*/*.csv.gz") if "2025-11-27" not in path.parts]
    return some_lines(rng, rng.choice(paths), 1, 40) if paths else None


def line(seen: Market, each: Contract, rng: random.Random) -> str:
    """Volume is that of the day of the last trade, and empty where there never was one."""
    at = each.traded_at
    volume = "" if at is None else float(each.volume or rng.randrange(1, 60))
    cells = (
        each.occ, {"C": "call", "P": "put"}[each.right], each.expiration, float(each.strike), at or "", f"{at} EST", each.last,
        each.bid, each.ask, 0.0, 0.0, volume, each.open_interest, each.iv or 1.0000000000000003e-05, True, "REGULAR", "USD", 9,
        seen.session, 99, seen.spot, 39.7,
    )  # fmt: skip
    return ",".join(str(value) for value in cells)


def read(sample: Sample) -> Told:
    lines = sample.body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    filled = [(number, text) for number, text in enumerate(lines, start=1) if text.strip(b" \t")]
    header = [name.strip() for name in _cells(filled[0][1], heads=True) or ()]
    cut = {len(lines)} if lines[-1] else set()
    named = {number: dict(zip(header, cells, strict=True)) for number, text in filled[1:]
             if (cells := _cells(text)) and len(cells) == len(header) and number not in cut}  # fmt: skip
    session = _usual(_session(row) for row in named.values())
    symbol = _usual(_symbol(row) for row in named.values())
    found = Told(symbol, session_before(session), session, close_of(session), volume_final=False)
    found.spot = None
    for number, row in named.items():
        found.add(number, lambda row=row: _row(found, row))
    return found


def _cells(text: bytes, heads: bool = False) -> list[str] | None:
    """The cells of a line; heads: of the first one, where a damaged name is another name."""
    if len(text) > 100_000:
        return None
    try:
        words = text.decode()
        return None if ("\0" in words and not heads) or "\r" in words else next(csv.reader([words], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None


def _usual(values: Any) -> Any:
    found = [value for value in values if value]
    if not found:
        raise Unreadable("nothing")
    usual = {value for value in found if found.count(value) == max(map(found.count, found))}
    if len(usual) > 1:
        raise Unreadable("as many rows of one as of another")
    return usual.pop()


def _session(row: dict[str, str]) -> date | None:
    text = row["snap_date"]
    label = day(text, "%Y-%m-%d") if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) and _is_day(text) else None
    return label if label and is_session(label) else None


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _symbol(row: dict[str, str]) -> str | None:
    found = re.fullmatch(r"([A-Z][A-Z0-9]{0,5}) *\d{6}[CP]\d{8}", row["contractSymbol"], re.ASCII)
    if not found or not _is_day(f"20{found[0][-15:-13]}-{found[0][-13:-11]}-{found[0][-11:-9]}"):
        return None
    index = next((name for name, roots in INDEX_ROOTS.items() if found[1] in roots), None)
    return index or (found[1][:-1] if found[1][-1].isdigit() and len(found[1]) > 1 else found[1])


def _number(text: str) -> Decimal | None:
    if text == "":
        return None
    if not NUMBER.fullmatch(text):
        raise Aside(text)
    return Decimal(text)


def _row(told: Told, row: dict[str, str]) -> dict[str, Any]:
    if (row["contractSize"], row["currency"]) != ("REGULAR", "USD") or _session(row) != told.quote_session:
        raise Aside("of another kind or day")
    if _symbol(row) != told.slot:
        raise Aside("of another name")
    found = contract(told.slot, row["contractSymbol"])
    right, strike, written = row["type"] and _right(row["type"]), _number(row["strike"]), row["expiration"]
    if (right or found["right"]) != found["right"] or (strike is not None and strike * 1000 != found["strike_milli"]):
        raise Aside("disagrees")
    if written and (not re.fullmatch(r"\d{4}-\d\d-\d\d", written) or day(written, "%Y-%m-%d") != found["expiration"]):
        raise Aside("disagrees")
    names = ("bid", "ask", "last", "volume", "open_interest", "iv")
    figures = found | {name: _number(row[FIELDS[name]]) for name in names} | {"trade_time": _instant(row["lastTradeDate"])}
    spot = _number(row["spot_price"])
    traded = _of_session(told, figures)
    told.spot = told.spot or (spot if spot and spot > 0 else None)
    iv = figures["iv"]
    return traded | {"iv": None if iv is None or iv == 0 or abs(iv - Decimal("0.00001")) <= Decimal("1e-9") else iv,
                     **dict.fromkeys(("delta", "gamma", "theta", "vega", "rho"))}  # fmt: skip


def _right(word: str) -> str:
    return {word: word[0].upper() for side in ("call", "put") for word in (side, side.title(), side.upper(), side[0].upper())}[
        word
    ]


def _instant(text: str) -> datetime | None:
    if text == "":
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", text, re.ASCII):
        raise Aside(text)
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _of_session(told: Told, row: dict[str, Any]) -> dict[str, Any]:
    """Volume of the session alone; the latest trade moves the stamp."""
    at, session = row["trade_time"], told.quote_session
    if at is None:
        return row
    following = session + timedelta(days=1)
    while not is_session(following):
        following += timedelta(days=1)
    if at > close_of(following):
        raise Aside("of the future")
    told.known_at = max(told.known_at, at)
    if at > close_of(session) + timedelta(minutes=30):
        return row | dict.fromkeys(("volume", "last", "trade_time"))
    before = at < close_of(session_before(session)) + timedelta(hours=2)
    opened = datetime.combine(session, time(9, 30), EASTERN).astimezone(UTC)
    return row | ({"volume": Decimal(0)} if before and at < opened else {})
