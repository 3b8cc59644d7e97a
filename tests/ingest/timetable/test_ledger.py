"""The account of duties: a sample of the campaign for R10, and what a person sees of it."""

from datetime import date

from core.clock import frozen
from tests.campaign import ledger_years
from tests.db.statements import say
from tests.ingest.timetable.driven import at
from usecases.collection import duty_calendar


def test_every_duty_of_a_quarter_ends_in_its_one_right_state(databases):
    say(databases.ingest.url, ledger_years.DECLARE)
    wrong = ledger_years.simulate(databases.ingest, date(2025, 1, 2), date(2025, 3, 14))
    assert wrong == dict.fromkeys(wrong, 0)


def test_without_a_duty_the_calendar_is_empty(databases):
    assert duty_calendar(databases.app_admin, frozen(at("12:00"))).empty
