"""OCC series search: open interest of every series on an underlying, as the clearing house counts it; no quotes.

The site's text is separated by tabs. The product symbol is followed by an empty cell that the header does not have:

    Series Search Results for WDC
    Products for this underlying symbol are traded on: CBOE …
    <tab><tab>Series/contract<tab><tab>Strike<tab><tab><tab>Open Interest
    ProductSymbol<tab>year<tab>Month<tab>Day<tab>Integer<tab>Dec<tab>C/P<tab>Call<tab>Put<tab>Position Limit<tab>
    WDC   <tab><tab>2026<tab>10<tab>16<tab>574<tab>700<tab>C P <tab>1250<tab>53<tab>25000000

A line is a strike of a series: Integer and Dec, thousandths, are the strike; C/P says which of call and put exist. Roots with a
digit behind are adjusted, those with a digit before are flexible contracts, which no exchange lists: kept aside.

The text says nothing of its day, and two days' texts may be equal, so `fetch` writes a line `Fetched <instant>` before it. The
count of a session replaces the one before in the evening, about 20:00 of New York; a text from between 18:00 and midnight may
show either and is refused. At all other hours it shows the last session before the day, which is the session of its quotes.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from pyrate_limiter import Duration, Rate

from core import sessions
from core.clock import Clock
from core.errors import RefusedPayload
from core.roots import underlying_of
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw, refuse_page
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root
from ingest.sources.reading.stamps import LIVE

_ADDRESS = "https://marketdata.theocc.com/series-search"
_FETCHED = re.compile(r"Fetched (\S+)")
_TITLE = re.compile(r"Series Search Results for (\S+)\s*")
_COLUMNS = {
    "productsymbol": "root", "year": "year", "month": "month", "day": "day", "integer": "whole", "dec": "milli", "c/p": "sides",
    "call": "C", "put": "P", "positionlimit": "limit",
}  # fmt: skip
_REQUIRED = set(_COLUMNS.values()) - {"limit"}
_SIDES = {"CP": "CP", "C": "C", "P": "P"}
_COUNTED_FROM = time(18)
_COUNT = re.compile(r"[0-9]{1,9}")
_MILLI = re.compile(r"[0-9]{3}")


POLICY = Policy("occ", (Rate(30, Duration.MINUTE),))
"""The site states no limit of its own."""


def make(_settings: Settings, client: Client, clock: Clock, base: str = "") -> "Occ":
    """What fetches. base: another address than the site's own."""
    return Occ(client, clock, base)


class Occ:
    """Threads may share it."""

    def __init__(self, client: Client, clock: Clock, base: str):
        self._client, self._clock, self._base = client, clock, base

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The text of all series on a name, with the instant before it; the site knows no fewer."""
        asked = {"symbolType": "U", "symbol": symbol.replace(".", "")}
        body = self._client.send("GET", addresses.moved(_ADDRESS, self._base), params=asked).body
        at = self._clock()
        return Raw("occ", f"{symbol}.txt", f"Fetched {at.astimezone(UTC).isoformat()}\r\n".encode() + body, at, LIVE)


def recognises(content: bytes) -> bool:
    """By its title, or by two of its columns."""
    start = content[:2000]
    return b"Series Search Results for" in start or (b"ProductSymbol" in start and b"Position Limit" in start)


def parse(raw: Raw) -> Payload:
    """The open interest of one underlying. Refused, beside what any file may be: `no_stamp`, `unsettled`, `cut_in_row`."""
    lines = _lines(raw.content)
    known_at = _instant(_first(_FETCHED, lines))
    title = _first(_TITLE, lines)
    if not title:
        raise RefusedPayload("schema_drift", "The source changed its format: it does not say whose series these are.")
    if known_at > raw.received_at + timedelta(days=1):
        raise RefusedPayload("stamp_in_future", f"It was fetched at {known_at:%Y-%m-%d %H:%M} UTC, which is still to come.")
    session = _session(known_at)
    columns, begin, warnings = _header(lines)
    rows, shown = _rows(lines, columns, begin)
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    symbol = bare_symbol(underlying_of(title))
    frame = frame.with_columns(symbol=pl.lit(symbol), fault=pl.coalesce("fault", foreign_root(frame["root"], symbol)))
    checked = check(frame, session, lambda numbers: [shown[number - 1] for number in numbers])
    return Payload(
        "occ", symbol, None, sessions.previous_session(session), session, known_at, "full", False, False, checked.rows_in,
        checked.duplicates, checked.rows, checked.quarantined, warnings, holds="chains",
    )  # fmt: skip


_NAMED = ("root", "expiration", "right", "strike_milli", "deliverable", "open_interest", "line_number")
_SCHEMA = {name: CHAIN_SCHEMA[name] for name in _NAMED} | {"fault": pl.String()}


def _lines(content: bytes) -> list[str]:
    refuse_page(content)
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise RefusedPayload("not_text", f"Byte {error.start} is no text.") from error


def _first(pattern: re.Pattern[str], lines: list[str]) -> str:
    found = (pattern.fullmatch(line) for line in lines[:10])
    return next((match[1] for match in found if match), "")


def _instant(words: str) -> datetime:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        raise RefusedPayload("no_stamp", "It does not say when it was fetched, so its session is unknown.") from None
    if found.tzinfo is None:
        raise RefusedPayload("no_stamp", "The instant at which it was fetched has no zone.")
    return found.astimezone(UTC)


def _session(known_at: datetime) -> date:
    """The session on whose morning this open interest counts as known. Refused: `unsettled`, `bad_stamp`."""
    local = known_at.astimezone(EASTERN)
    day = local.date()
    try:
        found = day if sessions.is_session(day) else sessions.next_session(day)
        known = sessions.previous_session(found) > day - timedelta(days=10)
    except (ValueError, KeyError, IndexError):
        known = False
    if not known:
        raise RefusedPayload("bad_stamp", f"No session is known for {day}.")
    if found == day and local.time() >= _COUNTED_FROM:
        raise RefusedPayload("unsettled", "Between 18:00 and midnight of New York the counts of a session replace those before.")
    return found


def _header(lines: list[str]) -> tuple[list[str], int, tuple[str, ...]]:
    """(our names of the columns, the line after the header, warnings). Refused: `unknown_layout`, `schema_drift`."""
    for place, line in enumerate(lines[:20]):
        names = [name.strip() for name in line.split("\t") if name.strip()]
        columns = [_COLUMNS.get(name.lower().replace(" ", ""), name) for name in names]
        if len(_REQUIRED & set(columns)) < 4:
            continue
        missing = sorted(_REQUIRED - set(columns))
        if missing or len(set(columns)) < len(columns):
            words = f"no column for {', '.join(missing)}" if missing else "two columns of one name"
            raise RefusedPayload("schema_drift", f"The source changed its format: the header has {words}.")
        new = [name[:40] for name, column in zip(names, columns, strict=True) if column == name and name.lower() not in _COLUMNS]
        return columns, place + 1, (f"New in this format: {', '.join(new[:10])}.",) if new else ()
    raise RefusedPayload("unknown_layout", "There is no line that names the columns.")


def _rows(lines: list[str], columns: list[str], begin: int) -> tuple[list[tuple[Any, ...]], list[str]]:
    """(rows in the order of _SCHEMA, the line that each stands in). Refused: `cut_in_row`."""
    rows: list[tuple[Any, ...]] = []
    shown: list[str] = []
    for line in filter(str.strip, lines[begin:]):
        for row in _series(_cells(line, columns)):
            rows.append((*row[:-1], len(rows) + 1, row[-1]))
            shown.append(line)
    *read, fault = rows[-1] if rows else (None,)
    if lines[-1].strip() and (fault or None in read):  # no line end, and not whole
        raise RefusedPayload("cut_in_row", "The file ends in the middle of a row.")
    return rows, shown


def _cells(line: str, columns: list[str]) -> dict[str, str] | None:
    """The cells of a line by column; None where it has another number of them."""
    cells = [cell.strip() for cell in line.split("\t")]
    behind = columns.index("root") + 1
    if len(cells) > len(columns) and cells[behind] == "":
        del cells[behind]
    while len(cells) > len(columns) and cells[-1] == "":
        cells.pop()
    return dict(zip(columns, cells, strict=True)) if len(cells) == len(columns) else None


def _series(cells: dict[str, str] | None) -> Iterator[tuple[Any, ...]]:
    """(root, expiration, right, strike_milli, deliverable, open_interest, fault) for each of call and put that exist."""
    nothing = (None,) * 6
    if cells is None:
        yield (*nothing, "malformed_row")
        return
    root = cells["root"]
    day = [cells[name] for name in ("year", "month", "day")]
    try:
        expiration = date(*map(int, day)) if all(map(_COUNT.fullmatch, day)) else None
    except ValueError:
        expiration = None
    whole, milli = cells["whole"], cells["milli"]
    strike = int(whole) * 1000 + int(milli) if _COUNT.fullmatch(whole) and _MILLI.fullmatch(milli) else None
    sides = _SIDES.get(cells["sides"].replace(" ", ""))
    if sides is None:
        yield (*nothing, "bad_right")
        return
    deliverable = "adjusted" if root[-1:].isdigit() else "standard"
    for right in sides:
        count = float(cells[right]) if _COUNT.fullmatch(cells[right]) else None
        fault = "flexible_series" if root[:1].isdigit() else "bad_number:open_interest" if count is None else None
        yield root, expiration, right, strike, deliverable, count, fault
