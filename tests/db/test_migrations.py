"""Migrations add up to schema.sql, come back after a kill, and do not change once they are applied."""

import itertools
import subprocess
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from core.errors import SchemaOutdated
from db import address, migrate, roles
from db.binaries import packaged
from tests.conftest import drop
from tests.db.statements import say

ROOT = migrate.FOLDER.parent
NUMBERS = itertools.count(1)


@pytest.fixture
def empty(postgres, settings):
    """Make empty databases; the owner's address of each."""
    made = []

    def make():
        name = f"empty_{next(NUMBERS)}"
        made.append(name)
        roles.ensure_database(postgres.superuser_url, name)
        return address.with_login(
            address.with_database(postgres.superuser_url, name), "owner", settings.owner_password.get_secret_value()
        )

    yield make
    for name in made:
        drop(postgres, name)


def dumped(url, *words):
    """What pg_dump says of a database, without the lines that differ from run to run; grants last, their order means nothing."""
    program = packaged() / "pginstall18" / "bin" / "pg_dump"
    text = subprocess.run([program, *words, url], capture_output=True, text=True, check=True).stdout
    lines = [line for line in text.splitlines() if line and not line.startswith(("--", "\\"))]
    return sorted(lines, key=lambda line: (line.startswith("GRANT"), line if line.startswith("GRANT") else ""))


@pytest.fixture
def folder(tmp_path):
    """Two small migrations."""
    (tmp_path / "0001_begin.sql").write_text(
        "CREATE TABLE schema_migrations (version int PRIMARY KEY, name text, sha256 text, applied_at timestamptz DEFAULT now());"
        "CREATE TABLE first (number int);"
    )
    (tmp_path / "0002_go_on.sql").write_text("CREATE TABLE second (number int); INSERT INTO second VALUES (1);")
    return tmp_path


def test_all_migrations_together_are_the_schema(empty):
    by_steps, at_once = empty(), empty()
    migrate.migrate_url(by_steps)
    say(at_once, (ROOT / "schema.sql").read_text())
    assert dumped(by_steps, "--schema-only") == dumped(at_once, "--schema-only")
    rows = ("--data-only", "--column-inserts", "--exclude-table=schema_migrations")
    assert sorted(dumped(by_steps, *rows)) == sorted(dumped(at_once, *rows))


def test_a_migrated_database_needs_nothing_more(databases):
    assert migrate.pending(databases.owner) == []
    assert migrate.migrate(databases.settings) == []


@pytest.mark.parametrize("login", ["ingest", "worker", "app_free", "app_premium", "app_admin", "auth"])
def test_every_service_can_see_whether_its_database_is_up_to_date(databases, login):
    assert migrate.pending(getattr(databases, login)) == []


def test_what_a_kill_left_is_completed_by_the_next_run(empty, folder):
    url, second = empty(), folder / "0002_go_on.sql"
    whole = second.read_text()
    second.write_text(f"{whole} SELECT pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(psycopg2.OperationalError):
        migrate.migrate_url(url, folder)
    assert say(url, "SELECT version FROM schema_migrations") == [(1,)]
    assert say(url, "SELECT to_regclass('second')") == [(None,)]
    second.write_text(whole)
    assert migrate.migrate_url(url, folder) == ["0002_go_on.sql"]
    assert say(url, "SELECT number FROM second") == [(1,)]


def test_a_migration_that_changed_after_it_was_applied_is_refused(empty, folder):
    url = empty()
    migrate.migrate_url(url, folder)
    (folder / "0001_begin.sql").write_text("SELECT 1;")
    with pytest.raises(SchemaOutdated, match=r"0001_begin\.sql was changed after"):
        migrate.migrate_url(url, folder)


def test_a_database_from_a_newer_version_is_left_alone(empty, folder):
    url = empty()
    migrate.migrate_url(url, folder)
    (folder / "0002_go_on.sql").unlink()
    with pytest.raises(SchemaOutdated, match="Update OI Flow"):
        migrate.migrate_url(url, folder)


def test_two_that_migrate_at_once_apply_each_step_once(empty, folder):
    url = empty()
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate.migrate_url(url, folder), range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, 2]


def test_numbers_have_no_gap(folder):
    (folder / "0002_go_on.sql").rename(folder / "0003_go_on.sql")
    with pytest.raises(ValueError, match="should be number 0002"):
        migrate.migrations(folder)
