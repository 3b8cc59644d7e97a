"""What the collector has to do, what became of it, and every try; what an admin asks of it."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from core.clock import Clock
from core.sessions import is_session, sessions_between
from core.sources import on_request
from db.database import Database
from usecases.operations import Admin, no_demo_in_real

MOST = 2000
DAYS = 40


@dataclass(frozen=True)
class DutyState:
    """One duty of a source in a session. state: waiting, published, late, backup, partial or gap."""

    duty: str
    source: str
    session: date
    opens_at: datetime
    due_at: datetime
    state: str
    slots: int
    slots_expected: int
    missing: tuple[str, ...]
    fallback: str | None
    reason: str | None
    settled_at: datetime | None
    alerted_at: datetime | None


@dataclass(frozen=True)
class Run:
    """One try of the collector. status: running, done, partial, failed, missed or lost."""

    run_id: int
    duty: str
    source: str
    session: date
    planned_at: datetime
    started_at: datetime
    ended_at: datetime | None
    status: str
    names: int
    names_expected: int
    expirations: int
    calls: int
    attempts: int
    fallback: str | None
    rows_in: int
    published: int
    quarantined: int
    duplicates: int
    reason: str | None


@dataclass(frozen=True)
class Doing:
    """What the collector is at: `done` of `of` names of a duty, why sources are not asked, why nothing comes.

    clock: what is wrong with the clock of its machine.
    """

    duty: str = ""
    done: int = 0
    of: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    clock: str = ""


def duties(db: Database, clock: Clock, source: str | None = None, days: int = DAYS, most: int = MOST) -> list[DutyState]:
    """Duties of the last `days` days, newest first, at most `most`."""
    today = clock().date()
    rows = db.dicts("duty_list", first=today - timedelta(days=days), last=today + timedelta(days=1), source=source, most=most)
    return [_duty(row) for row in rows]


def duty_calendar(db: Database, clock: Clock, days: int = DAYS) -> pd.DataFrame:
    """One row a day since the first duty, and duty and source: session, duty, source, state; `holiday` on other weekdays."""
    known = duties(db, clock, None, days, most=100 * days)
    rows = [(each.session, each.duty, each.source, each.state) for each in known]
    if known:
        first, last = min(each.session for each in known), max(each.session for each in known)
        closed = [day.date() for day in pd.bdate_range(first, last) if not is_session(day.date())]
        pairs = sorted({(each.duty, each.source) for each in known})
        rows += [(day, duty, source, "holiday") for day in closed for duty, source in pairs]
        there = {row[:3] for row in rows}
        days_open = sessions_between(first, last)
        rows += [(day, *pair, "gap") for day in days_open for pair in pairs if (day, *pair) not in there]
    return pd.DataFrame(sorted(rows, reverse=True), columns=["session", "duty", "source", "state"])


def runs(
    db: Database, duty: str | None = None, source: str | None = None, session: date | None = None, most: int = MOST
) -> list[Run]:
    """Tries of the collector, newest first."""
    return [Run(**row) for row in db.dicts("run_list", duty=duty, source=source, session=session, most=most)]


def table(found: list[DutyState] | list[Run], kind: type[DutyState] | type[Run]) -> pd.DataFrame:
    """Duties or runs as a table, with the columns of their kind even where there is none."""
    return pd.DataFrame([asdict(each) for each in found], columns=list(kind.__dataclass_fields__))


def open_run(db: Database) -> Run | None:
    """The try that is under way."""
    return next((run for run in runs(db, most=1) if run.status == "running"), None)


def doing(db: Database) -> Doing:
    """What the collector last said it was at."""
    said = {row["service"]: row["detail"] for row in db.dicts("services_alive")}.get("collector") or {}
    names = {name: said[name] for name in Doing.__dataclass_fields__ if name in said}
    return Doing(**names)


def request_collect(db: Database, account: Admin, source: str, session: date | None) -> int:
    """Ask the collector to fetch a source now, or a past session of it; the number of the request. SettingsError where it may not
    be asked for."""
    no_demo_in_real(db, account)
    on_request(source)
    with db.transaction() as work:
        return int(work.value("ask_to_collect", source=source, session=session, requested_by=account.email))


def _duty(row: dict[str, Any]) -> DutyState:
    there, expected = row.pop("slots"), row.pop("slots_expected")
    missing = tuple(slot for slot in expected if slot not in there)
    return DutyState(**row, slots=len(there), slots_expected=len(expected), missing=missing)
