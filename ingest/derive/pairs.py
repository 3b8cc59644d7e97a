"""Which two chains a change of open interest is read from, at each moment of knowledge.

At a moment a reader sees one load of each source, slot and session. The change of a session takes the most preferred source that
shows both its session and the one before: two sources are never held against each other, because where they disagree the
difference is no trade.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from core.sessions import previous_session
from ingest.derive.changes import moments, sees

Load = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What is seen of one slot and session from `known_at` on: the chain of `session_date` and that of the session before."""

    slot: str
    session_date: date
    known_at: datetime
    withdrawn_at: datetime | None
    now: Load
    before: Load

    @property
    def inputs(self) -> tuple[int, int]:
        """Ids of the two loads, the later open interest first."""
        return self.now["load_id"], self.before["load_id"]

    @property
    def key(self) -> tuple[str, date, datetime, tuple[int, int]]:
        """What makes it the same as one that is stored."""
        return self.slot, self.session_date, self.known_at, self.inputs


def pairs(loads: Sequence[Load], sessions: Sequence[date]) -> list[Seen]:
    """What follows for the open interest of these sessions from loads of them and of the sessions before.

    loads: with load_id, source, preference, slot, session_date, known_at and withdrawn_at; of each source, slot and session the
    one that a reader sees comes last.
    """
    by_slot: dict[tuple[str, date], list[Load]] = {}
    for load in loads:
        by_slot.setdefault((load["slot"], load["session_date"]), []).append(load)
    found = []
    for (slot, session), now in sorted(by_slot.items()):
        before = by_slot.get((slot, previous_session(session)), []) if session in sessions else []
        found += _of_slot(slot, session, now, before)
    return found


def _of_slot(slot: str, session: date, now: Sequence[Load], before: Sequence[Load]) -> list[Seen]:
    """One for each stretch of time in which a reader sees the same pair."""
    found: list[Seen] = []
    last: tuple[int, int] | None = None
    for moment in sorted(moments([*now, *before])) if before else ():
        pair = _preferred(now, before, moment)
        ids = (pair[0]["load_id"], pair[1]["load_id"]) if pair else None
        if ids == last:
            continue
        if pair is None:  # whatever came before would be seen again
            found = [each if each.withdrawn_at else _ended(each, moment) for each in found]
        else:
            found.append(Seen(slot, session, moment, None, *pair))
        last = ids
    return found


def _preferred(now: Sequence[Load], before: Sequence[Load], moment: datetime) -> tuple[Load, Load] | None:
    """The pair of the most preferred source that shows both sessions at a moment."""
    later, earlier = ({load["source"]: load for load in side if sees(load, moment)} for side in (now, before))
    both = [later[source] for source in later if source in earlier]
    if not both:
        return None
    chosen = min(both, key=lambda load: (load["preference"], load["source"]))
    return chosen, earlier[chosen["source"]]


def _ended(seen: Seen, moment: datetime) -> Seen:
    return Seen(seen.slot, seen.session_date, seen.known_at, moment, seen.now, seen.before)
