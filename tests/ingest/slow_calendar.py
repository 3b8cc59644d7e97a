"""Trading days of New York by the exchange's published rules, for the slow reading of files; no code shared with the product."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

EASTERN = ZoneInfo("America/New_York")


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


@cache
def holidays(year: int) -> set[date]:
    """Days of the week on which the New York exchange stays shut."""
    memorial = max(day for n in (4, 5) if (day := _nth(year, 5, 0, n)).month == 5)
    movable = [_nth(year, 1, 0, 3), _nth(year, 2, 0, 3), easter(year) - timedelta(days=2), memorial]
    movable += [_nth(year, 9, 0, 1), _nth(year, 11, 3, 4)]
    for month, day in ((6, 19), (7, 4), (12, 25), (1, 1)):
        fixed = date(year, month, day)
        shift = {5: -1, 6: 1}.get(fixed.weekday(), 0)
        if not (month == 1 and shift == -1):  # a New Year's Day on Saturday is not made up for
            movable.append(fixed + timedelta(days=shift))
    return set(movable) | {date(2025, 1, 9)}  # national day of mourning


def is_session(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def session_before(day: date) -> date:
    day -= timedelta(days=1)
    return day if is_session(day) else session_before(day)


def close_of(session: date) -> datetime:
    """16:00 ET; 13:00 on the eves of Independence Day and Christmas and the day after Thanksgiving."""
    eve = (session.month, session.day) in {(7, 3), (12, 24)} and session.weekday() < 5
    early = eve or session == _nth(session.year, 11, 3, 4) + timedelta(days=1)
    return datetime.combine(session, time(13) if early else time(16), EASTERN).astimezone(UTC)
