"""The commands import, withdraw and derive as a person types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ingest.rates_version import keep
from ingest.sources import simulated
from tests.ingest.importing import NOW, SESSION, whole_set

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "ingest" / "rates.toml"


def drop(folder, *bodies):
    folder.mkdir()
    for name, body in bodies:
        (folder / name).write_bytes(body)
    return str(folder)


def test_import_answers_in_json_and_nothing_else(environment, tmp_path):
    """The one test that starts the command as a program of its own."""
    words = [sys.executable, "-m", "cli", "import", drop(tmp_path / "drop", *whole_set()), "--json"]
    ran = subprocess.run(words, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    found = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert found["rows_in"] == found["published"] + found["quarantined"] + found["duplicates"] == 48


def test_import_of_refused_files_alone_fails_with_the_reason(oiflow, tmp_path):
    ran = oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    assert ran.returncode == 1
    assert "page.csv: sign_in_page" in ran.stderr
    assert (ran.stdout + ran.stderr).count("sign_in_page") == 1
    assert ran.stdout.startswith("1 file, 1 refused, 0 sessions published")


def test_import_of_refused_files_alone_gives_the_reason_once_in_json_too(oiflow, tmp_path):
    ran = oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")), "--json")
    assert [each["reason"] for each in json.loads(ran.stdout)["refusals"]] == ["sign_in_page"]
    assert (ran.returncode, ran.stderr) == (1, "oiflow: Every file was refused.\n")


def test_a_refused_file_beside_a_good_one_is_named_in_the_answer(oiflow, tmp_path):
    ran = oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>"), *whole_set()))
    assert ran.returncode == 0
    assert "5 files, 1 refused, 1 session published" in ran.stdout
    assert "refused: page.csv: sign_in_page" in ran.stdout


def test_an_empty_folder_is_one_clear_line(oiflow, tmp_path):
    ran = oiflow("import", folder := drop(tmp_path / "drop"))
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", f"oiflow: There is no file in {folder}.\n")


def test_a_missing_path_is_one_clear_line(oiflow):
    ran = oiflow("import", "no/such/folder")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "oiflow: There is no file or folder no/such/folder." in ran.stderr


def test_withdraw_and_undo(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", *whole_set()[:1]))
    assert "withdrawn" in oiflow("withdraw", "1", "--why", "wrong day").stdout
    assert oiflow("withdraw", "1", "--why", "again").returncode == 1
    assert "restored" in oiflow("withdraw", "1", "--undo").stdout
    assert oiflow("withdraw", "1").returncode == 2


def test_a_withdrawal_and_its_undo_stand_in_the_audit_log(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", *whole_set()[:1]))
    oiflow("withdraw", "1", "--why", "wrong day")
    oiflow("withdraw", "1", "--undo")
    lines = json.loads(oiflow("accounts", "audit", "--search", "load 1", "--json").stdout)
    assert [line["action"] for line in lines] == ["load_restored", "load_withdrawn"]
    assert json.loads(lines[1]["detail"]) == {"load_id": 1, "why": "wrong day"}
    assert lines[0]["actor"].startswith("command (")


def test_a_refused_load_is_said_to_be_refused(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    told = oiflow("withdraw", "1", "--why", "wrong day").stderr
    assert told == "oiflow: Load 1 is refused; only a published or superseded one can be withdrawn.\n"
    assert "There is no load 9." in oiflow("withdraw", "9", "--why", "wrong day").stderr


def test_the_help_says_when_a_reason_is_required(oiflow):
    assert "required unless --undo" in " ".join(oiflow("withdraw", "--help").stdout.split())


def test_made_up_figures_go_into_the_simulated_market_alone(oiflow, tmp_path):
    raws = simulated.make_market(1, SESSION, sessions=1, names=3)
    folder = drop(tmp_path / "drop", *((raw.file_name, raw.body) for raw in raws))
    ran = oiflow("import", folder)
    assert ran.returncode == 1
    assert "simulated_data: These figures are made up" in ran.stderr
    assert "5 files, 0 refused" in oiflow("import", folder, "--demo").stdout


def test_only_sessions_within_the_dates_are_derived_again(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    assert oiflow("derive").stdout.startswith("1 session derived")
    assert oiflow("derive", "--to", "2000-01-03").stdout.startswith("0 sessions derived")


def test_rates_are_no_session_that_is_derived(oiflow, databases, settings):
    keep(databases.ingest, settings.oiflow_home, NOW, SHIPPED.read_bytes())
    assert oiflow("derive").stdout.startswith("0 sessions derived")
    assert ", 1 row: 1 load equal, 0 different." in oiflow("replay").stdout
