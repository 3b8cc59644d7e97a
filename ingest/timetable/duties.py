"""What has to be collected for each session, and when: the timetable, in the exchange's own time.

A duty opens at an instant, should be done by another, and cannot be done any more after a third, because the source shows
something else by then. All three follow from the trading calendar, never from an hour of the machine.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from core import sessions
from core.sessions import ALTERNATES, EASTERN, SETTLED

SCAN_EVERY, SCAN_FIRST, SCAN_LAST = timedelta(minutes=15), time(9, 45), time(16)


@dataclass(frozen=True)
class Times:
    """Instants of one duty in one session (UTC)."""

    opens_at: datetime
    due_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Duty:
    """Something that each session needs. holds: the kind of source it is for. twice: accepted after two equal reads."""

    name: str
    holds: str
    times: Callable[[date], Times]
    words: str
    twice: bool = False


def _settled(session: date) -> Times:
    begin = _at(session, SETTLED)
    return Times(begin, begin + timedelta(minutes=15), sessions.closes(session))  # after the open it still shows, beside quotes


def _closed(session: date) -> Times:
    close = sessions.closes(session)
    return Times(close + timedelta(minutes=35), close + timedelta(hours=3), _at(sessions.next_session(session), ALTERNATES))


DUTIES = {
    duty.name: duty
    for duty in (
        Duty("open_interest", "chains", _settled, "open interest of the session before, settled", twice=True),
        Duty("close", "chains", _closed, "whole chains with the session's last quotes and volume"),
        Duty("lists", "changes", _closed, "lists of changes, with the session's volume"),
    )
}
"""Duties that are accounted for session by session; scans come beside them."""

EVENING = time(18, 30)
"""By this hour of New York the lists of a day are out: the Treasury's yields at 18:00, the exchanges' symbols before."""


def _evening(session: date) -> Times:
    begin = _at(session, EVENING)
    return Times(begin, begin + timedelta(hours=4), _at(sessions.next_session(session), EVENING))


REFERENCE = Duty("reference", "reference", _evening, "rates, dividends and splits, names")
"""Of each source of reference by itself, because none stands in for another."""

EVERY = {**DUTIES, REFERENCE.name: REFERENCE}
"""All duties by name."""


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, EASTERN).astimezone(UTC)


@lru_cache(maxsize=64)
def scans(session: date) -> tuple[datetime, ...]:
    """Instants of the scans of a session: 26 of a full one, those up to the close of a half day."""
    last = min(_at(session, SCAN_LAST), sessions.closes(session))
    first, found = _at(session, SCAN_FIRST), []
    while first <= last:
        found.append(first)
        first += SCAN_EVERY
    return tuple(found)


def due_scan(now: datetime, known: Collection[datetime]) -> tuple[datetime | None, list[datetime]]:
    """(the scan to run now, those that can only be reported as missed). known: planned instants of today's runs.

    A late scan runs until the next one is due: what it finds then is still the market of its quarter of an hour.
    """
    day = now.astimezone(EASTERN).date()
    if not sessions.is_session(day):
        return None, []
    if now < (instants := scans(day))[0]:
        return None, []
    open_ones = [instant for instant in instants if instant <= now and instant not in known]
    if not open_ones:
        return None, []
    if now < open_ones[-1] + SCAN_EVERY:
        return open_ones[-1], open_ones[:-1]
    return None, open_ones


def expected(duty: Duty, after: date | None, now: datetime) -> Iterator[tuple[date, Times]]:
    """Sessions whose duty has opened by now, after the session `after`; with none before, only one that can still be done."""
    today = now.astimezone(EASTERN).date()
    if after is None:
        candidates = sessions.sessions_between(today - timedelta(days=5), today)
        candidates = [session for session in candidates if now < duty.times(session).ends_at]
    else:
        candidates = sessions.sessions_between(after + timedelta(days=1), today)
    for session in candidates:
        times = duty.times(session)
        if times.opens_at <= now:
            yield session, times


def next_try(times: Times, tries: int, last: datetime | None) -> datetime:
    """When a duty is tried (again): at once, then after 1, 2, 4, 8 and at most 15 minutes."""
    return times.opens_at if last is None else last + pause(tries)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return timedelta(minutes=min(15, 2 ** max(0, tries - 1)))
