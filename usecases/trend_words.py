"""What an address asks of the flow trend. One reading for page and export; a word that is not understood counts as absent."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from usecases.filters import TICKER
from usecases.flow_trend import RIGHTS

MONTHS = (1, 2, 6, 12, 60)
_MOST_STRIKE = 1e6  # USD
_PRICE = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")


def asked(words: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `view_trend`: symbol ('' where none is named), expiration, strike, right, deliverable, months."""
    return {
        "symbol": _read(_symbol, words, "symbol") or "",
        "expiration": _read(date.fromisoformat, words, "expiration"),
        "strike": _read(_price, words, "strike"),
        "right": words.get("right") if words.get("right") in RIGHTS else None,
        "deliverable": "adjusted" if words.get("deliverable") == "adjusted" else "standard",
        "months": _read(_months, words, "months") or 2,
    }


def words(chosen: Mapping[str, Any]) -> str:
    """The same as words of an address; what is absent is left out."""
    return urlencode({name: f"{value:.10g}" if isinstance(value, float) else value for name, value in chosen.items() if value})


def _read(make: Callable[[str], Any], given: Mapping[str, Any], name: str) -> Any:
    try:
        return make(str(given[name]))
    except (KeyError, ValueError):
        return None


def _symbol(word: str) -> str:
    word = word.strip().upper()
    if not TICKER.fullmatch(word):
        raise ValueError(word)
    return word


def _price(word: str) -> float:
    if not _PRICE.fullmatch(word) or not 0 < float(word) < _MOST_STRIKE:
        raise ValueError(word)
    return round(float(word), 3)


def _months(word: str) -> int | None:
    return next((months for months in MONTHS if str(months) == word), None)
