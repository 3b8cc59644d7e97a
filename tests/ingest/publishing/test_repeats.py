"""History files that come again: what stands counts as duplicates, what is new is published, what contradicts is refused."""

from dataclasses import replace

import pytest

from ingest.publishing.publish import withdraw
from tests.ingest.importing import NOW, bring, shown
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import DAY, chain

DAYS = {"17-11": chain(), "18-11": chain()}
GROWN = DAYS | {"19-11": chain()}
CHANGED = GROWN | {"18-11": [replace(chain()[0], open_interest=999), *chain()[1:]]}
HEADER = "datetime,open,high,low,close,volume\n"


def body(raw):
    return raw.file_name, raw.body


def history(days):
    return body(files.occ_history(days))


def prices(*days, close="$25.64"):
    return body(files.prices(*(files.day_of_prices(day, close=close) for day in days)))


def bars(*minutes, close="1.1"):
    rows = "".join(f"2026-11-19 10:{minute:02d}:00,1.1,1.2,1.0,{close},42\n" for minute in minutes)
    return "ABCD_1min.csv", (HEADER + rows).encode()


def fate(report):
    assert report.rows_in == report.published + report.quarantined + report.duplicates
    return report.published, report.duplicates, [refusal["reason"] for refusal in report.refusals]


def loads(db, source="occ_open_interest"):
    return db.dicts("load_list", source=source, state=None, session_date=None, most=99)


def test_a_history_that_grew_by_a_day_brings_that_day(databases, tmp_path):
    bring(databases.ingest, tmp_path, history(DAYS))
    assert fate(bring(databases.ingest, tmp_path, history(GROWN))) == (36, 72, [])
    assert len(loads(databases.app_admin)) == 3


def test_both_in_one_command_do_the_same(databases, tmp_path):
    assert fate(bring(databases.ingest, tmp_path, history(GROWN), history(DAYS))) == (108, 72, [])


def test_another_form_of_the_same_figures_is_all_duplicates(databases, tmp_path):
    bring(databases.ingest, tmp_path, history(GROWN))
    before = shown(databases.app_admin)
    assert fate(bring(databases.ingest, tmp_path, body(files.occ_display(GROWN)))) == (0, 108, [])
    assert shown(databases.app_admin) == before


def test_in_one_command_the_longer_form_is_published_and_its_part_repeated(databases, tmp_path):
    days = {"18-11": chain(strikes=7), "19-11": chain()}
    report = bring(databases.ingest, tmp_path, body(files.occ_display(days)), history(days))
    assert report.refusals == []
    assert (report.published, report.duplicates, report.reasons) == (28 + 36, 28 + 36, {"empty_pair": 8})


def test_a_figure_that_differs_is_refused_and_all_else_taken(databases, tmp_path):
    bring(databases.ingest, tmp_path, history(DAYS))
    report = bring(databases.ingest, tmp_path, history(CHANGED))
    assert fate(report) == (36, 36, ["same_stamp"])
    assert report.refused == 0
    assert "1 of its 3 parts, the last ABCD of 2026-11-18" in report.refusals[0]["message"]


def test_a_part_that_was_refused_is_taken_once_the_other_is_withdrawn(databases, tmp_path):
    bring(databases.ingest, tmp_path, history(DAYS))
    bring(databases.ingest, tmp_path, history(CHANGED))
    (wrong,) = (
        load["load_id"] for load in loads(databases.app_admin) if str(load["quote_session"]) == "2026-11-18" and load["slot"]
    )
    withdraw(databases.ingest, tmp_path, wrong, "wrong figure", NOW)
    assert fate(bring(databases.ingest, tmp_path, history(CHANGED))) == (36, 72, [])
    assert fate(bring(databases.ingest, tmp_path, history(CHANGED))) == (0, 108, [])


def test_a_file_of_which_every_part_differs_is_refused_as_a_whole(databases, tmp_path):
    bring(databases.ingest, tmp_path, history(DAYS))
    others = {label: [replace(one, open_interest=one.open_interest + 1) for one in chain()] for label in DAYS}
    report = bring(databases.ingest, tmp_path, history(others))
    assert (report.files, report.refused, fate(report)) == (1, 1, (0, 0, ["same_stamp"]))


@pytest.mark.parametrize("make", [prices, bars])
def test_prices_and_bars_that_stand_are_duplicates_too(databases, tmp_path, make):
    one, two = ("11/18/2026", "11/19/2026") if make is prices else (31, 32)
    bring(databases.ingest, tmp_path, make(one))
    again = fate(bring(databases.ingest, tmp_path, make(one, two)))
    assert again == ((1, 1, []) if make is prices else (0, 0, ["same_stamp"]))  # a day of bars is one payload, and it grew


@pytest.mark.parametrize("make", [prices, bars])
def test_prices_and_bars_that_differ_are_refused(databases, tmp_path, make):
    days = ("11/19/2026",) if make is prices else (31, 32)
    bring(databases.ingest, tmp_path, make(*days))
    other = make(*days, close="$25.65" if make is prices else "1.15")
    assert fate(bring(databases.ingest, tmp_path, other)) == (0, 0, ["same_stamp"])


def test_fewer_bars_of_a_day_say_nothing_new(databases, tmp_path):
    bring(databases.ingest, tmp_path, bars(31, 32, 33))
    assert fate(bring(databases.ingest, tmp_path, bars(33, 31))) == (0, 2, [])


def test_looks_of_one_session_are_all_counted_and_the_latest_is_seen(databases, tmp_path):
    hours = files.crypto_hourly(*(f"2026-11-19T{hour:02d}:00:00.000000" for hour in range(5)))
    assert fate(bring(databases.ingest, tmp_path, body(hours))) == (10, 0, [])
    states = [load["state"] for load in loads(databases.app_admin, "crypto_options_hourly")]
    assert sorted(states) == ["published"] + ["superseded"] * 4


def test_one_file_may_span_months_finished_and_not(databases, tmp_path):
    days = {label: chain() for label in ("29-9", "30-9", "30-10", "2-11", "3-11")}
    months = [f"{day}/2026" for day in ("08/05", "08/06", "09/03", "09/04", "10/05", "10/06", "11/05", "11/06")]
    report = bring(databases.ingest, tmp_path, history(days), prices(*months))
    assert fate(report) == (5 * 36 + 8, 0, [])
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tableoid), count(*) FROM facts.chain_snapshots")
        assert cursor.fetchone() == (4, 5 * 36)  # two months, and two days of the one that is not over


def test_a_second_import_publishes_nothing(databases, tmp_path):
    every = [history(GROWN), prices("11/18/2026", "11/19/2026"), bars(31), body(files.with_greeks(chain()))]
    report = bring(databases.ingest, tmp_path, *every)
    before = shown(databases.app_admin)
    assert fate(bring(databases.ingest, tmp_path, *every)) == (0, report.rows_in, [])
    assert shown(databases.app_admin) == before


def test_a_source_of_a_mapping_is_written_down_with_its_first_load(databases, tmp_path):
    bring(databases.ingest, tmp_path, body(files.with_greeks(chain())))
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT label, holds, preference FROM sources WHERE source = 'chain_with_greeks_json'")
        assert cursor.fetchall() == [("Chains with Greeks, JSON", "chains", 240)]


def test_figures_of_a_chain_are_those_of_the_file(databases, tmp_path):
    bring(databases.ingest, tmp_path, body(files.with_greeks(chain())))
    with databases.app_premium.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            'SELECT strike::float, "right", open_interest, volume, last::float FROM chain_snapshots WHERE quote_session = %s',
            (DAY,),
        )
        found = {(strike, right): tuple(figures) for strike, right, *figures in cursor.fetchall()[:]}
    one = chain()[-1]
    assert found[one.strike, one.right] == (one.open_interest, one.volume, pytest.approx(one.price))
