"""Curves of rates worked out slowly: par yields term by term, and rates.toml line by line. No code of the product."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_PAIR = re.compile(r"\s*([A-Za-z0-9_-]+|\"[0-9]+\"|'[0-9]+')\s*=\s*(.*?)\s*(#.*)?")
_RATE = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_INSTANT = re.compile(r"[0-9-]{10}[T ][0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]{5})", re.IGNORECASE)
_CONVENTIONS = ("continuous", "simple", "annual", "semiannual", "par")
NEW_YORK = ZoneInfo("America/New_York")


def zero_rates(quoted: list[float], days: list[int], convention: str) -> list[float]:
    """Continuous rates a year, one a term. ValueError where there is none."""
    if convention == "par":
        return [_of_par(quoted, days, place) for place in range(len(days))]
    return [_of(rate, term / 365, convention) for rate, term in zip(quoted, days, strict=True)]


def _of(rate: float, years: float, convention: str) -> float:
    if convention == "continuous":
        return rate
    growth = {"simple": 1 + rate * years, "annual": (1 + rate) ** years, "semiannual": (1 + rate / 2) ** (2 * years)}[convention]
    return math.log(growth) / years


def _of_par(quoted: list[float], days: list[int], place: int) -> float:
    """The rate of one term: of half a year and less a simple one, else on the line between two half years."""
    years = days[place] / 365
    if years <= 0.5:
        return math.log(1 + quoted[place] * years) / years
    before = math.floor(years / 0.5)
    low, high = _half_year(quoted, days, before), _half_year(quoted, days, before + 1) if years / 0.5 > before else 0.0
    return low + (high - low) * (years / 0.5 - before) if years / 0.5 > before else low


def _half_year(quoted: list[float], days: list[int], count: int) -> float:
    """The zero rate of so many half years, each coupon discounted by its own factor."""
    factors: list[float] = []
    for number in range(1, count + 1):
        coupon = _between(number * 0.5, [day / 365 for day in days], quoted) / 2
        factors.append((1 - coupon * sum(factors)) / (1 + coupon))
    return -math.log(factors[-1]) / (count * 0.5)


def _between(years: float, terms: list[float], values: list[float]) -> float:
    if years <= terms[0]:
        return values[0]
    for place in range(1, len(terms)):
        if years <= terms[place]:
            share = (years - terms[place - 1]) / (terms[place] - terms[place - 1])
            return values[place - 1] + share * (values[place] - values[place - 1])
    return values[-1]


def curves(content: bytes) -> dict[int, dict[str, Any]]:
    """Number of the curve -> what rates.toml says of it. ValueError for a line of another form."""
    found: list[dict[str, Any]] = []
    for line in content.decode().replace("\r\n", "\n").split("\n"):
        text = line.strip(" \t")
        if re.fullmatch(r"\[\[\s*curve\s*\]\]\s*(#.*)?", text):
            found.append({"points": None})
        elif re.fullmatch(r"\[\s*curve\s*\.\s*rates\s*\]\s*(#.*)?", text):
            found[-1]["points"] = {}
        elif text and not text.startswith("#"):
            pair = _PAIR.fullmatch(text)
            if pair is None:
                raise ValueError(text)
            _put(found[-1], pair[1].strip("\"'"), pair[2])
    return {place: _fact(curve) for place, curve in enumerate(found, start=1)}


def _put(curve: dict[str, Any], name: str, value: str) -> None:
    place = curve if curve["points"] is None else curve["points"]
    if name in place:
        raise ValueError(name)
    place[name] = value


def _fact(curve: dict[str, Any]) -> dict[str, Any]:
    convention = curve["convention"].strip("\"'")
    if convention not in _CONVENTIONS or not all(_RATE.fullmatch(rate) for rate in curve["points"].values()):
        raise ValueError(curve)
    points = sorted((int(days), float(rate)) for days, rate in curve["points"].items())
    days, quoted = [day for day, _ in points], [rate for _, rate in points]
    assumed = {"true": True, "false": False}[curve.get("assumed", "false")]
    return {"described": date.fromisoformat(curve["describes"]), "days": days, "rate": zero_rates(quoted, days, convention),
            "quoted": quoted, "convention": convention, "assumed": assumed, "known_at": _known(curve["known"])}  # fmt: skip


def _known(text: str) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text.upper()).astimezone(UTC)
