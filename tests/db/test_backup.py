"""A backup comes back whole: rows, rights, partitions, and nothing half done."""

import subprocess

import psycopg2
import pytest

from core.errors import BackupFailed
from db import backup, migrate
from db.binaries import packaged
from tests.db.rights import rights
from tests.db.statements import say


def owner(databases, *statements):
    return say(databases.owner.url, *statements)


@pytest.fixture
def filled(databases):
    """A database with an account, a session in a partition of its own, and a word in the audit log."""
    owner(
        databases,
        "INSERT INTO auth.accounts (email, tier, state) VALUES ('someone@example.org', 'free', 'invited')",
        "INSERT INTO auth.audit_log (actor, action, subject) VALUES ('someone', 'looked', 'at a backup')",
        "CREATE TABLE facts.options_flow_test PARTITION OF facts.options_flow FOR VALUES FROM ('2026-11-19') TO ('2026-11-20')",
        "INSERT INTO facts.options_flow "
        "(quote_session, contract_id, load_id, underlying_id, open_interest, oi_change, volume, reasons, dte) "
        "SELECT '2026-11-19', number, 1, 1, number, number, number, 0, 1 FROM generate_series(1, 1000) AS number",
    )
    return databases


def dumped(databases):
    program = packaged() / "pginstall18" / "bin" / "pg_dump"
    text = subprocess.run([program, databases.owner.url], capture_output=True, text=True, check=True).stdout
    return [line for line in text.splitlines() if not line.startswith("\\")]


def test_a_restored_database_is_the_same_in_rows_and_rights(filled, tmp_path):
    before, allowed = dumped(filled), rights(filled.settings.database_url.get_secret_value())
    made = backup.back_up(filled.settings, tmp_path / "market.backup")
    owner(filled, "DELETE FROM auth.accounts", "DELETE FROM facts.options_flow")
    read = backup.restore(filled.settings, tmp_path / "market.backup", replace=True)
    assert dumped(filled) == before
    assert rights(filled.settings.database_url.get_secret_value()) == allowed
    assert read.tables == made.tables > 0
    assert migrate.pending(filled.app_free) == []


def test_a_large_object_of_somebody_else_does_not_stop_a_backup(filled, tmp_path):
    with psycopg2.connect(filled.settings.database_url.get_secret_value()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT lo_from_bytea(0, 'left behind')")
    connection.close()
    backup.back_up(filled.settings, tmp_path / "market.backup")
    backup.restore(filled.settings, tmp_path / "market.backup", replace=True)
    assert owner(filled, "SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]


def test_a_backup_is_private(filled, tmp_path):
    backup.back_up(filled.settings, tmp_path / "market.backup")
    assert (tmp_path / "market.backup").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("market*")] == ["market.backup"]


def test_a_database_with_rows_is_not_replaced_unasked(filled, tmp_path):
    backup.back_up(filled.settings, tmp_path / "market.backup")
    with pytest.raises(BackupFailed, match="Say --replace"):
        backup.restore(filled.settings, tmp_path / "market.backup")


def test_a_fresh_database_takes_a_backup_without_being_told(filled, demo_databases, tmp_path):
    backup.back_up(filled.settings, tmp_path / "market.backup")
    backup.restore(filled.settings, tmp_path / "market.backup", demo=True)
    assert owner(demo_databases, "SELECT email FROM auth.accounts") == [("someone@example.org",)]


def load_of(source):
    """The statement that makes a load of a source."""
    return (
        "WITH raw AS (INSERT INTO raw_payloads "
        f"VALUES (md5('{source}') || md5('{source}'), 'f', 1, 'p', 0, 1, now()) RETURNING payload_sha256) "
        "INSERT INTO loads (source, slot, session_date, quote_session, known_at, received_at, state, coverage, payload_sha256, "
        f"file_name) SELECT '{source}', 's', '2026-11-18', '2026-11-19', now(), now(), 'published', 'full', raw.*, 'f' FROM raw"
    )


def account(email, demo):
    """The statement that makes an account."""
    return f"INSERT INTO auth.accounts (email, tier, state, demo) VALUES ('{email}', 'free', 'invited', {demo})"


def refused(databases, file, demo, words):
    """Whether a restore is refused with these words and leaves the database and the server as they were."""
    before = dumped(databases)
    with pytest.raises(BackupFailed, match=words):
        backup.restore(databases.settings, file, demo, replace=True)
    return dumped(databases) == before and not owner(databases, "SELECT FROM pg_database WHERE datname LIKE '%restored'")


SIMULATED = {
    "its loads": [load_of("simulated_chain")],
    "a demo account": [account("free@demo", True)],
    "more than its own": [load_of("simulated"), load_of("barchart"), account("someone@example.org", False)],
}


@pytest.mark.parametrize("holds", SIMULATED.values(), ids=SIMULATED)
def test_the_simulated_market_comes_back_with_demo_and_only_with_it(filled, demo_databases, tmp_path, holds):
    owner(demo_databases, *holds)
    before = dumped(demo_databases)
    backup.back_up(filled.settings, tmp_path / "demo.backup", demo=True)
    assert refused(filled, tmp_path / "demo.backup", False, "of the simulated market. Say --demo to put it back there")
    owner(demo_databases, "DELETE FROM loads", "DELETE FROM auth.accounts")
    backup.restore(filled.settings, tmp_path / "demo.backup", demo=True)
    assert dumped(demo_databases) == before


def test_the_real_market_never_takes_the_place_of_the_simulated(filled, demo_databases, tmp_path):
    owner(filled, load_of("barchart"))
    before = dumped(filled)
    backup.back_up(filled.settings, tmp_path / "market.backup")
    assert refused(demo_databases, tmp_path / "market.backup", True, "of the real market. Leave out --demo to put it back there")
    owner(filled, "DELETE FROM loads")
    backup.restore(filled.settings, tmp_path / "market.backup", replace=True)
    assert dumped(filled) == before


def test_who_is_connected_comes_back_by_himself(filled, tmp_path):
    backup.back_up(filled.settings, tmp_path / "market.backup")
    assert filled.app_premium.value("ping") == 1
    backup.restore(filled.settings, tmp_path / "market.backup", replace=True)
    assert filled.app_premium.value("ping") == 1


@pytest.mark.parametrize("body", [b"", b"PGDMP", b"not a backup at all"], ids=["empty", "cut", "text"])
def test_a_file_that_is_no_backup_changes_nothing(filled, tmp_path, body):
    (tmp_path / "file").write_bytes(body)
    with pytest.raises(BackupFailed, match="is no backup"):
        backup.restore(filled.settings, tmp_path / "file", replace=True)
    assert owner(filled, "SELECT count(*) FROM auth.accounts") == [(1,)]


def test_a_backup_cut_in_the_middle_changes_nothing(filled, tmp_path):
    file = tmp_path / "market.backup"
    backup.back_up(filled.settings, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 9 // 10])
    with pytest.raises(BackupFailed):
        backup.restore(filled.settings, file, replace=True)
    assert owner(filled, "SELECT count(*) FROM auth.accounts") == [(1,)]
    assert owner(filled, "SELECT datname FROM pg_database WHERE datname LIKE '%restored'") == []


def test_a_password_never_stands_in_a_command(filled, tmp_path, monkeypatch):
    seen = []
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda words, **more: seen.append(words) or real(words, **more))
    backup.back_up(filled.settings, tmp_path / "market.backup")
    assert seen
    assert not any("password-of" in str(word) for words in seen for word in words)


def test_programs_that_are_too_old_are_named_with_the_remedy(filled, monkeypatch, tmp_path):
    monkeypatch.setattr(backup, "_major", lambda program: 14)
    with pytest.raises(BackupFailed, match=r"no pg_dump here suits it\. Install the PostgreSQL client programs"):
        backup.back_up(filled.settings, tmp_path / "market.backup")
    assert list(tmp_path.glob("market*")) == []
