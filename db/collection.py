"""What the collector keeps in the database of its work: duties of each session, and every try."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db.database import Database, Row
from db.words import storable


@dataclass(frozen=True)
class Standing:
    """A duty that was not wholly done. tries: how often it was tried, tried_at: when last, reason: why that failed.

    slots: those stored by now, of `sources`, the last at `stored_at`; state, slots_before: as written down last.
    """

    duty: str
    source: str
    session: date
    opens_at: datetime
    due_at: datetime
    state: str
    slots_expected: tuple[str, ...]
    slots_before: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    stored_at: datetime | None = None
    alerted_at: datetime | None = None
    tries: int = 0
    tried_at: datetime | None = None
    reason: str | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What names it."""
        return {"duty": self.duty, "source": self.source, "session": self.session}

    @property
    def missing(self) -> tuple[str, ...]:
        """Slots that are still to come."""
        return tuple(slot for slot in self.slots_expected if slot not in self.slots)


def expect(
    db: Database, duty: str, source: str, session: date, opens_at: datetime, due_at: datetime, slots: tuple[str, ...]
) -> None:
    """Write down that something has to be collected, once."""
    values = {"duty": duty, "source": source, "session": session, "opens_at": opens_at, "due_at": due_at}
    db.execute("expect_duty", **values, slots_expected=list(slots))


def latest(db: Database, duty: str, source: str) -> date | None:
    """The last session for which a duty of a source was written down."""
    found: date | None = db.value("latest_duty", duty=duty, source=source)
    return found


def open_duties(db: Database, sources: Sequence[str]) -> list[Standing]:
    """Duties that are not wholly done, oldest first. sources: those whose loads count."""
    lists = ("slots_expected", "slots_before", "slots", "sources")
    rows = db.dicts("open_duties", sources=list(sources))
    return [Standing(**row | {name: tuple(row[name] or ()) for name in lists}) for row in rows]


def settle(db: Database, standing: Standing, state: str, fallback: str | None) -> None:
    """Write down what became of a duty."""
    reason = None if state in ("published", "late", "backup") else standing.reason
    values = {"state": state, "slots": list(standing.slots), "fallback": fallback, "settled_at": standing.stored_at}
    db.execute("settle_duty", **standing.key, **values, reason=_kept(reason))


def alerted(db: Database, standing: Standing, at: datetime) -> None:
    """Write down that somebody was told of a gap."""
    db.execute("alert_duty", **standing.key, at=at)


def begin_run(db: Database, duty: str, source: str, session: date, planned_at: datetime, at: datetime, names: int) -> int:
    """A try begins; its number."""
    with db.transaction() as work:
        key = {"duty": duty, "source": source, "session": session, "planned_at": planned_at}
        return int(work.value("begin_run", **key, started_at=at, names_expected=names))


def end_run(db: Database, run_id: int, at: datetime, status: str, reason: str | None, **counts: Any) -> None:
    """A try ended. counts: names, expirations, calls, attempts, fallback, rows_in, published, quarantined, duplicates."""
    none = dict.fromkeys(("names", "expirations", "calls", "attempts", "rows_in", "published", "quarantined", "duplicates"), 0)
    db.execute("end_run", run_id=run_id, ended_at=at, status=status, reason=_kept(reason), **{"fallback": None, **none, **counts})


def miss_run(
    db: Database, duty: str, source: str, session: date, planned_at: datetime, at: datetime, names: int, why: str
) -> None:
    """A time that passed without a try."""
    key = {"duty": duty, "source": source, "session": session, "planned_at": planned_at}
    db.execute("miss_run", **key, at=at, names_expected=names, reason=why)


def lose_runs(db: Database, at: datetime) -> int:
    """End the tries that a collector was at when it died; their number."""
    with db.transaction() as work:
        return len(work.rows("lose_runs", at=at))


def planned(db: Database, duty: str, source: str, session: date) -> dict[datetime, bool]:
    """Planned instants of a duty's tries in a session -> whether all of its tries were lost, so that it may be made up for."""
    return dict(db.rows("planned_runs", duty=duty, source=source, session=session))


def levels_standing(db: Database, source: str, slot: str, market: str, session: date, known_at: datetime) -> list[Row]:
    """What stands of a name before a look: (root, expiration, right, strike_milli, deliverable, open interest, session of it)."""
    return db.rows("levels_standing", source=source, slot=slot, market=market, session=session, known_at=known_at)


def _kept(reason: str | None) -> str | None:
    """A reason, which may be a provider's own words."""
    return reason and storable(reason)
