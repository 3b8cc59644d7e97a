"""The filters in words: on controls and chips, in the empty answer, on the button that loosens one."""

from collections.abc import Callable
from typing import Any

from usecases.filters import Filters
from usecases.selection import Loosening
from webapp.look import formats

MARKETS = {"all": "All", "stock": "Stocks", "etf": "ETFs"}
RIGHTS = {"both": "Both", **formats.SIDES}
TRADED: dict[tuple[int, ...], str] = {
    (): "Any side", (2, 1): "Ask side or above", **{(code,): words for code, words in formats.TRADED.items()},
    (-1, -2): "Bid side or below",
}  # fmt: skip
_UNSET = {
    "min_change": "Any size", "min_premium": "Any premium", "share_new": "Any share new", "moneyness": "Any moneyness",
    "traded": TRADED[()], "right": "Calls and puts", "market": "Stocks and ETFs", "listed_since": "Whenever first listed",
    "ticker": "All tickers",
}  # fmt: skip
_CHIPS: dict[str, Callable[[Any], str]] = {
    "session": formats.day, "market": MARKETS.__getitem__, "right": RIGHTS.__getitem__,
    "dte": lambda days: f"{days[0]} to {days[1]} days",
    "traded": lambda codes: TRADED.get(codes) or ", ".join(formats.traded(code) for code in codes),
    "ticker": lambda symbol: symbol or "Largest ticker", "min_change": lambda n: f"Size {formats.full(n)} or more",
    "moneyness": lambda labels: " or ".join(labels) or "Any moneyness",
    "min_premium": lambda n: f"Premium {formats.money(n)} or more",
    "flagged": lambda on: "Flagged sessions too" if on else "Without flagged sessions",
    "listed_since": lambda day: f"On list since {formats.day(day)}", "share_new": lambda n: f"{formats.share(n)} new or more",
    "as_of": lambda at: f"As known {formats.clock_long(at)}",
}  # fmt: skip
_NEARER: dict[str, Callable[[Any], str]] = {
    "min_change": lambda n: f"Lower size to {formats.trimmed(n)}",
    "min_premium": lambda n: f"Lower premium to ${formats.trimmed(n)}",
    "share_new": lambda n: f"Lower share new to {formats.share(n)}",
    "dte": lambda days: f"Widen days to {days[0]}–{days[1]}",
}


def chip(name: str, value: Any) -> str:
    """A filter in words: Puts, 0 to 7 days, Size 50,000 or more."""
    return _CHIPS[name](value)


def in_words(asked: Filters, start: Filters) -> str:
    """All that is set, for the empty state."""
    return ", ".join(chip(name, getattr(asked, name)) for name in asked.query(start)) or "none"


def loosened(offer: Loosening) -> str:
    """The words of the button that loosens one filter: Lower size to 40K, Any side."""
    name, value = offer
    return _UNSET[name] if name in _UNSET and value == getattr(Filters(), name) else _NEARER[name](value)
