"""Stored loads held against twins that were stored a moment ago: every cell of every table, but for numbers of loads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.database import Database, Transaction

TABLES = {
    "flow": "options_flow", "chains": "chain_snapshots", "daily": "oi_daily", "expiration": "oi_expiration",
    "prices": "underlying_daily", "bars": "bars", "quarantine": "quarantine", "reference": "reference data",
}  # fmt: skip
"""Query -> the table whose rows it compares."""


@dataclass(frozen=True)
class Cell:
    """One difference of a pair. row: in words, '' for the load itself; None: that side lacks the row, or knows no value."""

    table: str
    row: str
    column: str
    stored: Any
    rebuilt: Any


def sets(db: Database, source: str | None, session: date | None) -> list[tuple[str, date]]:
    """(source, quote session) of everything that some reader may see."""
    return [(row[0], row[1]) for row in db.rows("replay_sets", source=source, session=session)]


def differences(work: Transaction, session: date, pairs: Sequence[tuple[int, int]]) -> list[list[Cell]]:
    """The cells that differ between the loads of each pair (stored, rebuilt), all of one session; nothing for equal ones."""
    stored, rebuilt, count = [pair[0] for pair in pairs], [pair[1] for pair in pairs], len(pairs)
    load_ids, places = [*stored, *rebuilt], [*range(1, count + 1)] * 2
    loads = {"stored": stored, "load_ids": load_ids, "places": places, "sides": [True] * count + [False] * count}
    about = {row.pop("load_id"): row for row in work.dicts("replay_loads", load_ids=load_ids)}
    found = [_cells("loads", "", about[one], about[other]) for one, other in pairs]
    for query, table in TABLES.items():
        sides: dict[tuple[int, str], dict[bool, dict[str, Any]]] = {}
        for place, side, row, cells in work.rows(f"replay_{query}", session=session, **loads):
            sides.setdefault((place - 1, row), {})[side] = cells
        for (place, row), cells_of in sides.items():
            found[place] += _row(table, row, cells_of.get(True), cells_of.get(False))
    return found


def states(work: Transaction, source: str) -> dict[date, list[dict[str, Any]]]:
    """Quote session -> its derived states, oldest first."""
    found: dict[date, list[dict[str, Any]]] = {}
    for session, state in work.rows("replay_states", source=source):
        found.setdefault(session, []).append(state)
    return found


def _row(table: str, row: str, stored: dict[str, Any] | None, rebuilt: dict[str, Any] | None) -> list[Cell]:
    """The differences of a row that stands on both sides, or that it stands on one alone."""
    if stored is None or rebuilt is None:
        return [Cell(table, row, "the row", stored and "there", rebuilt and "there")]
    return _cells(table, row, stored, rebuilt)


def _cells(table: str, row: str, stored: dict[str, Any], rebuilt: dict[str, Any]) -> list[Cell]:
    return [Cell(table, row, name, stored[name], rebuilt[name]) for name in stored if stored[name] != rebuilt[name]]
