"""Flags of sessions, derived again whenever a session or one of its neighbours changes.

A state is a function of the loads visible at a moment, of trailing sessions only. For every moment at which that set changes
one state is kept, so that each `as_of` finds what could be known then, whatever the order of import.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from analytics.quality import TRAILING_SESSIONS
from core.clock import Clock
from core.sessions import previous_session
from db import derived
from db.database import Database, Transaction
from db.free import rebuild_free
from ingest.derive.chains import Chains
from ingest.derive.changes import History


@dataclass(frozen=True)
class Derived:
    """What deriving again did."""

    sessions: int
    states: int
    seconds: float


def derive_again(db: Database, clock: Clock, first: date, last: date) -> Derived:
    """Derive every stored session from `first` to `last` again, for all sources, in one flip with a new data version."""
    begin, sessions, states = clock(), 0, 0
    with db.transaction() as work:
        work.execute("raise_data_version", at=begin)
        for source, stored in work.rows("derive_stored_sessions", first=first, last=last):
            sessions, states = sessions + len(stored), states + derive(work, source, stored)
        rebuild_free(work)
    return Derived(sessions, states, (clock() - begin).total_seconds())


def derive(work: Transaction, source: str, sessions: Iterable[date]) -> int:
    """Derive the states of these sessions and of up to 20 stored sessions after them; the number of states stored."""
    changed = sorted(set(sessions))
    holds = work.value("source_holds", source=source)
    if not changed or holds not in ("changes", "chains"):
        return 0
    first, last = derived.neighbours(work, source, changed[0], changed[-1], TRAILING_SESSIONS)
    first = min(first, previous_session(changed[0]))
    kind: type[Chains | History] = Chains if holds == "chains" else History
    history = kind(work, source, min(first, changed[0]), max(last, changed[-1]))
    affected = [day for day in history.sessions if day >= changed[0]]
    states = [state for day in affected for state in history.states(day)]
    derived.replace_states(work, source, sorted({*affected, *changed}), states)
    return len(states)
