"""The account of duties: a sample of the campaign for R10, and what a person sees of it."""

from datetime import date

from core.clock import frozen
from tests.campaign import ledger_years
from tests.db.statements import say
from tests.ingest.timetable.driven import Moving, Source, at, collecting
from usecases.collection import duty_calendar, runs


def test_every_duty_of_a_quarter_ends_in_its_one_right_state(databases):
    say(databases.ingest.url, ledger_years.DECLARE)
    wrong = ledger_years.simulate(databases.ingest, date(2025, 1, 2), date(2025, 3, 14))
    assert wrong == dict.fromkeys(wrong, 0)


def test_without_a_duty_the_calendar_is_empty(databases):
    assert duty_calendar(databases.app_admin, frozen(at("12:00"))).empty


def gaps_told(databases, capsys, *clocks):
    moving = Moving(at(clocks[0]))
    source = Source(moving)
    source.silent = {"*"}
    work = collecting(databases, moving, cboe=source)
    for clock in clocks:
        moving.to(at(clock))
        work.tick()
    return [line for line in capsys.readouterr().out.splitlines() if "gap" in line and "duty" in line and "close" in line]


def test_an_overdue_duty_that_nobody_tried_is_told_at_the_start_with_this_reason(databases, capsys):
    (told,) = gaps_told(databases, capsys, "21:01", "21:10")
    assert "nothing ran between its opening and the time by which it should be done" in told


def test_an_overdue_duty_is_told_once_with_the_last_trys_reason_and_still_tried(databases, capsys):
    (told,) = gaps_told(databases, capsys, "16:40", "19:01", "19:20")
    assert "no whole reply" in told
    assert [run.started_at for run in runs(databases.app_admin, duty="close")] == [at("19:20"), at("19:01"), at("16:40")]
