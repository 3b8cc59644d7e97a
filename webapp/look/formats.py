"""One form for every number, date and time that a visitor reads. Unknown is an en dash, never 0, NaN or None."""

import math
from datetime import UTC, date, datetime
from typing import Any

from core.sessions import EASTERN

UNKNOWN = "–"
MINUS = "\u2212"
NARROW = "\u202f"
RIGHTS = {"C": "Call", "P": "Put"}
SIDES = {code: f"{word}s" for code, word in RIGHTS.items()}
TRADED = {2: "▲▲ Above ask", 1: "▲ Ask side", 0: "• At mid", -1: "▼ Bid side", -2: "▼▼ Below bid"}


def unknown(value: Any) -> bool:
    """Whether a value is missing: None, NaN, NaT or NA."""
    if value is None:
        return True
    try:
        return bool(value != value) or math.isinf(value)
    except TypeError:
        return not isinstance(value, str | date | datetime)


def short(value: Any) -> str:
    """Three figures with a unit, trailing zeros kept: 59.3K, 1.15M, 868."""
    if unknown(value):
        return UNKNOWN
    size = abs(float(value))
    for limit, unit in ((999_500_000, "B"), (999_500, "M"), (999.5, "K")):
        if size >= limit:
            scaled = size / {"B": 1e9, "M": 1e6, "K": 1e3}[unit]
            digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return f"{_minus(value)}{scaled:.{digits}f}{unit}"
    return f"{_minus(value)}{size:.0f}"


def trimmed(value: Any) -> str:
    """The same without needless zeros, for buttons: 40K, 2.5B."""
    text = short(value)
    figures = text.rstrip("KMB")
    return f"{figures.rstrip('0').rstrip('.')}{text[len(figures) :]}" if "." in figures else text


def full(value: Any) -> str:
    """All figures: 56,002."""
    return UNKNOWN if unknown(value) else f"{_minus(value)}{abs(float(value)):,.0f}"


def signed(value: Any, *, whole: bool = False) -> str:
    """Always with its sign: +59.3K, −42.9K, 0 stays 0."""
    if unknown(value):
        return UNKNOWN
    text = full(value) if whole else short(value)
    return f"+{text}" if float(value) > 0 else text


def money(value: Any) -> str:
    """US dollars, short: $868K, $9.41M."""
    return UNKNOWN if unknown(value) else f"{_minus(value)}${short(abs(float(value)))}"


def share(value: Any) -> str:
    """A share as percent without decimals: 92 %."""
    return UNKNOWN if unknown(value) else f"{_minus(value)}{abs(float(value)) * 100:.0f}{NARROW}%"


def move(value: Any) -> str:
    """A signed percentage with one decimal: +12.3 %."""
    if unknown(value):
        return UNKNOWN
    sign = "+" if float(value) > 0 else _minus(value)
    return f"{sign}{abs(float(value)) * 100:.1f}{NARROW}%"


def iv(value: Any) -> str:
    """Implied volatility, one decimal: 45.6 %."""
    return UNKNOWN if unknown(value) else f"{float(value) * 100:.1f}{NARROW}%"


def decimal(value: Any, digits: int = 2) -> str:
    """A ratio or price with `digits` decimals: 0.79."""
    return UNKNOWN if unknown(value) else f"{_minus(value)}{abs(float(value)):,.{digits}f}"


def strike(value: Any) -> str:
    """A strike without needless zeros: 177.5, 45."""
    return UNKNOWN if unknown(value) else f"{float(value):,.3f}".rstrip("0").rstrip(".")


def day(value: date | None) -> str:
    """Thu 28 Sep 2023."""
    return UNKNOWN if unknown(value) else f"{value:%a} {value.day} {value:%b %Y}"  # type: ignore[union-attr]


def day_table(value: date | None) -> str:
    """17 Nov 23."""
    return UNKNOWN if unknown(value) else f"{value:%d %b %y}"


def day_axis(value: date | None) -> str:
    """28 Sep."""
    return UNKNOWN if unknown(value) else f"{value.day} {value:%b}"  # type: ignore[union-attr]


def clock(at: datetime | None) -> str:
    """Fri 20 Nov 06:47 ET."""
    if unknown(at):
        return UNKNOWN
    there = at.astimezone(EASTERN)  # type: ignore[union-attr]
    return f"{there:%a} {there.day} {there:%b %H:%M} ET"


def clock_year(at: datetime | None) -> str:
    """Fri 20 Nov 2026 06:47 ET."""
    if unknown(at):
        return UNKNOWN
    there = at.astimezone(EASTERN)  # type: ignore[union-attr]
    return f"{day(there)} {there:%H:%M} ET"


def clock_table(at: datetime | None, *, seconds: bool = False) -> str:
    """20 Nov 2026 06:47 ET, as in tables."""
    if unknown(at):
        return UNKNOWN
    return f"{at.astimezone(EASTERN):{'%d %b %Y %H:%M:%S' if seconds else '%d %b %Y %H:%M'}} ET"  # type: ignore[union-attr]


def clock_long(at: datetime | None) -> str:
    """The same with year and UTC, for hover: Fri 20 Nov 2026 06:47 ET, 11:47 UTC."""
    if unknown(at):
        return UNKNOWN
    return f"{clock_year(at)}, {at.astimezone(UTC):%H:%M} UTC"  # type: ignore[union-attr]


def right(value: str) -> str:
    """Call or Put."""
    return RIGHTS.get(value, UNKNOWN)


def contract(expiration: date, strike_price: float, right_code: str) -> str:
    """17 Nov 23  30 P, as in tables."""
    return f"{day_table(expiration)}  {strike(strike_price)} {right_code}"


def traded(code: Any) -> str:
    """Where the last trade sat between bid and ask: ▲ Ask side."""
    return f"{UNKNOWN} Not known" if unknown(code) else TRADED.get(int(code), f"{UNKNOWN} Not known")


def plural(count: int, noun: str, many: str = "") -> str:
    """1 session, 2 sessions; `many` where an s does not do: 1 try, 2 tries."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {many or noun + 's'}"


def _minus(value: Any) -> str:
    return MINUS if float(value) < 0 else ""
