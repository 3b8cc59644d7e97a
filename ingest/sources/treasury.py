"""The US Treasury's daily par yield curve, from 1990 on: a line a business day, a column a term, in percent a year.

    Date,"1 Mo","1.5 Month","2 Mo","3 Mo","4 Mo","6 Mo","1 Yr","2 Yr",...,"30 Yr"
    11/18/2026,4.31,,4.30,4.28,4.25,4.20,4.11,4.02,...,4.71

A term that was not issued on a day is empty: there were no 2 months before 2018, no 4 months before 2022, no month and a half
before 2025, no 20 years from 1987 to 1993. The yields come from bid prices at about 15:30 of New York and are published by 18:00.
What a par yield is, and how it becomes a continuous rate: `analytics/rates.py`. A file has a slot for each month in it. A line
with a cell that is no yield is kept aside whole, because its other terms alone would be another curve.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import partial

import numpy as np
from pyrate_limiter import Duration, Rate

from analytics import rates
from core.clock import Clock
from core.errors import RefusedPayload
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw, refuse_page
from ingest.sources.reading.csv_rows import sheet, shown, whole_lines
from ingest.sources.reading.facts import BadFact, Fact, facts, payloads, records
from ingest.sources.reading.stamps import LIVE

_ADDRESS = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv"
_KIND = "daily_treasury_yield_curve"
PUBLISHED = time(18)
"""By this hour of New York the yields of a day are on the site."""
_MONTH = 365 / 12
_TERM = re.compile(r"(\d{1,2}(?:\.5)?) (Mo|Month|Yr)", re.ASCII)
_ALWAYS = ("3 Mo", "6 Mo", "1 Yr", "2 Yr", "5 Yr", "10 Yr", "30 Yr")
_YIELD = re.compile(r"-?\d{1,2}(?:\.\d{1,4})?", re.ASCII)
_NONE = ("", "N/A")
_WHOLE_END = re.compile(rb'(?:[.][0-9]{2}|")\Z')
"""The last line may have no end: every yield has two decimals, so one that was cut off shows."""
_FEWEST = 3  # terms that make a curve

POLICY = Policy("treasury", (Rate(10, Duration.MINUTE),))
"""The site states no limit of its own."""


def names(session: date, _symbols: Sequence[str]) -> tuple[str, ...]:
    """What is fetched after a session: its month."""
    return (f"{session:%Y-%m}",)


def make(_settings: Settings, client: Client, clock: Clock, base: str = "") -> "Yields":
    """What fetches. base: another address than the site's own."""
    return Yields(client, clock, base)


class Yields:
    """Threads may share it."""

    def __init__(self, client: Client, clock: Clock, base: str):
        self._client, self._clock, self._base = client, clock, base

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The lines of a month, `2026-11`, or of a year, `2023`. Refused: `unknown_name`."""
        if re.fullmatch(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?", symbol) is None:
            raise RefusedPayload("unknown_name", f"{symbol[:20]} is neither a month, as 2026-11, nor a year.")
        month = symbol.replace("-", "")
        whole = "-" not in symbol
        place = f"{month}/all" if whole else f"all/{month}"
        asked = {"type": _KIND, "field_tdr_date_value" if whole else "field_tdr_date_value_month": month, "_format": "csv"}
        body = self._client.send("GET", addresses.moved(f"{_ADDRESS}/{place}", self._base), params=asked).body
        return Raw("treasury", f"treasury-{symbol}.csv", body, self._clock(), LIVE)


def recognises(content: bytes) -> bool:
    """By its header."""
    header = content[:400].lstrip(b"\xef\xbb\xbf").split(b"\n")[0]
    return header.startswith((b"Date,", b'"Date",', b'Date",')) and b"10 Yr" in header and b"3 Mo" in header


def parse(raw: Raw) -> list[Payload]:
    """One payload a month, a row a day. Refused: `sign_in_page`, `schema_drift`, `cut_in_row`, `no_rows`, `bad_stamp`."""
    refuse_page(raw.content)
    found = sheet(whole_lines(raw.content + b"\n" if _WHOLE_END.search(raw.content) else raw.content))
    read = partial(_curve, terms=_terms(found.header), received_at=raw.received_at)
    told = facts(records(found), read, ("described",))
    return payloads(raw, "treasury", "rates", told, lambda row: f"{row['described']:%Y-%m}")


def _terms(header: Sequence[str]) -> dict[str, int]:
    """Column -> its term [days]."""
    terms = {}
    for name in header[1:]:
        found = _TERM.fullmatch(name)
        if found is None:
            raise RefusedPayload("schema_drift", f"The source changed its format: {shown(name.encode())[:40]} is no term.")
        count = float(found[1])
        terms[name] = round(count * (365 if found[2] == "Yr" else _MONTH))
    missing = [name for name in _ALWAYS if name not in terms]
    if missing or header[0] != "Date" or len(terms) < len(header) - 1:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(missing) or 'a column'} is missing.")
    return terms


def _curve(cells: Mapping[str, str], terms: Mapping[str, int], received_at: datetime) -> Fact:
    """The curve of one day."""
    described = _day(cells["Date"], received_at)
    written = sorted((days, _percent(cells[name])) for name, days in terms.items() if cells[name] not in _NONE)
    if len(written) < _FEWEST:
        raise BadFact("missing:rate")
    days, quoted = [days for days, _ in written], [par for _, par in written]
    zero = rates.continuous(quoted, days, "par")
    if not np.isfinite(zero).all():
        raise BadFact("bad_value:rate")
    return {
        "described": described, "days": days, "rate": zero.tolist(), "quoted": quoted, "convention": "par", "assumed": False,
        "known_at": min(datetime.combine(described, PUBLISHED, EASTERN).astimezone(UTC), received_at),
    }  # fmt: skip


def _day(written: str, received_at: datetime) -> date:
    try:
        found = datetime.strptime(written if written.isascii() else "", "%m/%d/%Y").date()  # noqa: DTZ007 - a date, no instant
    except ValueError:
        raise BadFact("bad_value:date") from None
    if not date(1990, 1, 1) <= found <= received_at.astimezone(EASTERN).date():
        raise BadFact("bad_value:date")
    return found


def _percent(written: str) -> float:
    if _YIELD.fullmatch(written) is None or not -5 < float(written) < 30:
        raise BadFact("bad_value:rate")
    return float(written) / 100
