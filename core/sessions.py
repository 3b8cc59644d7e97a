"""Trading days of the US exchange, from `exchange_calendars`. A session is a date; an instant is aware."""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

EASTERN = ZoneInfo("America/New_York")
ALTERNATES, SETTLED = time(6), time(7)
"""Hours of New York: before SETTLED no open interest of the session before counts; from ALTERNATES on sources alternate."""
_FIRST = "2004-01-02"
_ONE_BUILDS = Lock()


def _calendar() -> Any:
    with _ONE_BUILDS:  # threads that ask first at the same time would each build it
        return _built()


@lru_cache(maxsize=1)
def _built() -> Any:
    import exchange_calendars  # slow to import: 0.5 s

    return exchange_calendars.get_calendar("XNYS", start=_FIRST)


@lru_cache(maxsize=1)
def _sessions() -> list[date]:
    return [stamp.date() for stamp in _calendar().sessions]


def is_session(day: date) -> bool:
    """Whether the exchange opens on this date."""
    known = _sessions()
    position = bisect_left(known, day)
    return position < len(known) and known[position] == day


def previous_session(day: date) -> date:
    """The last session before `day`, which need not be one itself."""
    position = bisect_left(_sessions(), day)
    if position == 0:
        raise ValueError(f"No session is known before {day}.")
    return _sessions()[position - 1]


def next_session(day: date) -> date:
    """The first session after `day`, which need not be one itself."""
    position = bisect_right(_sessions(), day)
    if position == len(_sessions()):
        raise ValueError(f"No session is known after {day}.")
    return _sessions()[position]


def sessions_between(first: date, last: date) -> list[date]:
    """All sessions from `first` to `last`, both included where they are sessions."""
    known = _sessions()
    return known[bisect_left(known, first) : bisect_right(known, last)]


@lru_cache(maxsize=4096)
def opens(session: date) -> datetime:
    """Opening instant of a session, UTC."""
    return _calendar().session_open(pd.Timestamp(session)).to_pydatetime().astimezone(UTC)


@lru_cache(maxsize=4096)
def closes(session: date) -> datetime:
    """Closing instant of a session, UTC; 13:00 ET on half days."""
    return _calendar().session_close(pd.Timestamp(session)).to_pydatetime().astimezone(UTC)


def latest_opened(instant: datetime) -> date:
    """The latest session opened at or before an instant."""
    day = instant.astimezone(EASTERN).date()
    if is_session(day) and opens(day) <= instant:
        return day
    return previous_session(day)


def settled_at(session: date) -> datetime:
    """When open interest counted at the close of `session` counts as known without a stamp: 07:00 ET next session, UTC."""
    return datetime.combine(next_session(session), SETTLED, EASTERN).astimezone(UTC)


def known_until() -> date:
    """The last session the calendar knows."""
    return _sessions()[-1]
