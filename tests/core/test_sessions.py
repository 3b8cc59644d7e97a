"""Trading days: weekends, holidays, half days, both clocks of the year, and both ends of the calendar."""

from datetime import UTC, date, datetime

import pytest

from core import sessions
from core.sessions import EASTERN

WEDNESDAY, THANKSGIVING, HALF_DAY, MONDAY = (date(2026, 11, day) for day in (25, 26, 27, 30))


def test_weekends_and_holidays_are_no_sessions():
    assert sessions.sessions_between(WEDNESDAY, MONDAY) == [WEDNESDAY, HALF_DAY, MONDAY]
    assert not sessions.is_session(THANKSGIVING)
    assert sessions.sessions_between(MONDAY, WEDNESDAY) == []


@pytest.mark.parametrize("day", [THANKSGIVING, HALF_DAY])
def test_before_and_after_need_not_start_from_a_session(day):
    assert sessions.previous_session(day) == WEDNESDAY
    assert sessions.next_session(THANKSGIVING) == sessions.next_session(WEDNESDAY) == HALF_DAY


@pytest.mark.parametrize(
    ("day", "hour"), [(date(2023, 9, 28), 20), (date(2023, 11, 14), 21), (HALF_DAY, 18)], ids=["summer", "winter", "half day"]
)
def test_the_close_is_an_instant_in_utc(day, hour):
    assert sessions.closes(day) == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        (datetime(2023, 4, 27, 2, 32, tzinfo=EASTERN), date(2023, 4, 26)),
        (datetime(2023, 4, 27, 9, 29, 59, tzinfo=EASTERN), date(2023, 4, 26)),
        (datetime(2023, 4, 27, 9, 30, tzinfo=EASTERN), date(2023, 4, 27)),
        (datetime(2023, 4, 29, 12, 0, tzinfo=EASTERN), date(2023, 4, 28)),
    ],
)
def test_an_instant_belongs_to_the_latest_session_that_has_opened(instant, session):
    assert sessions.latest_opened(instant) == session


@pytest.mark.parametrize(
    ("session", "known"),
    [
        (date(2026, 10, 29), datetime(2026, 10, 30, 11, tzinfo=UTC)),
        (date(2026, 10, 30), datetime(2026, 11, 2, 12, tzinfo=UTC)),
        (WEDNESDAY, datetime(2026, 11, 27, 12, tzinfo=UTC)),
    ],
    ids=["summer", "over the change of the clock", "over a holiday"],
)
def test_open_interest_counts_as_known_at_seven_the_next_session(session, known):
    assert sessions.settled_at(session) == known


def test_beyond_its_ends_the_calendar_says_so():
    with pytest.raises(ValueError, match="No session is known before"):
        sessions.previous_session(date(1990, 1, 2))
    with pytest.raises(ValueError, match="No session is known after"):
        sessions.next_session(sessions.known_until())
