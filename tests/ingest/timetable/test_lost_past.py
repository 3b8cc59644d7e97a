"""A list that lost its past is held back by the one that stands; corrections, announcements and a believed list come in."""

from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from core.sessions import sessions_between
from db import reference
from ingest.timetable.lost_past import is_lost, told
from tests.db.statements import say
from tests.ingest.sources.samples.reference import calendar, chart, directory, yields
from tests.ingest.timetable.driven import DAY, at
from tests.ingest.timetable.evenings import YIELDS
from usecases.collection import runs

CHART, LIST = "/v8/finance/chart/AAPL", "/dynamic/SymDir/nasdaqlisted.txt"
PAID = {date(2016 + each // 4, 2 + 3 * (each % 4), 7): 0.2 + each / 100 for each in range(40)}
LATEST = dict([*PAID.items()][4:])
SPLIT = {date(2020, 8, 31): (4.0, 1.0)}
LISTED = [f"A{each}|Acme {each} Inc.|Q|N|N|100|N|N" for each in range(40)]
NEXT = DAY + timedelta(days=1)


def shows(site, source, events):
    """Let a site show these from now on."""
    if source == "yahoo_actions":
        site.table[CHART] = (200, chart("AAPL", *events))
    elif source == "nasdaq_names":
        site.table[LIST] = (200, directory(*events).encode())
    else:
        site.table[YIELDS] = (200, yields(events).encode())


MONTH = sessions_between(date(2026, 11, 2), DAY)
CUT = [
    *(("yahoo_actions", (PAID, SPLIT), cut) for cut in ((), (PAID,), ({}, SPLIT), (LATEST, SPLIT))),
    *(("nasdaq_names", LISTED, cut) for cut in (LISTED[:20], LISTED[4:])),
    *(("treasury", MONTH, cut) for cut in ([DAY], MONTH[:-2])),
]
FINE = [
    ("yahoo_actions", (PAID, SPLIT), (dict([*PAID.items()][1:]) | {DAY: 0.7}, {date(2020, 8, 28): (4.0, 1.0)})),
    ("nasdaq_names", LISTED, LISTED[3:]),
    ("treasury", MONTH, MONTH[1:]),
]


@pytest.fixture
def evening(evenings, site):
    """What two evenings make of what a site showed, and of what it shows next."""

    def run(source, whole, cut):
        work = evenings(source)
        shows(site, source, whole)
        work.tick()
        shows(site, source, cut)
        work.moving.to(at("18:35", NEXT))
        with capture_logs() as logged:
            work.tick()
        return work, [each for each in logged if each["event"] == "source_held_back"]

    return run


def standing(work, source):
    """Facts in force, however they are kept."""
    table = {"yahoo_actions": "corporate_actions", "nasdaq_names": "listings", "treasury": "rates"}[source]
    return say(work.databases.ingest.url, f"SELECT count(*) FROM {table} WHERE source = '{source}'")[0][0]


@pytest.mark.parametrize(("source", "whole", "cut"), CUT)
def test_a_list_that_lost_its_past_leaves_the_earlier_one_in_force(evening, source, whole, cut):
    work, alerts = evening(source, whole, cut)
    last = runs(work.databases.app_admin, source=source)[0]
    assert [each["reason"] for each in alerts] == ["lost_past"]
    assert "lost_past: Of " in last.reason
    assert work.states(source)[NEXT] == "waiting"
    facts = {"yahoo_actions": 41, "nasdaq_names": 41, "treasury": 13 * 13}
    assert standing(work, source) == facts[source]


@pytest.mark.parametrize(("source", "whole", "other"), FINE)
def test_a_corrected_list_comes_in(evening, source, whole, other):
    work, alerts = evening(source, whole, other)
    assert (alerts, work.states(source)[NEXT], work.tries(source)[0][0]) == ([], "published", "done")


def test_an_announcement_may_vanish(evenings, site):
    work, announced = evenings("yahoo_actions"), date(2026, 12, 11)
    shows(site, "yahoo_actions", (PAID, SPLIT))
    site.table["/v10/finance/quoteSummary/AAPL"] = (200, calendar(announced))
    work.tick()
    assert announced in {each.ex_date for each in reference.corporate_actions(work.databases.ingest, ["AAPL"], work.moving())}
    site.table["/v10/finance/quoteSummary/AAPL"] = (200, calendar(None))
    work.moving.to(at("18:35", NEXT))
    work.tick()
    assert announced not in {each.ex_date for each in reference.corporate_actions(work.databases.ingest, ["AAPL"], work.moving())}


def test_what_is_held_back_is_kept_once_and_the_whole_list_comes_in(evening, site):
    work, _ = evening("nasdaq_names", LISTED, LISTED[:20])
    for made in ("1119202617:31", "1119202617:46"):
        site.table[LIST] = (200, directory(*LISTED[:20], made=made).encode())
        work.tick(minutes=20)
    kept = "SELECT source, reason, count(*) FROM loads WHERE state = 'refused' GROUP BY 1, 2"
    assert say(work.databases.ingest.url, kept) == [("nasdaq_names", "lost_past", 1)]
    shows(site, "nasdaq_names", LISTED)
    work.tick(minutes=20)
    assert work.states("nasdaq_names")[NEXT] == "published"


def test_an_admin_lets_a_shorter_list_in(evening):
    work, _ = evening("yahoo_actions", (PAID, SPLIT), ())
    assert "lost_past" in work.ask("yahoo_actions", symbols="AAPL").reason
    assert work.ask("yahoo_actions", symbols="AAPL", believe=True).failed == {}
    assert standing(work, "yahoo_actions") == 0
    work.moving.to(at("18:35", NEXT + timedelta(days=1)))
    work.tick()
    assert work.tries("yahoo_actions")[0][0] == "done"


def test_the_bound_is_a_tenth_of_a_kind_and_more_than_one_or_the_whole_kind():
    days = [(date(2026, 1, each), "dividend") for each in range(1, 31)]
    split = (date(2026, 1, 1), "split")
    lost = {number: is_lost({*days, split}, {*days[number:], split}) for number in (0, 1, 2, 3, 30)}
    assert lost == {0: False, 1: False, 2: False, 3: True, 30: True}
    assert is_lost({*days, split}, set(days))
    assert not is_lost(set(), set(days))


def test_what_is_still_to_come_or_without_a_figure_is_no_past():
    fact = {"ex_date": DAY, "kind": "dividend", "amount": 0.2, "ratio": None}
    assert told("actions", [fact], DAY) == set()
    assert told("actions", [fact], NEXT) == {(DAY, "dividend")}
    assert told("actions", [fact | {"amount": None}], NEXT) == set()
