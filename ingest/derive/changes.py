"""States of sessions of reported changes: one for each moment at which what is visible of them changes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np

from analytics.quality import TRAILING_SESSIONS, Measures, Snapshot, measure
from core.sessions import previous_session
from db import derived
from db.database import Transaction
from ingest.sources import SLOTS

Load = Mapping[str, Any]


class History:
    """The loads and rows of one source between two sessions, read once."""

    def __init__(self, work: Transaction, source: str, first: date, last: date):
        self.source, self.expected = source, frozenset(SLOTS[source])
        self.loads: dict[date, list[Load]] = {}
        loads = derived.loads_between(work, source, first, last)
        for load in loads:
            self.loads.setdefault(load["quote_session"], []).append(load)
        self.sessions = sorted(self.loads)
        self.rows = derived.flow_rows(work, first, last, [load["load_id"] for load in loads])
        self._snapshots: dict[tuple[int, ...], Snapshot] = {}

    def states(self, day: date) -> list[dict[str, Any]]:
        """The states of one session, one for each moment at which what is visible of it or before it changes."""
        place = self.sessions.index(day)
        past = self.sessions[max(0, place - TRAILING_SESSIONS) : place]
        begins = min(load["known_at"] for load in self.loads[day])
        changed = sorted({at for near in [*past, day] for at in moments(self.loads[near]) if at >= begins})
        return kept(self._state(day, past, moment) for moment in changed)

    def _state(self, day: date, past: list[date], moment: datetime) -> dict[str, Any]:
        now = self._visible(day, moment)
        trailing = {near: self._snapshot(loads) for near in past if (loads := self._visible(near, moment))}
        found = measure(self._snapshot(now), trailing.get(previous_session(day)), list(trailing.values()), self.expected)
        return _row(self.source, self.loads[day][0], found, sorted(self.expected)) | {"known_at": moment}

    def _visible(self, day: date, moment: datetime) -> list[Load]:
        """The load a reader sees for each slot: the newest known by then; loads come sorted by slot and stamp."""
        newest = {load["slot"]: load for load in self.loads[day] if sees(load, moment)}
        return list(newest.values())

    def _snapshot(self, loads: list[Load]) -> Snapshot:
        key = tuple(load["load_id"] for load in loads)
        if key not in self._snapshots:
            parts = [self.rows[load] for load in key if load in self.rows]
            fields = {
                name: np.concatenate([part[name] for part in parts] or [np.empty(0)]).astype(np.int64)
                for name in ("contract", "open_interest", "oi_change")
            }
            self._snapshots[key] = Snapshot(
                **fields,
                rows=sum(load["rows_published"] for load in loads),
                slots=frozenset(load["slot"] for load in loads),
                cut=any(load["cut"] for load in loads),
            )
        return self._snapshots[key]


def moments(loads: Iterable[Load]) -> set[datetime]:
    """When what is visible of these loads changes."""
    return {load["known_at"] for load in loads} | {load["withdrawn_at"] for load in loads if load["withdrawn_at"]}


def sees(load: Load, moment: datetime) -> bool:
    """Whether a reader at a moment may see a load."""
    return load["known_at"] <= moment and (load["withdrawn_at"] is None or load["withdrawn_at"] > moment)


def kept(states: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of states in the order of their moments those that say something else than the one before."""
    found: list[dict[str, Any]] = []
    for state in states:
        if not found or _content(state) != _content(found[-1]):
            found.append(state)
    return found


def _content(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name != "known_at"}


def _row(source: str, any_load: Load, found: Measures, expected: list[str]) -> dict[str, Any]:
    return {
        "source": source,
        "quote_session": any_load["quote_session"],
        "session_date": any_load["session_date"],
        "coverage": any_load["coverage"],
        "flags": list(found.flags),
        "slots_expected": expected,
        "trailing_median": found.trailing_median,
        "pairs": found.pairs,
        "continuous": found.continuous,
        "common": found.seen_before,
        "unchanged": found.unchanged,
        "outliers": found.outliers,
    }
