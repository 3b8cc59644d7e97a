"""Nasdaq's symbol directory: names of everything listed in the US, and which of it are funds traded like shares (ETF).

nasdaqlisted.txt has what is listed at Nasdaq, otherlisted.txt what is listed elsewhere. Cells are parted by `|`:

    Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares
    ACME|Acme Corporation - Common Stock|Q|N|N|100|N|N
    File Creation Time: 1118202621:31|||||||

The last line is the stamp, in the time of New York; a file without it is not whole. Issues that exchanges only test with are kept
aside. The kind of share is left out of a company's name. What is no ETF is called a stock, which here means every other security:
shares, units, notes, warrants.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import RefusedPayload
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw, refuse_page
from ingest.sources.reading.csv_rows import shown
from ingest.sources.reading.facts import BadFact, Fact, Record, facts, payloads, word
from ingest.sources.reading.stamps import LIVE

_ADDRESS = "https://www.nasdaqtrader.com/dynamic/SymDir"
_SYMBOL, _NAME, _TEST, _ETF = ("Symbol", "ACT Symbol"), "Security Name", "Test Issue", "ETF"
_STAMP = re.compile(rb"File Creation Time: ?(\d{8}) ?(\d{2}:\d{2})(?::\d{2})?\|*")
_SHARE = re.compile(r"\s+-\s+|\s+(?:(?:Class|Series) [A-Z]\s+)?(?:Common Stock|Common Shares|Ordinary Shares?)\b")
_LISTS = {"Symbol": "nasdaqlisted", "ACT Symbol": "otherlisted"}
_CLASSES = {"Y": "etf", "N": "stock", "": None}
_SKEW = timedelta(hours=26)

POLICY = Policy("nasdaq_names", (Rate(10, Duration.MINUTE),))
"""The site states no limit of its own."""


def names(_session: date, _symbols: Sequence[str]) -> tuple[str, ...]:
    """What is fetched each day: both lists."""
    return tuple(_LISTS.values())


def make(_settings: Settings, client: Client, clock: Clock, base: str = "") -> "Directory":
    """What fetches. base: another address than the site's own."""
    return Directory(client, clock, base)


class Directory:
    """Threads may share it."""

    def __init__(self, client: Client, clock: Clock, base: str):
        self._client, self._clock, self._base = client, clock, base

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """One list by its name, `nasdaqlisted` or `otherlisted`."""
        name = f"{symbol.lower()}.txt"
        body = self._client.send("GET", addresses.moved(f"{_ADDRESS}/{name}", self._base)).body
        return Raw("nasdaq_names", name, body, self._clock(), LIVE)


def recognises(content: bytes) -> bool:
    """By its header."""
    header = content[:300].lstrip(b"\xef\xbb\xbf").split(b"\n")[0]
    return header.startswith((b"Symbol|Security Name|", b"ACT Symbol|Security Name|"))


def parse(raw: Raw) -> list[Payload]:
    """One list. Refused: `sign_in_page`, `schema_drift`, `cut_in_row`, `bad_stamp`, `stamp_in_future`, `no_rows`."""
    refuse_page(raw.content)
    whole = raw.content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    header, *lines = [line for line in whole.split(b"\n") if line.strip()] or [b""]
    columns = [name.strip() for name in shown(header).split("|")]
    first = next((name for name in _SYMBOL if name in columns), "")
    if missing := [name for name in (first or "Symbol", _NAME, _TEST, _ETF) if columns.count(name) != 1]:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(missing)} is missing.")
    known_at = _stamp(lines[-1] if lines else b"", raw.received_at)
    told = facts(_records(columns, lines[:-1]), partial(_fact, first=first, known_at=known_at), ("symbol",))
    return payloads(raw, "nasdaq_names", "names", told, lambda _: _LISTS[first])


def _stamp(line: bytes, received_at: datetime) -> datetime:
    found = _STAMP.fullmatch(line.strip())
    if found is None:
        raise RefusedPayload("cut_in_row", "The file does not end with the line that says when it was made.")
    try:
        written = datetime.strptime(b" ".join(found.groups()).decode(), "%m%d%Y %H:%M")  # noqa: DTZ007 - in New York's time
        known_at = written.replace(tzinfo=EASTERN).astimezone(UTC)
    except ValueError as error:
        raise RefusedPayload("bad_stamp", f"{shown(line)[:60]} is no instant.") from error
    if known_at > received_at + _SKEW:
        raise RefusedPayload("stamp_in_future", f"It was made at {known_at:%Y-%m-%d %H:%M} UTC, which is still to come.")
    return min(known_at, received_at)


def _records(columns: list[str], lines: list[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        text = shown(line)
        cells = [cell.strip() for cell in text.split("|")]
        whole = len(cells) == len(columns) and text.encode() == line
        yield number, text[:2000], dict(zip(columns, cells, strict=True)) if whole else None


def _fact(cells: Mapping[str, str], first: str, known_at: datetime) -> Fact:
    if cells[_TEST] != "N":
        raise BadFact("test_issue" if cells[_TEST] == "Y" else "bad_value:test_issue")
    if cells[_ETF] not in _CLASSES:
        raise BadFact("bad_value:asset_class")
    listed, named = word(cells, first, 14), word(cells, _NAME, 400)
    if not listed.isascii() or " " in listed:
        raise BadFact("bad_value:symbol")
    kind = _CLASSES[cells[_ETF]]
    name = named if kind == "etf" else _SHARE.split(named)[0].strip(" ,") or named
    return {"symbol": listed, "name": name[:200], "asset_class": kind, "known_at": known_at}
