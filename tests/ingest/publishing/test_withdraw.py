"""Withdrawing a load: gone for readers from now on, there for earlier ones, and back with --undo."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen
from core.errors import LoadNotFound
from ingest.publishing.publish import undo_withdrawal, withdraw
from tests.ingest.importing import NOW, SESSION, bring, file, shown
from tests.ingest.test_pipeline import count, doubted, states

EARLIER = frozen(datetime(2026, 11, 10, tzinfo=UTC))
LATER = frozen(NOW() + timedelta(hours=1))
AFTER = NOW() + timedelta(hours=2)


def loads(db):
    return [row["load_id"] for row in db.dicts("set_loads", source="barchart", sessions=[SESSION])]


def test_a_withdrawn_load_is_gone_from_now_on_and_stays_for_earlier_readers(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    before = shown(databases.app_admin)
    withdraw(databases.ingest, tmp_path, loads(databases.ingest)[0], "wrong day", LATER)
    assert shown(databases.app_admin) == before
    assert shown(databases.app_admin, AFTER) != before
    assert states(databases.ingest) == ["withdrawn"]


def test_the_predecessor_is_visible_again(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    first = shown(databases.app_admin)
    bring(databases.ingest, tmp_path, file(at="02:55pm", seed=1))
    withdraw(databases.ingest, tmp_path, loads(databases.ingest)[1], "mixed up", NOW)
    assert states(databases.ingest) == ["published", "withdrawn"]
    assert shown(databases.app_admin) == first


def test_undo_brings_it_back(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    before, (load_id,) = shown(databases.app_admin), loads(databases.ingest)
    withdraw(databases.ingest, tmp_path, load_id, "wrong day", NOW)
    assert shown(databases.app_admin) != before
    undo_withdrawal(databases.ingest, tmp_path, load_id, NOW)
    assert shown(databases.app_admin) == before
    assert states(databases.ingest) == ["published"]


def test_a_withdrawn_payload_may_come_again_and_then_cannot_be_undone(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    before, (load_id,) = shown(databases.app_admin), loads(databases.ingest)
    withdraw(databases.ingest, tmp_path, load_id, "wrong day", NOW)
    assert bring(databases.ingest, tmp_path, file()).published == 12
    assert shown(databases.app_admin) == before
    with pytest.raises(LoadNotFound, match="took its place"):
        undo_withdrawal(databases.ingest, tmp_path, load_id, NOW)


def test_another_file_takes_the_place_of_a_withdrawn_one_with_its_stamp(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    before = shown(databases.app_admin)
    withdraw(databases.ingest, tmp_path, loads(databases.ingest)[0], "wrong file", LATER)
    assert bring(databases.ingest, tmp_path, file(seed=1)).published == 12
    assert shown(databases.app_admin) == before
    assert shown(databases.app_admin, AFTER) != before


def test_withdrawing_one_side_of_a_doubt_brings_the_other_row_back_and_undo_takes_it_away(databases, tmp_path):
    bring(databases.ingest, tmp_path, *doubted())
    before = shown(databases.app_admin)
    standing = databases.ingest.dicts("set_loads", source="barchart", sessions=[SESSION])
    etfs = [load["load_id"] for load in standing if load["slot"] == "etfs-increase"]
    withdraw(databases.ingest, tmp_path, etfs[0], "wrong file", EARLIER)
    assert count(databases.app_premium, "options_flow") == 5
    undo_withdrawal(databases.ingest, tmp_path, etfs[0], NOW)
    assert count(databases.app_premium, "options_flow") == 8
    assert shown(databases.app_admin, datetime(2026, 11, 3, tzinfo=UTC)) == before


def test_a_load_that_is_not_there_or_not_published_cannot_be_withdrawn(databases, tmp_path):
    bring(databases.ingest, tmp_path, file())
    with pytest.raises(LoadNotFound):
        withdraw(databases.ingest, tmp_path, 999, "no such", NOW)
    with pytest.raises(LoadNotFound):
        undo_withdrawal(databases.ingest, tmp_path, loads(databases.ingest)[0], NOW)
