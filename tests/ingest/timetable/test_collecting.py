"""Duties, scans and the first look over a real database, hour by hour."""

from functools import partial

import pytest

from core.errors import DatabaseUnavailable, ImportBusy, RobotFailed
from db import collection
from ingest.publishing.publish import only_importer
from ingest.sources import Raw
from ingest.timetable.collecting import Collecting
from ingest.timetable.plan import Plan
from tests.db.statements import say
from tests.ingest import barchart_files as files
from tests.ingest.timetable.driven import DAY, NAMES, Moving, Source, at, collecting
from usecases.collection import duties, runs


@pytest.fixture
def begun(databases):
    """(clock, source, work, databases) after the first look of the evening before."""
    moving = Moving(at("17:30", DAY.replace(day=17)))
    source = Source(moving)
    work = collecting(databases, moving, cboe=source)
    work.tick()
    return moving, source, work, databases


def tried(databases, duty):
    return runs(databases.app_admin, duty=duty)


def state(databases, moving, duty):
    return {each.session: each.state for each in duties(databases.app_admin, moving) if each.duty == duty}.get(DAY)


def test_the_first_look_shows_every_name_at_once(begun):
    _moving, _source, _work, databases = begun
    (run,) = tried(databases, "start")
    assert (run.status, run.names, run.session) == ("done", 3, DAY.replace(day=17))
    assert say(databases.app_premium.url, "SELECT DISTINCT symbol FROM chain_snapshots ORDER BY 1") == [(name,) for name in NAMES]


def test_settled_open_interest_is_shown_after_two_equal_reads(begun):
    moving, _source, work, databases = begun
    moving.to(at("07:00"))
    work.tick()
    assert (tried(databases, "open_interest")[0].published, state(databases, moving, "open_interest")) == (0, "waiting")
    moving.on(1)
    work.tick()
    work.tick()
    assert state(databases, moving, "open_interest") == "published"
    found = say(
        databases.app_premium.url,
        "SELECT DISTINCT session_date, quote_session, bid FROM chain_snapshots WHERE quote_session = '2026-11-18'",
    )
    assert found == [(DAY.replace(day=17), DAY, None)]


def test_a_source_that_alternates_between_two_days_is_not_believed(begun):
    moving, source, work, databases = begun
    source.alternating = True
    for minute in range(6):
        moving.to(at(f"07:0{minute}"))
        work.tick()
    assert state(databases, moving, "open_interest") in ("waiting", None)
    assert sum(run.published for run in tried(databases, "open_interest")) == 0


def test_a_session_shows_when_all_is_there_or_its_time_is_over(begun):
    moving, source, work, databases = begun
    source.silent = {"SPY"}
    moving.to(at("16:35"))
    work.tick()
    assert tried(databases, "close")[0].published == 0
    moving.to(at("19:05"))
    work.tick()
    assert state(databases, moving, "close") == "partial"
    source.silent = set()
    moving.to(at("19:40"))
    work.tick()
    assert state(databases, moving, "close") == "late"


def test_another_source_stands_in_name_by_name(databases):
    moving = Moving(at("17:30", DAY.replace(day=17)))
    first, second = Source(moving), Source(moving)
    first.silent = {"TSLA"}
    collecting(databases, moving, cboe=first, yahoo=second).tick()
    assert {name for name, _ in second.asked} == {"TSLA"}
    (run,) = tried(databases, "start")
    assert (run.status, run.names) == ("partial", 2)  # what stands in here speaks Cboe's shape, which is not believed of Yahoo


def test_a_gap_is_told_once(begun, capsys):
    moving, source, work, databases = begun
    source.silent = {"*"}
    for clock in ("07:00", "07:16", "07:20"):
        moving.to(at(clock))
        work.tick()
    (told,) = [each for each in duties(databases.app_admin, moving) if each.duty == "open_interest"]
    assert (told.state, told.alerted_at, told.missing) == ("gap", at("07:16"), NAMES)
    assert "no whole reply" in told.reason


def test_a_scan_runs_each_quarter_of_an_hour_with_the_nearest_expirations(begun):
    moving, _source, work, databases = begun
    for clock in ("09:45", "09:50", "10:00", "10:15"):
        moving.to(at(clock))
        work.tick()
    done = tried(databases, "scan")
    assert [run.planned_at for run in done] == [at("10:15"), at("10:00"), at("09:45")]
    assert {run.expirations for run in done} == {12}
    stored = say(
        databases.app_premium.url,
        "SELECT source, count(DISTINCT expiration) FROM chain_snapshots WHERE symbol = 'SPY' GROUP BY 1 ORDER BY 1",
    )
    assert ("cboe_scan", 4) in stored


def test_scans_that_were_missed_are_reported(begun):
    moving, _source, work, databases = begun
    for clock in ("09:45", "10:50"):
        moving.to(at(clock))
        work.tick()
    assert [(run.planned_at, run.status) for run in reversed(tried(databases, "scan"))] == [
        (at("09:45"), "done"),
        *((at(f"10:{minute}"), "missed") for minute in ("00", "15", "30")),
        (at("10:45"), "done"),
    ]


def test_a_scan_that_a_collector_died_in_is_made_up_for_while_it_is_its_time(begun):
    moving, _source, work, databases = begun
    moving.to(at("09:45"))
    work.tick()
    for planned, clock in (("10:00", "10:05"), ("10:15", "10:35")):
        collection.begin_run(databases.ingest, "scan", "cboe", DAY, at(planned), at(planned), 3)
        moving.to(at(clock))
        collection.lose_runs(databases.ingest, moving())
        work.tick()
    assert sorted((run.planned_at, run.status) for run in tried(databases, "scan")) == [
        (at("09:45"), "done"), (at("10:00"), "done"), (at("10:00"), "lost"), (at("10:15"), "lost"), (at("10:30"), "done"),
    ]  # fmt: skip


def test_a_database_that_goes_away_in_a_scan_is_no_fault_of_the_source(begun, monkeypatch):
    moving, _source, work, databases = begun

    def away(_db, payload):
        if payload.source == "cboe_scan":
            raise DatabaseUnavailable

    moving.to(at("09:45"))
    with monkeypatch.context() as broken:
        broken.setattr("ingest.timetable.collecting.examine", away)
        with pytest.raises(DatabaseUnavailable):
            work.tick()
    collection.lose_runs(databases.ingest, moving())
    work.tick()
    assert [run.status for run in tried(databases, "scan")] == ["done", "lost"]


class Told:
    """What replies say of the clock: seconds by which it is off."""

    def __init__(self, off):
        self.off = off

    def words(self):
        return f"{self.off} s off" if self.off else ""

    def refusal(self):
        return f"wrong_clock: {self.words()}" if abs(self.off) > 300 else ""


@pytest.fixture
def misled(databases):
    """(what is told of the clock, moving, source, work): a scan is due, and the clock is ten minutes ahead."""
    moving, told = Moving(at("10:00")), Told(600)
    source = Source(moving)
    work = collecting(databases, moving, cboe=source)
    work._skew = told
    return told, moving, source, work


def test_nothing_is_published_by_a_wrong_clock_and_it_is_said_why(misled, databases):
    _told, moving, source, work = misled
    for _ in range(5):
        work.tick()
        moving.on(1)
    assert (tried(databases, None), work.trouble) == ([], "600 s off")
    assert source.asked == [("AAPL", 4)]  # for the time, once in five minutes


def test_a_clock_that_the_replies_find_wrong_costs_one_try_that_does_not_count(misled, databases):
    told, _moving, source, work = misled
    told.off, source.fetch = 0, lambda *_, fetch=source.fetch: (setattr(told, "off", 600), fetch(*_))[1]
    work.tick()
    (run,) = tried(databases, None)
    assert (run.duty, run.names, run.published, run.reason) == ("start", 0, 0, "wrong_clock: 600 s off")


def test_what_a_wrong_clock_kept_back_is_made_up_for_when_it_is_set(misled, databases):
    told, moving, _source, work = misled
    work.tick()
    told.off = 0
    moving.to(at("10:01"))
    work.tick()
    assert {(run.duty, run.status) for run in tried(databases, None)[:2]} == {("start", "done"), ("scan", "done")}
    assert work.trouble == ""


def test_what_a_dead_collector_was_at_is_reported_as_lost(databases):
    collection.begin_run(databases.ingest, "close", "cboe", DAY, at("16:35"), at("16:35"), 3)
    assert collection.lose_runs(databases.ingest, at("16:40")) == 1
    assert tried(databases, "close")[0].status == "lost"


def test_who_takes_over_need_not_wait_for_the_next_try_of_the_dead(begun):
    moving, _source, work, databases = begun
    moving.to(at("16:35"))
    collection.begin_run(databases.ingest, "close", "cboe", DAY, moving(), moving(), 3)
    collection.lose_runs(databases.ingest, moving())
    work.tick()
    assert [run.status for run in tried(databases, "close")] == ["done", "lost"]


def test_the_lists_of_a_session_are_fetched_after_its_close(databases):
    moving = Moving(at("16:36"))
    slots = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")

    def bring(wanted):
        assert tuple(wanted) == slots
        for slot in wanted:
            body = files.write("F", DAY, slot, 12, files.stamp(DAY, "03:36pm"))
            yield RobotFailed("captcha", "The site asks for one.") if slot == "etfs-decrease" else Raw("", slot, body, moving())

    plan = Plan((), ("barchart",), (), (), {})
    Collecting(databases.ingest, databases.settings.oiflow_home, moving, plan, {}, lambda: (0, 0), bring).tick()
    (run,) = tried(databases, "lists")
    assert (run.names, run.names_expected, run.status) == (3, 4, "partial")
    assert run.reason.startswith("captcha")


@pytest.fixture
def impatient(monkeypatch):
    """The wait for another import is cut to what a test has time for."""
    monkeypatch.setattr("ingest.pipeline.only_importer", partial(only_importer, wait=0.1))


def test_a_scan_that_another_import_kept_from_the_store_is_made_up_for(begun, impatient):
    moving, _source, work, databases = begun
    moving.to(at("09:45"))
    with only_importer(databases.ingest), pytest.raises(ImportBusy):
        work._scan()
    (busy,) = tried(databases, "scan")
    assert (busy.status, busy.reason) == ("lost", f"import_busy: {ImportBusy()}")
    work._scan()
    assert [(run.status, run.planned_at) for run in tried(databases, "scan")] == [("done", at("09:45")), ("lost", at("09:45"))]


def test_a_duty_that_another_import_kept_from_the_store_is_asked_for_once(begun, impatient):
    moving, source, work, databases = begun
    moving.to(at("16:35"))
    with only_importer(databases.ingest), pytest.raises(ImportBusy):
        work.tick()
    asked = len(source.asked)
    work.tick()
    assert (len(source.asked), state(databases, moving, "close")) == (asked, "published")


def test_a_try_that_ends_with_a_fault_of_ours_does_not_go_on(begun, monkeypatch):
    moving, _source, work, databases = begun
    moving.to(at("10:00"))
    monkeypatch.setattr("ingest.timetable.collecting.publish_payloads", lambda *_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work._scan()
    (run,) = tried(databases, "scan")
    assert (run.status, run.reason) == ("failed", "failed: ZeroDivisionError")
