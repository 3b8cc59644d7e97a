"""What follows from what is stored, derived again whenever a session or one of its neighbours changes.

Here the flags of sessions: of reported changes (`changes`), of chains (`chains`). Beside them the changes of open interest that
follow from the chains of two sessions (`between`, by the pairs that `pairs` finds).

A state is a function of the loads visible at a moment, of trailing sessions only. For every moment at which that set changes
one state is kept, so that each `as_of` finds what could be known then, whatever the order of import.
"""

from collections.abc import Iterable
from datetime import date

from analytics.quality import TRAILING_SESSIONS
from core.sessions import previous_session
from core.sources import DERIVED
from db import derived
from db.database import Transaction
from ingest.derive.chains import Between, Chains
from ingest.derive.changes import History


def derive(work: Transaction, source: str, sessions: Iterable[date]) -> int:
    """Derive the states of these sessions and of up to 20 stored sessions after them; the number of states stored."""
    changed = sorted(set(sessions))
    holds = work.value("source_holds", source=source)
    if not changed or holds not in ("changes", "chains"):
        return 0
    first, last = derived.neighbours(work, source, changed[0], changed[-1], TRAILING_SESSIONS)
    first = min(first, previous_session(changed[0]))
    kind: type[Chains | History] = Between if source == DERIVED else Chains if holds == "chains" else History
    history = kind(work, source, min(first, changed[0]), max(last, changed[-1]))
    affected = [day for day in history.sessions if day >= changed[0]]
    states = [state for day in affected for state in history.states(day)]
    derived.replace_states(work, source, sorted({*affected, *changed}), states)
    return len(states)
