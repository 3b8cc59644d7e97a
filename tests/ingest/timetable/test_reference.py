"""Reference by the clock and on demand: real clients against stand-ins over a real database, evening by evening."""

from datetime import date

import pytest

from core.errors import SettingsError
from db import reference
from tests.ingest.sources.samples.reference import yields
from tests.ingest.timetable.driven import DAY, at
from tests.ingest.timetable.evenings import EARLIER, YIELDS
from usecases.collection import runs


def test_each_list_comes_once_an_evening(evenings, site):
    work = evenings("treasury,nasdaq_names,yahoo_actions")
    work.tick()
    asked = len(site.asked)
    work.tick(minutes=5)
    assert len(site.asked) == asked
    for source, names in (("treasury", 1), ("nasdaq_names", 2), ("yahoo_actions", 2)):
        assert (work.states(source)[DAY], work.tries(source)[0]) == ("published", ("done", names, names))
    assert (work.curve().source, len(reference.corporate_actions(work.databases.ingest, ["AAPL"], work.moving()))) == (
        "treasury",
        1,
    )


def test_nothing_is_asked_before_the_evening(evenings, site):
    work = evenings("treasury")
    work.moving.to(at("18:35", EARLIER))
    work.tick()
    work.moving.to(at("18:25"))
    work.tick()
    assert list(work.states("treasury")) == [EARLIER]


def test_a_site_that_fails_is_tried_again_and_later_counts_as_late(evenings, site):
    shown = dict(site.table)
    site.table[YIELDS] = (404, b"")
    work = evenings("treasury")
    work.tick()
    assert (work.states("treasury")[DAY], work.tries("treasury")) == ("waiting", [("failed", 0, 1)])
    for _ in range(3):
        work.tick(minutes=90)
    assert work.states("treasury")[DAY] == "gap"
    site.table |= shown
    work.tick(minutes=16)
    assert (work.states("treasury")[DAY], work.tries("treasury")[0]) == ("late", ("done", 1, 1))


def test_of_two_lists_the_one_that_is_missing_is_asked_for_again(evenings, site):
    shown = site.table.pop("/dynamic/SymDir/otherlisted.txt")
    work = evenings("nasdaq_names")
    work.tick()
    site.table["/dynamic/SymDir/otherlisted.txt"] = shown
    work.tick(minutes=5)
    assert work.tries("nasdaq_names") == [("done", 1, 1), ("partial", 1, 2)]
    assert site.paths().count("/dynamic/SymDir/nasdaqlisted.txt") == 1


def test_a_list_in_another_format_is_held_back_with_its_reason(evenings, site):
    site.table[YIELDS] = (200, yields([DAY]).replace('"10 Yr"', '"Ten"').encode())
    work = evenings("treasury")
    work.tick()
    (run,) = runs(work.databases.app_admin, source="treasury")
    assert (run.status, run.reason.split(":")[0]) == ("failed", "schema_drift")
    assert work.curve().assumed


def test_lists_that_did_not_change_are_done_without_a_new_load(evenings):
    work = evenings("treasury")
    work.tick()
    work.moving.to(at("18:35", DAY.replace(day=19)))
    work.tick()
    assert work.states("treasury")[DAY.replace(day=19)] == "published"
    assert [run.duplicates for run in runs(work.databases.app_admin, source="treasury")] == [2, 0]


# ---------------------------------------------------------------- rates.toml
def edit(work, rate):
    work.settings.oiflow_home.mkdir(parents=True, exist_ok=True)
    head = 'describes = 2026-11-02\nknown = 2026-11-03\nassumed = true\nconvention = "annual"'
    (work.settings.oiflow_home / "rates.toml").write_text(f"[[curve]]\n{head}\n[curve.rates]\n30 = {rate}\n")


def test_the_rates_that_ship_are_there_without_any_source(evenings):
    work = evenings("")
    work.tick()
    assert (work.curve().assumed, work.curve().rate) == (True, [0.04, 0.04])


def test_an_edited_file_counts_from_the_next_look_on_also_when_it_is_taken_back(evenings):
    work = evenings("")
    for rate in (0.05, 0.06, 0.05):
        edit(work, rate)
        work.tick(minutes=60)
    seen = [work.curve(moment=at(text)).quoted for text in ("19:36", "20:36", "21:36")]
    assert seen == [[0.05], [0.06], [0.05]]


def test_a_collector_that_starts_anew_stores_no_file_again(evenings):
    work = evenings("")
    work.tick()
    work.again()
    work.tick(minutes=5)
    assert len(work.databases.ingest.dicts("load_list", source="rates_file", state=None, session_date=None, most=9)) == 1


def test_a_file_with_a_fault_leaves_the_one_before_in_force_and_says_so(evenings):
    work = evenings("")
    edit(work, 0.05)
    work.tick()
    edit(work, 5)
    work.tick(minutes=1)
    assert (work.curve().quoted, "4 % is written 0.04" in work.work.trouble["rates_file"]) == ([0.05], True)
    edit(work, 0.06)
    work.tick(minutes=1)
    assert (work.curve().quoted, work.work.trouble) == ([0.06], {})


# ---------------------------------------------------------------- on demand
def test_a_source_is_fetched_when_somebody_asks(evenings):
    done = evenings("").ask("nasdaq_names")
    assert (done.names, done.names_expected, done.rows_in, done.published, done.reason) == (2, 2, 2, 2, None)


def test_months_of_yields_are_asked_for_by_name_or_session(evenings, site):
    work = evenings("")
    assert work.ask("treasury", symbols="2026-11").published == 2
    work.ask("treasury", session=date(2026, 11, 3))
    assert site.paths() == [YIELDS] * 2


def test_what_cannot_be_asked_for_is_said(evenings):
    work = evenings("")
    with pytest.raises(SettingsError, match="cannot give"):
        work.ask("nasdaq_names", session=EARLIER)
    with pytest.raises(SettingsError, match="cannot be fetched; there are cboe"):
        work.ask("actions_file")


def test_a_name_that_fails_is_said_with_its_reason(evenings):
    done = evenings("").ask("yahoo_actions", symbols="AAPL,NONE")
    assert (done.names, list(done.failed)) == (1, ["NONE"])
