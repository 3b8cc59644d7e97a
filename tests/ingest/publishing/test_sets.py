"""The files of a session judged together: one contract in doubt, or said twice, whatever the order in which the files came."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen
from ingest.publishing.publish import undo_withdrawal, withdraw
from tests.ingest import barchart_files as files
from tests.ingest.importing import NOW, SESSION, bring, empty, file, shown

EARLIER = frozen(datetime(2026, 11, 10, tzinfo=UTC))
LATER = frozen(NOW() + timedelta(hours=1))
MOMENTS = [datetime(2026, 11, 2, 20, minute, tzinfo=UTC) for minute in (41, 42, 43, 50, 55)] + [NOW()]


def named(symbol, **changes):
    return files.row(SESSION, symbol=symbol, **changes)


def with_rows(slot, at, *extra):
    """A file of four sound rows and some more."""
    return file(slot, at=at, lines=[*files.rows(SESSION, slot, 4), *extra])


TWICE = with_rows("stocks-increase", "02:41pm", named("XYZQ"), named("XYZQ", open_interest=5000), named("ABCD"))
THIRD = with_rows("etfs-increase", "02:43pm", named("XYZQ"), named("ABCD"))
FOURTH = with_rows("etfs-decrease", "02:42pm", named("ABCD", oi_change=-300), named("XYZR", oi_change=-300))
CORRECTED = with_rows("stocks-increase", "02:50pm", named("XYZQ"), named("XYZR", open_interest=9000))
EVERY = [TWICE, THIRD, FOURTH, CORRECTED]


def listed(db, symbol):
    """Slots that show a contract of this ticker."""
    with db.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT slot FROM options_flow WHERE symbol = %s ORDER BY slot", (symbol,))
        return [slot for (slot,) in cursor.fetchall()]


def load_of(db, slot):
    """The newest load of a slot."""
    return [row for row in standing(db) if row["slot"] == slot][-1]["load_id"]


def standing(db):
    return db.dicts("set_loads", source="barchart", sessions=[SESSION])


def fingerprints(databases):
    return [shown(databases.app_admin, moment) for moment in MOMENTS]


@pytest.fixture
def together(databases, tmp_path):
    """What each moment shows when all files come in one command."""
    bring(databases.ingest, tmp_path, *EVERY)
    found = fingerprints(databases)
    empty(databases.owner)
    return found


@pytest.mark.parametrize("order", [(TWICE, THIRD), (THIRD, TWICE)], ids=["before", "after"])
def test_a_row_of_a_contract_that_another_file_leaves_in_doubt_is_kept_aside(databases, tmp_path, order):
    for one in order:
        bring(databases.ingest, tmp_path, one)
    assert listed(databases.app_premium, "XYZQ") == []


def test_both_in_one_command_keep_all_three_rows_aside(databases, tmp_path):
    report = bring(databases.ingest, tmp_path, TWICE, THIRD)
    assert report.reasons == {"ambiguous_contract": 3, "repeated_in_set": 1}
    assert report.rows_in == report.published + report.quarantined


@pytest.mark.parametrize("order", [(TWICE, THIRD), (THIRD, TWICE)], ids=["earlier stamp first", "later stamp first"])
def test_a_row_that_two_slots_say_alike_counts_once_where_it_was_known_first(databases, tmp_path, order):
    for one in order:
        bring(databases.ingest, tmp_path, one)
    assert listed(databases.app_premium, "ABCD") == ["stocks-increase"]
    (row,) = databases.app_admin.dicts("quarantine_list", load_id=None, reason="repeated_in_set", most=9)
    assert (row["slot"], "ABCD" in row["raw_text"]) == ("etfs-increase", True)


def test_the_other_row_counts_while_the_first_is_withdrawn(databases, tmp_path):
    bring(databases.ingest, tmp_path, TWICE, THIRD)
    load = load_of(databases.ingest, "stocks-increase")
    withdraw(databases.ingest, tmp_path, load, "wrong file", EARLIER)
    assert (listed(databases.app_premium, "ABCD"), listed(databases.app_premium, "XYZQ")) == (["etfs-increase"],) * 2
    undo_withdrawal(databases.ingest, tmp_path, load, NOW)
    assert (listed(databases.app_premium, "ABCD"), listed(databases.app_premium, "XYZQ")) == (["stocks-increase"], [])


def test_rows_that_differ_in_more_than_open_interest_are_in_doubt_against_another_slot_too(databases, tmp_path):
    torn = with_rows("stocks-increase", "02:41pm", named("XYZQ"), named("XYZQ", volume=1600))
    bring(databases.ingest, tmp_path, torn)
    report = bring(databases.ingest, tmp_path, with_rows("etfs-increase", "02:43pm", named("XYZQ", open_interest=7000)))
    assert report.reasons == {"ambiguous_contract": 1}
    assert listed(databases.app_premium, "XYZQ") == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_any_order_file_by_file_shows_what_one_command_shows_at_every_moment(databases, tmp_path, together, order):
    for place in order:
        bring(databases.ingest, tmp_path, EVERY[place])
    assert fingerprints(databases) == together
    assert miscounted(databases.owner) == []


@pytest.mark.parametrize("withdrawn", ["stocks-increase", "etfs-increase", "etfs-decrease"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:], ids=str)
def test_a_withdrawal_leaves_the_same_in_any_order_and_undone_the_same_as_before(databases, tmp_path, together, order, withdrawn):
    after = []
    for names in (range(3), order):
        for place in names:
            bring(databases.ingest, tmp_path, EVERY[place])
        before, load = fingerprints(databases), load_of(databases.ingest, withdrawn)
        withdraw(databases.ingest, tmp_path, load, "wrong file", LATER)
        bring(databases.ingest, tmp_path, CORRECTED)
        after.append([*fingerprints(databases), shown(databases.app_admin, LATER())])
        undo_withdrawal(databases.ingest, tmp_path, load, LATER)
        assert fingerprints(databases) == together != before
        assert miscounted(databases.owner) == []
        empty(databases.owner)
    assert after[0] == after[1]


def test_a_load_that_a_late_file_makes_wrong_goes_and_whoever_named_it_names_the_first_one(databases, tmp_path):
    first = with_rows("stocks-increase", "02:41pm", named("XYZQ"))
    last = with_rows("etfs-increase", "02:50pm", named("XYZQ", open_interest=9000))
    bring(databases.ingest, tmp_path, first, last)
    base, wrong = (row["load_id"] for row in standing(databases.ingest) if row["slot"] == "stocks-increase")
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("INSERT INTO requests (kind, load_id, requested_by) VALUES ('withdraw', %s, 'somebody')", (wrong,))
    for _ in range(2):
        bring(
            databases.ingest, tmp_path, with_rows("etfs-decrease", "02:43pm", named("XYZQ", open_interest=7000, oi_change=-300))
        )
    assert wrong not in [row["load_id"] for row in standing(databases.ingest)]
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT load_id FROM requests")
        assert cursor.fetchall() == [(base,)]


def test_a_file_is_read_again_by_the_name_under_which_it_was_taken(databases, tmp_path):
    strangers = [named(f"QX{letter}") for letter in "ABCD"]
    _, body = file(lines=[*strangers, named("XYZQ")])
    assert bring(databases.ingest, tmp_path, ("download.csv", body)).refusals[0]["reason"] == "slot_unknown"
    bring(databases.ingest, tmp_path, ("stocks-increase.csv", body))
    assert bring(databases.ingest, tmp_path, THIRD).published == 5


def miscounted(owner):
    """Loads whose counted rows are not those stored."""
    with owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            """SELECT load_id, rows_published, rows_quarantined, rows_in FROM loads l WHERE state IN ('published', 'superseded')
                  AND (rows_published <> (SELECT count(*) FROM facts.options_flow f WHERE f.load_id = l.load_id)
                    OR rows_quarantined <> (SELECT count(*) FROM quarantine q WHERE q.load_id = l.load_id)
                    OR rows_in <> rows_published + rows_quarantined + rows_duplicate)"""
        )
        return cursor.fetchall()
