"""The account of duties: every session and source ends in exactly one state, and somebody is told of every gap."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any

import structlog
from prometheus_client import Gauge

from core.clock import Clock
from db import collection
from db.collection import Standing
from db.database import Database
from ingest.sources import SLOTS
from ingest.timetable.duties import DUTIES, EVERY, REFERENCE, expected, next_try
from ingest.timetable.plan import Plan

log = structlog.get_logger()
GAPS = Gauge("oiflow_gaps", "Duties past the time by which they should be done, and not wholly done")

_UNTRIED = "nothing ran between its opening and the time by which it should be done"


def write_down(db: Database, plan: Plan, now: datetime) -> None:
    """Write down every duty that has opened since the last one known."""
    for duty in DUTIES.values():
        for source in plan.of(duty.holds)[:1]:
            slots = SLOTS.get(source, plan.names)
            for session, times in expected(duty, collection.latest(db, duty.name, source), now):
                collection.expect(db, duty.name, source, session, times.opens_at, times.due_at, slots)
    for source in plan.reference:
        for session, times in expected(REFERENCE, collection.latest(db, REFERENCE.name, source), now):
            slots = reference_names(source, session, plan.names)
            collection.expect(db, REFERENCE.name, source, session, times.opens_at, times.due_at, slots)


def reference_names(source: str, session: date, symbols: Sequence[str]) -> tuple[str, ...]:
    """What a source of reference is asked for after a session."""
    module: Any = import_module(f"ingest.sources.{source}")
    found: tuple[str, ...] = module.names(session, symbols)
    return found


def to_try(standing: Iterable[Standing], now: datetime) -> list[Standing]:
    """Duties whose next try has come, and that the source can still do."""
    found = []
    for each in standing:
        times = EVERY[each.duty].times(each.session)
        if next_try(times, each.tries, each.tried_at) <= now < times.ends_at:
            found.append(each)
    return found


def state_of(standing: Standing, now: datetime) -> str:
    """The one state of a duty with what is stored by now."""
    if not standing.missing:
        late = standing.stored_at is not None and standing.stored_at > standing.due_at
        return "late" if late else "backup" if _fallback(standing) else "published"
    if now < standing.due_at:
        return "waiting"
    return "partial" if standing.slots else "gap"


def review(db: Database, plan: Plan, clock: Clock) -> list[Standing]:
    """Write down what became of duties, tell once of each that is overdue; those still open.

    Overdue: not wholly done by `due_at`, though it may still be done until `ends_at`.

    Whatever stands in the store counts, however it came there: fetched, imported or asked for.
    """
    now, gaps, still_open = clock(), 0, []
    for each in collection.open_duties(db, (*plan.chains, *plan.lists)):
        state = state_of(each, now)
        if state != each.state or each.slots != each.slots_before:
            collection.settle(db, each, state, _fallback(each))
        if state in ("partial", "gap"):
            gaps += 1
            _tell(db, each, now)
        if each.missing:
            still_open.append(each)
    GAPS.set(gaps)
    return still_open


def _fallback(standing: Standing) -> str | None:
    """The sources that stood in for a duty's own, in words."""
    return ", ".join(sorted(set(standing.sources) - {standing.source})) or None


def _tell(db: Database, standing: Standing, now: datetime) -> None:
    """Tell of a gap, once, and why: in the log, for whoever watches it."""
    if standing.alerted_at is None:
        collection.alerted(db, standing, now)
        missing = f"{len(standing.missing)} of {len(standing.slots_expected)}"
        words = {"duty": standing.duty, "source": standing.source, "session": str(standing.session)}
        log.error("gap", **words, missing=missing, reason=standing.reason or _UNTRIED)
