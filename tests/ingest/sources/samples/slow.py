"""What slow readings share: exact numbers, symbols, the sessions of a look. No code of the product in it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.ingest.slow_calendar import EASTERN, close_of, is_session, session_before

OCC = re.compile(r"([A-Z][A-Z0-9]{0,5}) *(\d{6})([CP])(\d{8})", re.ASCII)
INDEX_ROOTS = {"SPX": {"SPX", "SPXW", "SPXPM"}, "NDX": {"NDX", "NDXP"}, "RUT": {"RUT", "RUTW"}, "VIX": {"VIX", "VIXW"}}
QUOTES = ("bid", "ask", "last", "mark", "volume", "iv", "delta", "gamma", "theta", "vega", "rho", "trade_time")
DELAY = timedelta(minutes=15)


class Unreadable(Exception):
    """The payload as a whole cannot be read."""


class Aside(Exception):
    """One row cannot be read."""


@dataclass
class Told:
    """What a payload says. rows: number -> our column -> value, numbers as decimals; those that cannot be read are left out.

    spot: of the underlying, None for unknown; left as it is by sources that do not show one.
    """

    slot: str
    session_date: date
    quote_session: date
    known_at: datetime
    volume_final: bool
    quotes: bool = True
    spot: Any = ...
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def add(self, number: int, read: Callable[[], dict[str, Any]]) -> None:
        """Take a row, or leave it out where reading it fails."""
        try:
            row = read()
        except (Aside, KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
            return
        self.rows[number] = row | ({} if self.quotes else dict.fromkeys(QUOTES))

    @property
    def quoted(self) -> date:
        """The session that the quotes are of, whether they count or not."""
        return self.quote_session if self.quotes else session_before(self.quote_session)


def told(slot: str, stamp: datetime, delay: timedelta = DELAY) -> Told:
    """The sessions of a look at a feed that is so late. stamp: UTC."""
    local = stamp.astimezone(EASTERN)
    today = local.date()
    opened = datetime.combine(today, time(9, 30), EASTERN)
    if is_session(today) and time(7) <= local.time() and local < opened + delay:
        return Told(slot, session_before(today), today, stamp, False, quotes=False)
    if is_session(today) and time(6) <= local.time() < time(7):
        raise Unreadable("open interest changes")
    session = today if is_session(today) and local >= opened else session_before(today)
    return Told(slot, session_before(session), session, stamp, stamp >= close_of(session) + timedelta(minutes=30))


def load(body: bytes) -> Any:
    """JSON with exact numbers; an object that has a key twice is replaced by None."""
    text = body.decode("utf-8-sig")
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_constant, object_pairs_hook=_object)


def _constant(word: str) -> Any:
    return word


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | None:
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def figure(value: Any) -> Decimal | None:
    """A JSON number; None for null. Words, true and false are none."""
    if value is None:
        return None
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Aside(value)
    return value


def cell(text: str) -> Decimal | None:
    """A plain number in a CSV; None for nothing."""
    if text == "":
        return None
    if not re.fullmatch(r"-?\d+(\.\d+)?(e-\d\d)?", text, re.ASCII):
        raise Aside(text)
    return Decimal(text)


def contract(symbol: str, occ: Any) -> dict[str, Any]:
    """Root, expiration, right, strike and deliverable of an OCC symbol, on this underlying."""
    found = OCC.fullmatch(occ)
    if found is None:
        raise Aside(occ)
    root, written, right, milli = found.groups()
    adjusted = len(root) > 1 and root[-1].isdigit()
    plain = symbol.replace(".", "").replace("/", "")
    if not (adjusted or root in INDEX_ROOTS.get(symbol, ()) or root.startswith(plain)):
        raise Aside(root)
    expiration = day(written, "%y%m%d")
    return {
        "symbol": symbol, "root": root, "expiration": expiration, "right": right, "strike_milli": int(milli),
        "deliverable": "adjusted" if adjusted else "standard", "multiplier": None, "mark": None,
    }  # fmt: skip


def idle_greeks(row: dict[str, Any]) -> dict[str, Any]:
    """Volatility 0 is unknown, and Greeks that are all 0 beside it."""
    names = [name for name in ("delta", "gamma", "theta", "vega", "rho") if name in row]
    if not row["iv"] and not any(row[name] for name in names):
        row = row | dict.fromkeys(names)
    return row | {"iv": row["iv"] or None}


def eastern(text: str) -> datetime:
    """2026-11-20T14:05:59 of New York as UTC; times that the clock leaves out are none."""
    local = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=EASTERN)
    instant = local.astimezone(UTC)
    if instant.astimezone(EASTERN).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Aside(text)
    return instant


def day(text: str, form: str) -> date:
    """A date written in this form."""
    return datetime.strptime(text, form).replace(tzinfo=UTC).date()


def epoch(value: Any) -> datetime | None:
    """Seconds since 1970 as UTC; None for nothing and for 0."""
    seconds = figure(value)
    return None if seconds is None or seconds <= 0 else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(seconds))
