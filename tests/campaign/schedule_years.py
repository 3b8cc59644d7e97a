"""R12: ten years, minute by minute: every duty runs once a session and never on another day, however the machine was down."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core import sessions
from core.sessions import EASTERN
from db.collection import Standing
from ingest.timetable import ledger
from ingest.timetable.duties import DUTIES, due_scan, expected, scans

COVERS = ("R12",)
FIRST, LAST = date(2016, 1, 1), date(2025, 12, 31)
MINUTE = timedelta(minutes=1)
DOWN = (timedelta(seconds=2), MINUTE, timedelta(hours=3))
SHARE_DOWN = 0.05


class Machine:
    """A collector's timetable without its work: every try succeeds. runs: (duty, session) -> how often."""

    def __init__(self) -> None:
        self.latest: dict[str, date] = {}
        self.open: list[Standing] = []
        self.runs: Counter[tuple[str, date]] = Counter()
        self.scans: dict[date, set[datetime]] = {}
        self.missed: Counter[date] = Counter()
        self.hours: set[int] = set()

    def tick(self, now: datetime) -> None:
        for duty in DUTIES.values():
            for session, times in expected(duty, self.latest.get(duty.name), now):
                self.latest[duty.name] = session
                self.open.append(Standing(duty.name, "cboe", session, times.opens_at, times.due_at, "waiting", ("AAPL",)))
        for standing in ledger.to_try(self.open, now) if self.open else ():
            self.runs[standing.duty, standing.session] += 1
            self.hours.add(now.astimezone(EASTERN).hour)
            self.open.remove(standing)
        self._scan(now)

    def _scan(self, now: datetime) -> None:
        day = now.astimezone(EASTERN).date()
        known = self.scans.setdefault(day, set())
        planned, missed = due_scan(now, known)
        known |= {*missed, *([planned] if planned else [])}
        self.missed[day] += len(missed)


def downs(first: date, last: date, seed: int) -> list[tuple[datetime, datetime]]:
    """Times at which the machine is down, each beginning just before something is due."""
    rng = random.Random(seed)
    found = []
    for session in sessions.sessions_between(first, last):
        for instant in (*(duty.times(session).opens_at for duty in DUTIES.values()), *scans(session)):
            if rng.random() < SHARE_DOWN / len(DUTIES):
                begins = instant - timedelta(seconds=1)
                found.append((begins, begins + rng.choice(DOWN)))
    return sorted(found)


def ticks(first: date, last: date, down: list[tuple[datetime, datetime]]) -> Iterator[datetime]:
    """Every minute at which the machine is up, and every instant at which it comes up."""
    now = datetime.combine(first, datetime.min.time(), UTC)
    ends = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    place = 0
    while now < ends:
        while place < len(down) and down[place][1] <= now:
            place += 1
        if place < len(down) and down[place][0] <= now < down[place][1]:
            yield down[place][1]
        else:
            yield now
        now += MINUTE


def simulate(first: date, last: date, seed: int = 12) -> tuple[Machine, dict[str, int]]:
    """Let the time pass; the machine, and what went wrong."""
    machine = Machine()
    for now in ticks(first, last, downs(first, last, seed)):
        machine.tick(now)
    wanted = {
        (duty.name, session)
        for duty in DUTIES.values()
        for session in sessions.sessions_between(first, last)
        if duty.times(session).opens_at < datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    }
    found = machine.runs
    wrong_scans = [
        day for day in {*sessions.sessions_between(first, last), *machine.scans}
        if machine.scans.get(day, set()) != (set(scans(day)) if sessions.is_session(day) else set())
    ]  # fmt: skip
    return machine, {
        "duties that did not run": len(wanted - found.keys()),
        "duties that ran more than once": sum(count > 1 for count in found.values()),
        "duties on days without a session": sum(not sessions.is_session(day) for _, day in found),
        "days with another number of scans, run or reported, than planned": len(wrong_scans),
        "duties begun between 01:00 and 03:00 New York": len(machine.hours & {1, 2}),
    }


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: ten years in full, else the weeks round a change of the clocks."""
    first, last = (FIRST, LAST) if full else (date(2025, 1, 2), date(2025, 3, 14))
    machine, wrong = simulate(first, last)
    days = len(sessions.sessions_between(first, last))
    print(f"{days} sessions, {sum(machine.runs.values())} duties, {sum(map(len, machine.scans.values()))} scans, "
          f"{sum(machine.missed.values())} of them reported as missed")  # fmt: skip
    return [
        {"bar": "R12", "what": f"{what} ({days} sessions)", "figure": count, "target": "0", "met": count == 0}
        for what, count in wrong.items()
    ]
