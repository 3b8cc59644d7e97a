"""R5 and R7 through the whole pipeline: a tenth of the mutated files, all of the wrong ones."""

import pytest

from tests.campaign.mutations import bring_faulty_sessions, bring_wrong_files, bring_yesterdays_files, mutate

pytestmark = pytest.mark.timeout(600)  # half a minute of work, but much more where others keep the processors


def test_no_row_of_a_mutated_file_vanishes_and_none_is_read_as_something_else(databases, tmp_path):
    found = mutate(databases, tmp_path, n=1000, seed=5)
    assert (found.unaccounted, found.crashes, found.misplaced) == (0, 0, 0)
    assert found.coerced == []
    assert found.rows_in == found.published + found.quarantined + found.duplicates > 10_000
    assert (found.files, found.compared > 20 * found.published) == (1000, True)


def test_no_wrong_file_is_accepted(databases, tmp_path):
    found = bring_wrong_files(databases, tmp_path, n=500, seed=7)
    assert (found.accepted, found.unexpected) == (0, 0)
    assert found.files >= 500
    assert databases.ingest.value("data_version") == 0


def test_no_faulty_session_is_accepted_without_its_mark(databases, tmp_path):
    found = bring_faulty_sessions(databases, tmp_path, markets=1, seed=8)
    assert (found.accepted, found.marked) == (0, found.files)


def test_no_file_of_yesterday_shows_anything_new(databases, tmp_path):
    found = bring_yesterdays_files(databases, tmp_path, markets=1, seed=8)
    assert (found.accepted, found.duplicates) == (0, 4)
