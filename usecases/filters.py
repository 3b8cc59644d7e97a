"""What a visitor asks of the list: one frozen object, to and from the words of an address. Hostile words are ignored."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from core.access import Limits

MOST_DTE = 1200  # days; the longest listed options run about three years
MARKETS = ("all", "stock", "etf")
RIGHTS = ("both", "C", "P")
TRADED = (2, 1, 0, -1, -2)
MONEYNESS = ("ITM", "ATM", "OTM")
TICKER = re.compile(r"[A-Z0-9$^][A-Z0-9.^/-]{0,15}")


@dataclass(frozen=True)
class Filters:
    """Which contracts of which session, by what was known when. By default everything that expires within a year.

    session: session_date, None is the latest; market: one of MARKETS; right: one of RIGHTS; dte: days left, both ends included;
    traded: codes of the label, () is any; min_change: least |OI change|; moneyness: labels, () is any; min_premium [USD];
    flagged: offer flagged sessions too; listed_since: first listed in this session or later; share_new: least share, 0 is any.
    """

    session: date | None = None
    market: str = "all"
    right: str = "both"
    dte: tuple[int, int] = (0, 365)
    traded: tuple[int, ...] = ()
    ticker: str | None = None
    min_change: int = 0
    moneyness: tuple[str, ...] = ()
    min_premium: float = 0.0
    flagged: bool = False
    listed_since: date | None = None
    share_new: float = 0.0
    as_of: datetime | None = None

    def clamped(self, limits: Limits | None) -> "Filters":
        """The same filters within a tier's limits: without history there is no other session and no other moment."""
        if limits is None or limits.sessions is None:
            return self
        return replace(self, session=None, as_of=None, listed_since=None, flagged=False)

    def query(self, start: "Filters | None" = None) -> dict[str, str]:
        """The words of an address; what is as in `start` (the page's defaults) is left out."""
        start = start or Filters()
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _WORDS[name][0](value) for name, value in values.items() if value != getattr(start, name)}

    def address(self, feature: str, start: "Filters | None" = None, **more: str) -> str:
        """The page with these filters and `more` words, without host; every special character is encoded."""
        words = urlencode(self.query(start) | more, quote_via=quote, safe="")
        return f"/{feature}" + (f"?{words}" if words else "")

    @classmethod
    def from_query(cls, words: Mapping[str, Any], start: "Filters | None" = None) -> "Filters":
        """Filters from the words of an address on top of `start`. A word that is not understood counts as absent."""
        found: dict[str, Any] = {}
        for name, (_, read) in _WORDS.items():
            try:
                if name in words:
                    found[name] = read(str(words[name]))
            except (ValueError, OverflowError):
                continue
        return replace(start or cls(), **found)


def _choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(word: str) -> str:
        if word not in choices:
            raise ValueError(word)
        return word

    return read


def _whole(word: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", word):
        raise ValueError(word)
    return int(word)


def _count(word: str) -> int:
    return max(0, _whole(word))


def _amount(word: str) -> float:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", word):
        raise ValueError(word)
    return float(word)


def _share(word: str) -> float:
    return min(_amount(word), 1.0)


def _days(word: str) -> tuple[int, int]:
    low, high = (_count(part) for part in word.split("-"))
    if low > high:
        raise ValueError(word)
    return min(low, MOST_DTE), min(high, MOST_DTE)


def _codes(word: str) -> tuple[int, ...]:
    chosen = {_whole(part) for part in word.split(",") if part}
    return tuple(code for code in TRADED if code in chosen)


def _labels(word: str) -> tuple[str, ...]:
    chosen = word.split(",")
    return tuple(label for label in MONEYNESS if label in chosen)


def _ticker(word: str) -> str | None:
    word = word.strip().upper()
    if word and not TICKER.fullmatch(word):
        raise ValueError(word)
    return word or None


def _day(word: str) -> date | None:
    return date.fromisoformat(word) if word else None


def _instant(word: str) -> datetime | None:
    if not word:
        return None
    moment = datetime.fromisoformat(word)
    if moment.tzinfo is None:
        raise ValueError(word)
    return moment.astimezone(UTC)


def _joined(values: tuple[object, ...]) -> str:
    return ",".join(str(value) for value in values)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _utc(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_WORDS: dict[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    "session": (_text, _day),
    "market": (_text, _choice(MARKETS)),
    "right": (_text, _choice(RIGHTS)),
    "dte": (lambda days: f"{days[0]}-{days[1]}", _days),
    "traded": (_joined, _codes),
    "ticker": (_text, _ticker),
    "min_change": (_text, _count),
    "moneyness": (_joined, _labels),
    "min_premium": (_plain, _amount),
    "flagged": (lambda on: "1" if on else "0", lambda word: _choice(("0", "1"))(word) == "1"),
    "listed_since": (_text, _day),
    "share_new": (_plain, _share),
    "as_of": (_utc, _instant),
}

NEW_POSITIONS = Filters(share_new=0.8, min_change=500)  # where the page of new positions starts
