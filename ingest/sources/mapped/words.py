"""A mapping's rules in words, for operators."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.sources.mapped.spec import Mapping

QUOTES = frozenset({"bid", "ask", "last", "mark", "volume"})
"""Columns of chains that are seen in the session of the quotes."""


def date_rule(mapping: "Mapping") -> str:
    """What its dates mean: 'Dated by snap_date: open interest of the session before, quotes of the day itself.'"""
    dates = mapping.dates
    if dates is None:
        return "None: nothing of it is stored."
    if dates.instant is not None:
        utc = "The UTC day of" if mapping.market != "US" else "The session of"
        before = "" if mapping.market != "US" or mapping.holds != "chains" else "; open interest of the session before"
        return f"{utc} the instant {_name(dates.instant.place)}{before}."
    parts = [f"figures of {_day(dates.quotes_of)}"]
    if mapping.holds == "chains":
        counted, quoted = "open_interest" in mapping.told, not mapping.told.isdisjoint(QUOTES)
        parts = [f"open interest of {_day(dates.open_interest_of)}"] if counted else []
        parts += [f"quotes of {_day(dates.quotes_of)}"] if quoted else []
    newest = "; known when the newest row was" if dates.known_at == "newest row" else ""
    return f"Dated by {_name(dates.label.place)}: {', '.join(parts)}{newest}." if dates.label else ""


def _name(place: str) -> str:
    kind, _, name = place.partition(":")
    return f"the {name} in the path" if kind == "path" else name


def _day(rule: str) -> str:
    return "the day itself" if rule == "label" else "the session before"
