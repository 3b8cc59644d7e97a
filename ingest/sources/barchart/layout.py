"""Frame of a Barchart change-in-open-interest file: the header names the columns, the footer the instant."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from core.errors import RefusedPayload
from core.sessions import EASTERN

COLUMNS = {
    "Symbol": "symbol",
    "Price": "spot",
    "Price~": "spot",
    "Type": "right",
    "Strike": "strike",
    "Exp Date": "expiration",
    "DTE": "dte",
    "Bid": "bid",
    "Midpoint": "mid",
    "Mid": "mid",
    "Ask": "ask",
    "Last": "last",
    "Volume": "volume",
    "Open Int": "open_interest",
    "OI Chg": "oi_change",
    "Delta": "delta",
    "IV": "iv",
    "Time": "trade_time",
}
"""The vendor's names and ours."""
_OPTIONAL = {"mid", "delta", "contract_code"}
_REQUIRED = set(COLUMNS.values()) - _OPTIONAL
MOST_COLUMNS = 100
"""A header with more is no layout of the vendor's, and what follows costs more than its length."""

_OFFSETS = {"CDT": -5, "CST": -6, "EDT": -4, "EST": -5, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8, "UTC": 0, "GMT": 0}
_REGIONS = {"CT": "America/Chicago", "ET": EASTERN.key, "MT": "America/Denver", "PT": "America/Los_Angeles"}
# possessive, and `_stated` cuts the end off: a long row of blanks would otherwise be tried at each of its splits
_FOOTER = re.compile(r'\s*+"?\s*+Downloaded from Barchart\.com as of (.*)', re.IGNORECASE)
_INSTANT = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4}),? (\d{1,2}):(\d{2}) ?([ap])\.?m\.? ([A-Za-z]{2,4})", re.IGNORECASE)
FOOTER_WORDS = b"Downloaded from Barchart"


@dataclass(frozen=True)
class Layout:
    """Our names of the columns in the file's order; `extra_N` for a column that nobody knows."""

    columns: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def read_header(line: str) -> Layout:
    """Layout of a header line. Any order will do and unknown columns are passed over with a warning; else `unknown_layout`."""
    try:
        names = [name.strip() for name in next(csv.reader([line], strict=True), [])]
    except csv.Error as error:
        raise RefusedPayload("unknown_layout", f"The header cannot be read: {line[:300]!r}.") from error
    if len(names) > MOST_COLUMNS:
        raise RefusedPayload("unknown_layout", f"The header has {len(names):,} columns.")
    columns = [COLUMNS.get(name, f"extra_{place}") for place, name in enumerate(names)]
    if names[:2] == ["Symbol", "Symbol"]:
        columns[0] = "contract_code"
    missing = sorted(_REQUIRED - set(columns))
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if missing or twice:
        faults = [f"no column for {', '.join(missing)}"] * bool(missing) + [f"two columns for {', '.join(twice)}"] * bool(twice)
        raise RefusedPayload("unknown_layout", f"The header has {' and '.join(faults)}: {line[:300]!r}.")
    if columns[0] == "extra_0":
        raise RefusedPayload("unknown_layout", f"The first column, which names the contract, is unknown: {line[:300]!r}.")
    if not {"mid", "delta"} & set(columns):
        raise RefusedPayload("unknown_layout", f"The header has neither a midpoint nor a delta: {line[:300]!r}.")
    extra = [name for name, column in zip(names, columns, strict=True) if column.startswith("extra_")]
    return Layout(tuple(columns), tuple(f"Column {name[:60]!r} is unknown and was passed over." for name in extra))


def is_footer(line: str) -> bool:
    """Whether a line is the footer, quoted or not."""
    return _FOOTER.fullmatch(line) is not None


def _stated(line: str) -> str:
    """What a footer says after its words, without blanks and the closing quote; empty for a line that is none."""
    frame = _FOOTER.fullmatch(line)
    return frame[1].rstrip().removesuffix('"').rstrip() if frame else ""


def read_footer(line: str) -> tuple[datetime, tuple[str, ...]]:
    """The footer's instant (UTC) and warnings; the stated zone counts, also out of season. Refused: `bad_footer`."""
    stated = _INSTANT.fullmatch(_stated(line))
    if not stated:
        raise RefusedPayload("bad_footer", f"The footer shows no instant that can be read: {line[:200]!r}.")
    month, day, year, hour, minute = (int(stated[part]) for part in range(1, 6))
    zone = stated[7].upper()
    if not 1 <= hour <= 12 or (zone not in _OFFSETS and zone not in _REGIONS):
        raise RefusedPayload("bad_footer", f"The footer's time or zone is unknown: {line[:200]!r}.")
    hour = hour % 12 + (12 if stated[6].lower() == "p" else 0)
    where = timezone(timedelta(hours=_OFFSETS[zone])) if zone in _OFFSETS else ZoneInfo(_REGIONS[zone])
    try:
        instant = datetime(year, month, day, hour, minute, tzinfo=where).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RefusedPayload("bad_footer", f"The footer's date does not exist: {line[:200]!r}.") from error
    return instant, _season(instant, zone)


def _season(instant: datetime, zone: str) -> tuple[str, ...]:
    """A warning where a winter zone is stated in summer, or the other way round."""
    region = _REGIONS.get(f"{zone[0]}T")
    if zone not in _OFFSETS or region is None or len(zone) != 3 or zone in ("UTC", "GMT"):
        return ()
    usual = instant.astimezone(ZoneInfo(region)).utcoffset()
    return () if usual == timedelta(hours=_OFFSETS[zone]) else (f"The footer states {zone} at another season.",)
