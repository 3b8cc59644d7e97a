"""Flags follow what is visible: derived again for late, missing, corrected and withdrawn files."""

from datetime import date

from ingest.publishing.publish import derive_again, withdraw
from tests.ingest.importing import NOW, SESSION, SLOTS, bring, file, flags, shown, whole_set

NEXT = date(2026, 11, 3)


def known(db):
    """The stamps of the session's files."""
    return [load["known_at"] for load in db.dicts("derive_loads", source="barchart", first=SESSION, last=SESSION)]


def test_a_whole_session_has_no_flag(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set())
    assert flags(databases.app_admin) == {SESSION: []}


def test_a_session_is_partial_until_its_last_slot_comes(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set()[:3])
    assert flags(databases.app_admin) == {SESSION: ["partial"]}
    bring(databases.ingest, tmp_path, whole_set()[3])
    assert flags(databases.app_admin) == {SESSION: []}


def test_a_reader_before_the_last_stamp_sees_the_session_partial(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set())
    stamps = known(databases.app_admin)
    assert flags(databases.app_admin, min(stamps)) == {SESSION: ["partial"]}
    assert flags(databases.app_admin, max(stamps)) == {SESSION: []}


def test_a_late_file_of_the_session_before_is_counted(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set(NEXT, count=12))
    assert flags(databases.app_admin)[NEXT] == []
    bring(databases.ingest, tmp_path, *whole_set(SESSION, count=60))
    assert flags(databases.app_admin)[NEXT] == ["partial"]


def test_what_comes_later_never_changes_a_flag(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set(SESSION, count=12))
    bring(databases.ingest, tmp_path, *whole_set(NEXT, count=80))
    assert flags(databases.app_admin)[SESSION] == []


def test_a_withdrawal_leaves_the_session_partial_and_keeps_it_whole_for_earlier_readers(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set())
    load = databases.app_admin.dicts("derive_loads", source="barchart", first=SESSION, last=SESSION)[0]
    withdraw(databases.ingest, tmp_path, load["load_id"], "wrong day", NOW)
    assert flags(databases.app_admin) == {SESSION: ["partial"]}
    assert flags(databases.app_admin, max(known(databases.app_admin))) == {SESSION: []}


def test_deriving_again_changes_nothing_but_the_version(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set(), file(SLOTS[0], NEXT))
    before, version = shown(databases.app_admin), databases.app_admin.value("data_version")
    answer = derive_again(databases.ingest, NOW, date.min, date.max)
    assert (shown(databases.app_admin), answer.sessions) == (before, 2)
    assert databases.app_admin.value("data_version") == version + 1
