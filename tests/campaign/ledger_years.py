"""R10: over ten years every duty of every session ends in one state, the right one, and gaps are told within 15 minutes."""

import random
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from core import sessions
from core.clock import frozen
from core.settings import load
from db import embedded
from db.connect import connect, open_databases
from db.database import Database
from ingest.timetable import ledger
from ingest.timetable.duties import DUTIES, Times
from ingest.timetable.plan import Plan
from tests.db.statements import say
from usecases.collection import duty_calendar

COVERS = ("R10",)
FIRST, LAST = date(2016, 1, 4), date(2025, 12, 31)
NAMES = ("AAPL", "MSFT", "SPY")
PLAN = Plan(("cboe", "yahoo"), (), (), NAMES, {})
TOLD_WITHIN = timedelta(minutes=15)
WAYS = {"published": 80, "late": 5, "backup": 5, "partial": 4, "gap": 4, "filled": 2}
"""How often a provider behaves so; filled: a gap that is filled weeks later, and then counts as late."""
DECLARE = """
INSERT INTO sources (source, label, preference, coverage, date_rule, licence_note, delay, holds)
VALUES ('cboe', 'A', 1, 'full', '', '', '', 'chains'), ('yahoo', 'B', 2, 'full', '', '', '', 'chains') ON CONFLICT DO NOTHING
"""
_LOAD = """
WITH raw AS (INSERT INTO raw_payloads VALUES (%(sha)s, 'x', 1, 'x', 0, 1, %(at)s) ON CONFLICT DO NOTHING)
INSERT INTO loads (source, slot, session_date, quote_session, known_at, received_at, state, coverage, payload_sha256, file_name,
                   published_at)
SELECT %(source)s, slot, %(before)s, %(session)s, %(known)s, %(at)s, 'published', 'full', %(sha)s, 'x', %(at)s
  FROM unnest(%(slots)s::text[]) slot
"""


@dataclass
class Case:
    """One duty of one session and how its provider behaves."""

    duty: str
    session: date
    times: Times
    way: str

    def wanted(self, close: str) -> str:
        """The right state, with the way of the same session's close: what comes then shows the open interest too, late."""
        if self.way in ("published", "backup"):
            return self.way
        if self.way in ("late", "filled") or (
            self.duty == "open_interest" and close in ("published", "backup", "late", "filled")
        ):
            return "late"
        return "partial" if "partial" in (self.way, close) else "gap"


def publish(db: Database, case: Case, source: str, slots: tuple[str, ...], at: datetime) -> None:
    sha = f"{abs(hash((case.duty, case.session, source, at))):064x}"[-64:]
    known = case.times.opens_at if case.way == "filled" else at  # a file that came late says itself when it was made
    values = {"sha": sha, "at": at, "known": known, "source": source, "session": case.session, "slots": list(slots)}
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_LOAD, values | {"before": sessions.previous_session(case.session)})


def events(case: Case, rng: random.Random) -> list[tuple[datetime, str, tuple[str, ...]]]:
    """What the provider gives of a duty: (instant, source, slots)."""
    soon, later = case.times.opens_at + timedelta(minutes=2), case.times.due_at + timedelta(minutes=rng.randint(1, 90))
    return {
        "published": [(soon, "cboe", NAMES)],
        "late": [(soon, "cboe", NAMES[: rng.randint(0, 2)]), (later, "cboe", NAMES)],
        "backup": [(soon, "cboe", NAMES[:1]), (soon + timedelta(minutes=1), "yahoo", NAMES[1:])],
        "partial": [(soon, "cboe", NAMES[:2])],
        "gap": [],
        "filled": [(later + timedelta(days=rng.randint(3, 60)), "cboe", NAMES)],
    }[case.way]


def simulate(db: Database, first: date, last: date, seed: int = 10) -> dict[str, int]:
    """Let the years pass; what went wrong."""
    rng = random.Random(seed)
    cases = [
        Case(duty, session, DUTIES[duty].times(session), rng.choices(list(WAYS), list(WAYS.values()))[0])
        for session in sessions.sessions_between(first, last) for duty in ("open_interest", "close")
    ]  # fmt: skip
    timeline: list[tuple[datetime, Case | None, str, tuple[str, ...]]] = []
    for case in cases:
        timeline += [
            (at, None, "", ()) for at in (case.times.opens_at, case.times.due_at + timedelta(minutes=rng.randint(0, 14)))
        ]
        timeline += [(at, case, source, slots) for at, source, slots in events(case, rng)]
    for at, given, source, slots in sorted(timeline, key=lambda event: event[0]):
        if given is not None:
            publish(db, given, source, slots, at)
        else:
            ledger.write_down(db, PLAN, at)
        ledger.review(db, PLAN, frozen(at))
    return _judge(db, cases, max(event[0] for event in timeline))


def _judge(db: Database, cases: list[Case], now: datetime) -> dict[str, int]:
    found = {
        (row["duty"], row["session"]): row
        for row in db.dicts("duty_list", first=date.min, last=date.max, source=None, most=10**6)
    }
    closes = {case.session: case.way for case in cases if case.duty == "close"}
    states = {key: row["state"] for key, row in found.items()}
    wrong = [case for case in cases if states.get((case.duty, case.session)) != case.wanted(closes[case.session])]
    untold = [
        case for case in cases
        if case.way in ("partial", "gap", "filled")
        and not timedelta(0) <= (found[case.duty, case.session]["alerted_at"] or now) - case.times.due_at <= TOLD_WITHIN
    ]  # fmt: skip
    told = [case for case in cases if case.way in ("published", "backup") and found[case.duty, case.session]["alerted_at"]]
    cells = duty_calendar(db, frozen(now), days=5000)
    twice = Counter(zip(cells["session"], cells["duty"], cells["source"], strict=True))
    days = {day for day, duty, _ in twice if duty == "close"}
    weekdays = sessions_and_holidays(min(days), max(days))
    print(dict(Counter(cells["state"])))
    return {
        "duties in another state than the right one": len(wrong),
        "cells with more than one state": sum(count > 1 for count in twice.values()),
        "weekdays without a state": len(weekdays - days),
        "gaps not told within 15 minutes": len(untold),
        "alerts without a gap": len(told),
    }


def sessions_and_holidays(first: date, last: date) -> set[date]:
    """Monday to Friday."""
    return {day for number in range((last - first).days + 1) if (day := first + timedelta(days=number)).weekday() < 5}


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: ten years."""
    with tempfile.TemporaryDirectory(prefix="oiflow-r10-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="")
        with open_databases(settings, upgrade=True):
            db = connect(settings, "ingest", most=2)
            say(db.url, DECLARE)
            wrong = simulate(db, FIRST, LAST if full else date(2016, 3, 31))
            db.close()
        embedded.stop(Path(scratch), force=True)
    return [{"bar": "R10", "what": what, "figure": count, "target": "0", "met": count == 0} for what, count in wrong.items()]
