"""What no file shows by itself is accepted and marked: through the real pipeline, whatever came first."""

import pytest

from tests.ingest.faulty_sessions import CAP, FAULTS, faulty, market, sound
from tests.ingest.importing import bring, flags


@pytest.fixture(scope="module")
def made():
    return market(seed=5)


def test_a_session_without_a_fault_is_not_marked(databases, tmp_path, made):
    bring(databases.ingest, tmp_path, *made.history)
    bring(databases.ingest, tmp_path, *sound(made))
    assert list(flags(databases.app_admin).values()) == [[]] * len(made.days)


@pytest.mark.parametrize("history_first", [True, False], ids=["", "though it came before its history"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_session_is_accepted_and_marked_when_it_has(databases, tmp_path, made, fault, history_first):
    wrong = faulty(made, fault, seed=5)
    for each in (made.history, wrong) if history_first else (wrong, made.history):
        assert bring(databases.ingest, tmp_path, *each).refused == 0
    found = flags(databases.app_admin)
    assert FAULTS[fault] in found[made.today]
    assert all(found[day] == [] for day in made.days[:-1])


def test_a_fault_that_is_corrected_is_not_marked_any_more(databases, tmp_path, made):
    bring(databases.ingest, tmp_path, *made.history, *faulty(made, "a slot is missing", seed=5))
    bring(databases.ingest, tmp_path, *sound(made))
    assert flags(databases.app_admin)[made.today] == []


def test_one_file_under_two_names_counts_once(databases, tmp_path, made):
    report = bring(databases.ingest, tmp_path, *faulty(made, "one file under the names of two slots", seed=5))
    assert (report.published, report.duplicates) == (36, 12)


def test_yesterdays_files_once_more_are_duplicates_and_make_no_session(databases, tmp_path, made):
    bring(databases.ingest, tmp_path, *made.history)
    report = bring(databases.ingest, tmp_path, *made.history[-4:])
    assert (report.published, report.duplicates) == (0, 48)
    assert made.today not in flags(databases.app_admin)


def test_a_cut_file_is_shown_with_all_its_rows(databases, tmp_path, made):
    bring(databases.ingest, tmp_path, *made.history)
    report = bring(databases.ingest, tmp_path, *faulty(made, "exactly as many rows as the site exports", seed=5))
    assert report.published == CAP + 36
