"""A few real files of each kind through the whole pipeline, where there are any beside the checkout."""

import pytest

from tests.ingest.real_files import KINDS, MAPPED, bring_kind, files_of

NOT_STORED = {"option_bars_1min"}
WITHOUT_CONTRACTS = {"not_a_session", "not_stored", "no_rows", "provider_error", "reference_only", "single_contract"}
FEW = 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_a_kind_is_accounted_for_and_nothing_is_published_twice(databases, tmp_path, kind):
    found = bring_kind(databases, tmp_path, kind, files_of(kind, FEW))
    assert found.rows_in == found.published + sum(found.quarantined.values()) + found.duplicates
    assert (found.published > 0) == (kind not in NOT_STORED)
    assert (found.again_published, found.refused["parser_failed"]) == (0, 0)
    assert found.refused.keys() <= WITHOUT_CONTRACTS, found.problems
    assert kind not in MAPPED or found.counted == found.stated


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "chain_history_2026"])
def test_copies_of_the_day_before_on_holidays_never_become_sessions(databases, tmp_path, kind):
    holidays = [path for path in files_of(kind) if path.parts[-3] in ("2026-05-25", "2026-06-19", "2026-07-03")][::6]
    found = bring_kind(databases, tmp_path, kind, holidays)
    assert (found.published, found.refused) == (0, {"not_a_session": len(holidays)})
