"""A second, slow reading of Barchart files: one row at a time, exact decimals, no shared code with the product.

Written from the description of the files and the definitions of the features alone, so that two independent
readings have to agree on every published value.
"""

import csv
import gzip
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from tests.ingest.slow_calendar import EASTERN, close_of, is_session, session_before

FOOTER = re.compile(r'^"?Downloaded from Barchart\.com as of (\d\d-\d\d-\d{4} \d\d:\d\d[ap]m) ([CE][DS]T)"?$', re.I)
OFFSETS = {zone: timezone(timedelta(hours=hours)) for zone, hours in (("EDT", -4), ("EST", -5), ("CDT", -5), ("CST", -6))}
NO_TEXT = re.compile(r"[\0\udc80-\udcff]")
NUMBER = re.compile(r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$")
WHOLE = re.compile(r"^[+-]?(\d+|\d{1,3}(,\d{3})+)$")
SYMBOL = re.compile(r"^[A-Z0-9][A-Z0-9./-]{0,14}$")
CONTRACT = re.compile(r"^([A-Z0-9.-]+)\|(\d{8})\|([\d,.]+)\*?([CP])$")
KNOWN_ETFS = {"SPY", "QQQ", "IWM", "TLT", "HYG", "GLD", "SLV", "XLF", "XLE", "EEM", "FXI", "TQQQ", "SQQQ", "EWZ", "ARKK", "DIA"}
KNOWN_STOCKS = {"AAPL", "TSLA", "AMZN", "NVDA", "MSFT", "AMD", "META", "GOOGL", "BAC", "PLTR", "AMC", "NIO", "F", "T", "INTC"}


class Refused(Exception):
    """The file as a whole cannot be read."""


class Aside(Exception):
    """One row cannot be read."""


@dataclass(frozen=True)
class Row:
    """The facts of one contract in one file. Money in USD, `iv` per year, `trade_time` UTC."""

    symbol: str
    root: str
    expiration: date
    right: str
    strike_milli: int
    deliverable: str
    spot: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    mid: Decimal | None
    last: Decimal | None
    volume: int
    open_interest: int
    oi_change: int
    iv: Decimal | None
    delta: Decimal | None
    trade_time: datetime | None

    @property
    def key(self) -> tuple:
        return (self.symbol, self.root, self.expiration, self.right, self.strike_milli, self.deliverable)


@dataclass
class File:
    """What one file says: its place in time, the lines that were read, the rows without repeats, why others were kept aside."""

    asset_class: str
    direction: str
    session_date: date
    quote_session: date
    known_at: datetime
    volume_final: bool
    rows_in: int = 0
    duplicates: int = 0
    read: dict[int, Row] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)

    @property
    def slot(self) -> str:
        return f"{self.asset_class}-{self.direction}"


# ---------------------------------------------------------------- cells
def number(text: str, name: str) -> Decimal | None:
    text = text.strip()
    if text in ("", "N/A"):
        return None
    if not NUMBER.match(text):
        raise Aside(f"bad_number {name}")
    return Decimal(text.replace(",", ""))


def unless_zero(value: Decimal | None) -> Decimal | None:
    """Where zero cannot be, it stands for unknown: price of a share, of a trade, volatility, delta."""
    return value or None


def price(text: str, name: str) -> Decimal | None:
    value = number(text, name)
    if value is not None and value < 0:
        raise Aside(f"negative {name}")
    return value


def whole(text: str, name: str) -> int:
    if not WHOLE.match(text.strip()):
        raise Aside(f"bad_number {name}")
    return int(text.strip().replace(",", ""))


def change(text: str) -> int:
    return 0 if text.strip() == "unch" else whole(text, "oi_change")


def volatility(text: str) -> Decimal | None:
    text = text.strip()
    if text in ("", "N/A"):
        return None
    if not text.endswith("%"):
        raise Aside("bad_number iv")
    value = unless_zero(number(text[:-1], "iv"))
    return value / 100 if value else None


def minute(text: str, session: date) -> datetime | None:
    """`HH:MM ET` on the session; a bare date says nothing about the time."""
    found = re.match(r"^(\d\d):(\d\d) ET$", text.strip())
    if not found:
        return None
    if int(found[1]) > 23 or int(found[2]) > 59:
        raise Aside("bad_time")
    return datetime.combine(session, time(int(found[1]), int(found[2])), EASTERN).astimezone(UTC)


# ---------------------------------------------------------------- rows
def quote_fault(bid: Decimal | None, ask: Decimal | None) -> str | None:
    if bid is None or ask is None:
        return "no_quote"
    if bid > ask:
        return "crossed"
    return "no_ask" if ask == 0 else None


def split(line: str) -> list[str]:
    """The cells of a line; bytes that are no text, and cells without end, are not read at all."""
    if NO_TEXT.search(line):
        raise Aside("not_text")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        raise Aside("malformed_row") from None


def contract(cell: dict[str, str], code: str | None, session: date) -> tuple[str, str, date, str, int, str]:
    """Symbol, root, expiration, right, strike in thousandths and deliverable."""
    symbol = root = cell["Symbol"].strip()
    if not SYMBOL.match(symbol):
        raise Aside("bad_symbol")
    if code is not None:
        identity = CONTRACT.match(code)
        if not identity:
            raise Aside("bad_symbol")
        root = identity[1]
    right = {"Call": "C", "Put": "P"}.get(cell["Type"].strip())
    if right is None:
        raise Aside("bad_right")
    strike, starred = number(cell["Strike"].strip().rstrip("*"), "strike"), cell["Strike"].strip().endswith("*")
    if strike is None or strike <= 0 or strike.normalize().as_tuple().exponent < -3:
        raise Aside("bad_strike")
    try:
        expiration = date.fromisoformat(cell["Exp Date"].strip())
    except ValueError:
        raise Aside("bad_expiration") from None
    if expiration < session:
        raise Aside("expired")
    return symbol, root, expiration, right, int(strike * 1000), "adjusted" if starred or root != symbol else "standard"


def read_row(cells: list[str], header: list[str], session: date) -> Row:
    if len(cells) != len(header):
        raise Aside("malformed_row")
    cell = dict(zip(header, cells, strict=True))  # of two Symbol columns the second stays: the underlying
    code = cells[header.index("Symbol")] if header.count("Symbol") == 2 else None
    named = contract(cell, code, session)
    bid, ask = price(cell["Bid"], "bid"), price(cell["Ask"], "ask")
    row = Row(
        *named,
        unless_zero(price(cell["Price~" if "Price~" in cell else "Price"], "spot")),
        bid,
        ask,
        midpoint(cell, bid, ask),
        unless_zero(price(cell["Last"], "last")),
        whole(cell["Volume"], "volume"),
        whole(cell["Open Int"], "open_interest"),
        change(cell["OI Chg"]),
        volatility(cell["IV"]),
        unless_zero(number(cell["Delta"], "delta")) if "Delta" in cell else None,
        minute(cell["Time"], session),
    )
    if row.volume < 0 or row.open_interest < 0:
        raise Aside("negative")
    if row.oi_change > row.open_interest:
        raise Aside("change_exceeds_open_interest")
    return row


def midpoint(cell: dict[str, str], bid: Decimal | None, ask: Decimal | None) -> Decimal | None:
    """Of a usable quote the file's own midpoint where it shows one, else the middle."""
    shown = next((price(cell[name], "mid") for name in ("Midpoint", "Mid") if name in cell), None)
    if bid is None or ask is None or quote_fault(bid, ask):
        return None
    return shown or (bid + ask) / 2


def without_repeats(file: File) -> None:
    """Keep one of equal rows; keep rows that contradict each other aside."""
    by_key = defaultdict(list)
    for line, row in file.read.items():
        by_key[row.key].append(line)
    for lines in by_key.values():
        rows = [file.read[line] for line in lines]
        if len({row.open_interest for row in rows}) > 1:
            file.aside |= dict.fromkeys(lines, "ambiguous_contract")
        elif len(set(rows)) > 1:
            file.aside |= dict.fromkeys(lines, "conflicting_rows")
        else:
            file.rows[lines[0]] = rows[0]
            file.duplicates += len(lines) - 1


# ---------------------------------------------------------------- files
def direction_of(changes: list[int]) -> str:
    """What most rows say: the site lists as increases what rose by a hundred or more."""
    return "increase" if 2 * sum(change >= 100 for change in changes) >= len(changes) else "decrease"


def asset_class_of(symbols: set[str], file_name: str) -> str:
    etfs, stocks = len(symbols & KNOWN_ETFS), len(symbols & KNOWN_STOCKS)
    if etfs == stocks:
        return "etfs" if "etf" in file_name.lower() else "stocks"
    return "etfs" if etfs > stocks else "stocks"


def read(file_name: str, body: bytes) -> File:
    """Read one file, plain or gzip. Refused: no footer, no rows."""
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    text = body.decode("utf-8-sig", "surrogateescape")
    lines = [(n, line.rstrip("\r")) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    footer = FOOTER.match(lines[-1][1].strip())
    if not footer or len(lines) < 3:
        raise Refused("no footer or no rows")
    known_at = datetime.strptime(footer[1], "%m-%d-%Y %I:%M%p").replace(tzinfo=OFFSETS[footer[2].upper()]).astimezone(UTC)
    local = known_at.astimezone(EASTERN)
    opened = is_session(local.date()) and local.time() >= time(9, 30)
    session = local.date() if opened else session_before(local.date())
    header = next(csv.reader([lines[0][1]]))
    final = known_at - close_of(session) >= timedelta(minutes=30)
    file = File("", "", session_before(session), session, known_at, final, len(lines) - 2)
    for line_number, text in lines[1:-1]:
        try:
            file.read[line_number] = read_row(split(text), header, session)
        except Aside as reason:
            file.aside[line_number] = str(reason)
    if not file.read:
        raise Refused("no rows")
    file.direction = direction_of([row.oi_change for row in file.read.values()])
    file.asset_class = asset_class_of({row.symbol for row in file.read.values()}, file_name)
    without_repeats(file)
    return file
