"""The commands that concern PostgreSQL itself."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from core.clock import system_clock
from core.settings import LOGINS
from db import embedded, migrate, services
from db.binaries import packaged
from db.connect import connect
from scripts import reference
from tests.ingest.importing import SESSION, bring, whole_set

ROOT = Path(__file__).parents[2]


def test_url_prints_an_address_alone_that_works(oiflow):
    answer = oiflow("db", "url")
    assert answer.stdout.count("\n") == 1
    psycopg2.connect(answer.stdout.strip()).close()


def test_url_gives_each_login_and_the_demo(oiflow):
    assert "//ingest:" in oiflow("db", "url", "--login", "ingest").stdout
    assert oiflow("db", "url", "--demo").stdout.strip().endswith("_demo")


ASKED = """
SELECT current_user, current_setting('application_name');
\\! tr '\\0' ' ' </proc/$PPID/cmdline
"""


@pytest.fixture
def shell(environment, settings, tmp_path):
    """Run a line in a plain shell that finds `oiflow` and the real psql, on the words that are typed into it: what it prints."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "oiflow").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m cli "$@"\n')
    (folder / "oiflow").chmod(0o700)
    (folder / "psql").symlink_to(packaged() / "pginstall18" / "bin" / "psql")
    outside = {"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C"}

    def run(line, typed):
        words = ["sh", "-c", line]
        return subprocess.run(words, cwd=ROOT, env=environment | outside, input=typed, capture_output=True, text=True).stdout

    return run


def test_the_example_of_url_opens_psql_and_no_list_of_processes_shows_a_password(shell):
    ((example,),) = [re.findall("Example: (.+)", words) for name, words in reference.commands() if name == "`oiflow db url`"]
    said = shell(f"{example} --no-psqlrc --tuples-only --no-align", ASKED)
    assert said.splitlines() == ["app_admin|psql", "psql --no-psqlrc --tuples-only --no-align "]


def test_url_as_variables_keeps_login_market_and_strange_passwords(oiflow, monkeypatch):
    strange = 'it\'s $(a) "strange" one`\\'
    monkeypatch.setenv("INGEST_PASSWORD", strange)
    lines = oiflow("db", "url", "--env", "--login", "ingest", "--demo").stdout
    told = subprocess.run(["sh"], input=f"{lines}env -0", env={}, capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in told.split("\0") if line.startswith("PG"))
    assert (found["PGUSER"], found["PGPASSWORD"]) == ("ingest", strange)
    assert found["PGDATABASE"].endswith("_demo")


def test_no_example_puts_an_address_with_its_password_on_a_command_line():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "cli").rglob("*.py")]
    assert [page.name for page in pages if re.search(r"\$\(oiflow db url(?! --env)", page.read_text())] == []


def test_a_login_that_does_not_exist_is_wrong_usage(oiflow):
    assert oiflow("db", "url", "--login", "root").returncode == 2


def test_migrate_says_what_is_there(oiflow):
    assert json.loads(oiflow("db", "migrate", "--json").stdout) == {"migrations": [step.name for step in migrate.migrations()]}


def test_roles_lists_all_logins_with_their_limits(oiflow):
    rows = json.loads(oiflow("db", "roles", "--json").stdout)["logins"]
    assert [row["login"] for row in rows] == list(LOGINS)
    assert {row["statement_timeout"] for row in rows if row["login"].startswith("app_")} == {"5s"}


def test_roles_as_statements_names_every_login_and_no_password(oiflow):
    text = oiflow("db", "roles", "--sql").stdout
    assert all(f"CREATE ROLE {login} LOGIN;" in text for login in LOGINS)
    assert "password-of" not in text


def test_a_backup_goes_out_and_comes_back(oiflow, tmp_path):
    file = str(tmp_path / "market.backup")
    assert json.loads(oiflow("db", "backup", file, "--json").stdout)["size_bytes"] > 0
    assert json.loads(oiflow("db", "restore", file, "--json").stdout)["tables"] > 0


def test_a_backup_overwrites_a_file_only_when_told(oiflow, tmp_path):
    file = tmp_path / "market.backup"
    file.write_bytes(b"something of mine")
    ran = oiflow("db", "backup", str(file))
    assert (ran.returncode, ran.stderr) == (
        1,
        f"oiflow: There is a file {file} already. Say --replace to overwrite it.\n",
    )
    assert file.read_bytes() == b"something of mine"
    assert oiflow("db", "backup", str(file), "--replace").returncode == 0
    assert file.read_bytes().startswith(b"PGDMP")


def test_a_backup_and_a_restore_stand_in_the_audit_log(oiflow, tmp_path):
    file = str(tmp_path / "market.backup")
    oiflow("db", "backup", file)
    newest = json.loads(oiflow("accounts", "audit", "--json").stdout)[0]
    assert (newest["action"], newest["subject"]) == ("database_backed_up", "market.backup")
    oiflow("db", "restore", file, "--replace")
    newest = json.loads(oiflow("accounts", "audit", "--json").stdout)[0]
    assert (newest["action"], newest["subject"]) == ("database_restored", "market.backup")
    assert newest["actor"].startswith("command (")


@pytest.fixture
def restored_without_raw(oiflow, settings, databases, tmp_path):
    """A home with a restored database and no raw archive, and what the restore said."""
    bring(databases.ingest, settings.oiflow_home, *whole_set())
    bring(databases.ingest, settings.oiflow_home, *whole_set(SESSION + timedelta(days=1)))
    oiflow("db", "backup", str(tmp_path / "market.backup"))
    (settings.oiflow_home / "raw").rename(tmp_path / "raw")
    return oiflow("db", "restore", str(tmp_path / "market.backup"), "--replace")


def test_a_restore_says_that_the_raw_archive_is_to_be_copied_too(restored_without_raw, oiflow, settings, tmp_path):
    said = "The raw archive lies in OIFLOW_HOME/raw and is not in this file; copy it too."
    assert said in restored_without_raw.stderr
    (tmp_path / "raw").rename(settings.oiflow_home / "raw")
    again = oiflow("db", "restore", str(tmp_path / "market.backup"), "--replace")
    assert (again.returncode, again.stderr) == (0, "")


def test_the_doctor_counts_the_missing_pack_files(restored_without_raw, oiflow, settings, tmp_path):
    raw = settings.oiflow_home / "raw"
    ran = oiflow("doctor")
    assert f"2 pack files are missing in {raw}: copy this folder from where the backup was made" in ran.stdout
    assert ran.returncode == 1
    (tmp_path / "raw").rename(raw)
    assert "BAD  raw archive" not in oiflow("doctor").stdout
    next(raw.rglob("*.pack")).unlink()
    assert "1 pack file is missing" in oiflow("doctor").stdout


def test_the_doctor_names_a_clock_that_is_not_the_databases(oiflow):
    clocks = [line for line in oiflow("doctor").stdout.splitlines() if " clock: " in line]  # the command's is frozen
    assert re.fullmatch(r"BAD  clock: \d+ s away from that on the database's machine", clocks[0])


@pytest.fixture
def today(monkeypatch, oiflow):
    """The command's clock goes right."""
    monkeypatch.setattr("core.clock.system_clock", system_clock)


def test_the_doctor_finds_nothing_wrong_with_a_fresh_installation(oiflow, today):
    checks = json.loads(oiflow("doctor", "--json").stdout)["checks"]
    assert [check for check in checks if not check["good"] and "fsync" not in check["found"]] == []  # tests give fsync up


def test_the_doctor_names_a_fault_with_its_remedy(oiflow, settings):
    secret = settings.oiflow_home / "logins.json"
    secret.write_text("{}")
    secret.chmod(0o644)
    answer = oiflow("doctor")
    assert f"BAD  secrets: {secret} is readable by others: chmod 600" in answer.stdout
    assert answer.returncode != 0


def test_the_doctor_looks_at_a_file_of_settings_where_a_secret_stands_in_it(oiflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("WEB_PORT=8600\nMASSIVE_API_KEY=\n")
    (tmp_path / ".env").chmod(0o644)
    assert ".env" not in oiflow("doctor").stdout
    (tmp_path / ".env").write_text("WEB_PORT=8600\nmassive_api_key=a-key\n")
    assert "BAD  secrets: .env is readable by others: chmod 600" in oiflow("doctor").stdout
    (tmp_path / ".env").chmod(0o600)
    assert ".env is private" in oiflow("doctor").stdout


def test_the_doctor_tells_what_the_providers_say_of_the_clock(oiflow, settings, today):
    def heard(off, words):
        db = connect(settings, "ingest")
        services.beat(db, "collector", system_clock(), system_clock(), {"clock_off": off, "clock": words})
        db.close()
        return [line for line in oiflow("doctor").stdout.splitlines() if " clock: " in line]

    assert heard(None, "")[1] == "ok   clock: no provider has told the collector the time yet"
    assert heard(0.0, "")[1] == "ok   clock: right, by the providers' replies"
    assert heard(9.0, "This machine's clock is 9 s ahead.") == [
        "ok   clock: the same on the database's machine",
        "BAD  clock: This machine's clock is 9 s ahead.",
    ]


def test_the_doctor_names_a_folder_that_others_read(oiflow, settings):
    raw = settings.oiflow_home / "raw"
    raw.mkdir()
    raw.chmod(0o755)
    assert "file modes" not in [line.split(":")[0].split()[-1] for line in oiflow("doctor").stdout.splitlines() if "BAD" in line]
    settings.oiflow_home.chmod(0o755)
    told = oiflow("doctor").stdout
    assert f"BAD  file modes: {settings.oiflow_home} is open to others: chmod go-rw" in told
    assert f"BAD  file modes: {raw} is open to others: chmod -R go-rwx" in told


def test_a_command_makes_a_home_for_its_owner_alone(tmp_path):
    environment = {**os.environ, "OIFLOW_HOME": str(tmp_path / "home"), "DATABASE_URL": ""}
    words = [sys.executable, "-m", "cli", "db", "migrate"]
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True, umask=0o022)
    made = [tmp_path / "home", *(tmp_path / "home").iterdir()]
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_command_that_is_ended_stops_the_server_it_started(tmp_path):
    words = [sys.executable, "-m", "cli", "db", "serve"]
    environment = {**os.environ, "OIFLOW_HOME": str(tmp_path / "home"), "DATABASE_URL": ""}
    command = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    psycopg2.connect(command.stdout.readline().strip()).close()
    command.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    _, told = command.communicate(timeout=10)
    assert (command.returncode, time.monotonic() - begun < 5) == (0, True)
    assert "oiflow: the server runs; Ctrl-C or SIGTERM stops it" in told
    assert told.endswith("oiflow: the server is stopped.\n")
    assert not embedded.running(tmp_path / "home")


def test_serving_a_server_that_runs_says_that_it_joined_it(tmp_path):
    words = [sys.executable, "-m", "cli", "db", "serve"]
    environment = {**os.environ, "OIFLOW_HOME": str(tmp_path / "home"), "DATABASE_URL": ""}
    with embedded.start(tmp_path / "home", durable=False):
        command = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert command.stdout.readline().startswith("postgresql://app_admin:")
        command.send_signal(signal.SIGTERM)
        _, told = command.communicate(timeout=10)
    assert "the server was running already" in told
    assert told.endswith("this command ended; the server goes on.\n")
