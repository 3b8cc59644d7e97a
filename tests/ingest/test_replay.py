"""R3: a day rebuilt from its raw bytes is the day that is stored, also in another process; what differs is named cell by cell."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen
from core.errors import MissingFile, NotEmpty, RawPayloadLost
from ingest import packs
from ingest.publishing.publish import withdraw
from ingest.rebuild import rebuild
from ingest.replay import replay
from tests.campaign import replayed
from tests.db.statements import say
from tests.ingest import history
from tests.ingest.futures.running import Running
from tests.ingest.importing import NOW, SESSION, bring, file, shown

MOMENTS = [None, datetime(2026, 11, 2, 20, 42, tzinfo=UTC), datetime(2026, 11, 18, 21, tzinfo=UTC)]


@pytest.fixture
def home(databases, tmp_path):
    """The home of a store with a past."""
    history.files(databases, tmp_path / "old")
    history.live(databases, tmp_path / "old")
    return tmp_path / "old"


def say_as_owner(databases, *statements):
    return say(databases.settings.database_url.get_secret_value(), *statements)


def test_every_load_is_rebuilt_to_the_cell(databases, home):
    before = say_as_owner(databases, "SELECT count(*) FROM loads")
    found = replay(databases.ingest, home, NOW)
    assert [(load.file_name, load.why, load.cells) for load in found.loads if not load.equal] == []
    assert (found.different, found.flags, found.equal >= 14, found.rows > 300) == (0, [], True, True)
    assert say_as_owner(databases, "SELECT count(*) FROM loads") == before


def test_one_session_of_one_source(databases, home):
    found = replay(databases.ingest, home, NOW, SESSION, "barchart")
    assert (found.days, {(load.source, load.quote_session) for load in found.loads}) == (1, {("barchart", SESSION)})
    assert replay(databases.ingest, home, NOW, SESSION, "cboe").days == 0


def test_withdrawn_loads_are_rebuilt_too(databases, home):
    standing = databases.ingest.dicts("set_loads", source="barchart", sessions=[SESSION])
    etfs = next(load["load_id"] for load in standing if load["slot"] == "etfs-increase")
    withdraw(databases.ingest, home, etfs, "wrong file", frozen(NOW() + timedelta(hours=1)))
    bring(databases.ingest, home, *history.doubted()[1:])
    found = replay(databases.ingest, home, NOW)
    assert [(load.file_name, load.why, load.cells) for load in found.loads if not load.equal] == []


@pytest.mark.parametrize(
    ("change", "table", "column"),
    [
        ("UPDATE facts.options_flow SET volume = volume + 1 WHERE oi_change > 0", "options_flow", "volume"),
        ("UPDATE facts.chain_snapshots SET bid = NULL WHERE source_delta > 0.9", "chain_snapshots", "bid"),
        ("UPDATE facts.oi_daily SET call_volume = 1 + call_volume", "oi_daily", "call_volume"),
        ("UPDATE facts.oi_expiration SET contracts = 0", "oi_expiration", "contracts"),
        ("UPDATE facts.underlying_daily SET close = 1.5", "underlying_daily", "close"),
        ("UPDATE quarantine SET reason = 'bad_strike'", "quarantine", "reason"),
        ("DELETE FROM quarantine", "quarantine", "the row"),
        ("UPDATE facts.rates SET assumed = NOT assumed", "reference data", "assumed"),
        ("UPDATE loads SET volume_final = NOT volume_final WHERE state <> 'refused'", "loads", "volume_final"),
    ],
)  # fmt: skip
def test_a_changed_cell_is_found_and_named(databases, home, change, table, column):
    say_as_owner(databases, change)
    found = replay(databases.ingest, home, NOW)
    assert found.different > 0
    assert (table, column) in {(cell.table, cell.column) for load in found.loads for cell in load.cells}


def test_a_load_whose_stamp_was_changed_is_different(databases, home):
    say_as_owner(databases, "UPDATE loads SET known_at = known_at - interval '1 minute' WHERE source = 'cboe'")
    found = replay(databases.ingest, home, NOW, source="cboe")
    assert (found.equal, found.different) == (0, 3)


def test_flags_that_were_changed_are_named(databases, home):
    say_as_owner(databases, "UPDATE session_states SET flags = '{outlier}' WHERE source = 'cboe'")
    assert replay(databases.ingest, home, NOW).flags == ["cboe 2026-11-17", "cboe 2026-11-18"]


def test_lost_bytes_are_named(databases, home):
    for pack in (home / "raw").rglob("*.pack"):
        pack.unlink()
    found = replay(databases.ingest, home, NOW, source="cboe")
    assert (found.equal, found.different) == (0, 3)
    assert all("The raw archive lacks" in load.why for load in found.loads)


def test_an_archive_alone_fills_an_empty_database_with_the_same(databases, home, fresh, tmp_path):
    found = rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    assert [shown(fresh.app_admin, at) for at in MOMENTS] == [shown(databases.app_admin, at) for at in MOMENTS]
    assert (found.rows_in, found.left) == (found.published + found.quarantined + found.duplicates, {})
    assert replay(fresh.ingest, tmp_path / "new", NOW).different == 0


def test_what_was_fetched_live_is_known_at_the_same_instant(databases, home, fresh, tmp_path):
    rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    stamps = "SELECT source, slot, known_at, received_at, file_name FROM loads WHERE source LIKE 'cboe%' ORDER BY 1, 2, 3"
    assert say_as_owner(fresh, stamps) == say_as_owner(databases, stamps)
    assert len(say_as_owner(fresh, stamps)) == 4


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_another_process_with_another_hash_seed_rebuilds_the_same(databases, home, fresh, tmp_path, seed):
    made = subprocess.run(
        [sys.executable, "-m", "tests.ingest.rebuilding", fresh.ingest.url, str(tmp_path / "new"), str(home / "raw")],
        env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert shown(fresh.app_admin) == shown(databases.app_admin)


def test_only_an_empty_database_is_filled_and_only_from_elsewhere(databases, home, fresh, tmp_path):
    with pytest.raises(NotEmpty):
        rebuild(databases.ingest, tmp_path / "new", home / "raw", NOW)
    with pytest.raises(MissingFile, match="own archive"):
        rebuild(fresh.ingest, home, home / "raw", NOW)
    with pytest.raises(MissingFile, match="no pack"):
        rebuild(fresh.ingest, home, tmp_path / "nowhere", NOW)


def test_a_damaged_pack_is_named_and_nothing_is_brought(home, fresh, tmp_path):
    pack = next((home / "raw").rglob("*.pack"))
    pack.write_bytes(pack.read_bytes()[:-40])
    with pytest.raises(RawPayloadLost, match="has no index"):
        rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    assert not fresh.ingest.value("has_loads")


def test_damage_anywhere_in_an_index_is_told(home):
    pack = min((home / "raw").rglob("*.pack"), key=lambda path: path.stat().st_size)
    sound, whole = packs.read_pack(pack), pack.read_bytes()
    for place in range(sound.entries[-1]["pack_offset"] + sound.entries[-1]["pack_length"], len(whole)):
        pack.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(RawPayloadLost):
            list(packs.read_pack(pack).raws())


def test_payloads_of_the_other_market_and_of_venues_are_left_out(databases, fresh, demo_databases, tmp_path):
    old = tmp_path / "old"
    bring(databases.ingest, old, file())
    running = Running(databases, old, venues=["okx"])
    running.minutes()
    running.desk.close()
    bring(demo_databases.ingest, old, *(file(session=history.OTHER) for _ in "1"))
    found = rebuild(fresh.ingest, tmp_path / "new", old / "raw", NOW)
    assert found.left == {"answers of venues of futures": 1, "payloads of the other market": 1}
    assert shown(fresh.app_admin) == shown(databases.app_admin)


def test_a_share_of_the_campaign_finds_every_day_equal():
    assert [row for row in replayed.run(full=False) if not row["met"]] == []
