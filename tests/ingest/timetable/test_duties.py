"""The timetable: what is due when, on ordinary and on odd days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.timetable.duties import DUTIES, due_scan, expected, next_try, scans
from tests.campaign import schedule_years
from tests.ingest.timetable.driven import at

FULL, HALF = date(2026, 11, 18), date(2026, 11, 27)


def test_a_full_session_has_26_scans_and_a_half_day_those_up_to_its_close():
    assert (len(scans(FULL)), scans(FULL)[0], scans(FULL)[-1]) == (26, at("09:45"), at("16:00"))
    assert (len(scans(HALF)), scans(HALF)[-1]) == (14, at("13:00", HALF))


@pytest.mark.parametrize(("day", "hour"), [(date(2026, 3, 6), 12), (date(2026, 3, 9), 11), (date(2026, 11, 2), 12)])
def test_settled_open_interest_is_due_at_seven_in_new_york_in_summer_and_winter(day, hour):
    assert DUTIES["open_interest"].times(day).opens_at == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_chains_of_a_half_day_are_fetched_after_its_early_close():
    assert DUTIES["close"].times(HALF).opens_at == at("13:35", HALF)


@pytest.mark.parametrize("day", [date(2025, 1, 9), date(2018, 12, 5), date(2026, 11, 26), date(2026, 11, 21)])
def test_nothing_is_due_on_a_day_without_a_session(day):
    noon = at("12:00", day)
    assert not [session for duty in DUTIES.values() for session, _ in expected(duty, day - timedelta(days=1), noon)]
    assert due_scan(noon, set()) == (None, [])


def test_after_a_week_away_every_session_is_written_down_once():
    found = [session for session, _ in expected(DUTIES["close"], date(2026, 11, 10), at("17:00"))]
    assert found == [date(2026, 11, day) for day in (11, 12, 13, 16, 17, 18)]


def test_at_the_very_first_start_only_what_can_still_be_done_is_expected():
    assert [session for session, _ in expected(DUTIES["close"], None, at("17:00"))] == [FULL]


def test_a_late_scan_runs_until_the_next_one_is_due():
    known = set(scans(FULL)[:4])
    assert due_scan(at("10:59"), known) == (at("10:45"), [])
    assert due_scan(at("16:14"), set(scans(FULL)[:-1])) == (at("16:00"), [])
    assert due_scan(at("16:16"), set(scans(FULL)[:-1])) == (None, [at("16:00")])


def test_tries_come_after_1_2_4_8_and_at_most_15_minutes():
    times, last = DUTIES["close"].times(FULL), at("16:40")
    assert next_try(times, 0, None) == times.opens_at
    assert [(next_try(times, tries, last) - last).seconds // 60 for tries in (1, 2, 3, 4, 5, 9)] == [1, 2, 4, 8, 15, 15]


def test_weeks_round_a_change_of_the_clocks_minute_by_minute():
    assert [row for row in schedule_years.run(full=False) if not row["met"]] == []
