"""The command that rebuilds days, as a person types it."""

import json

from tests.cli.test_imports import drop
from tests.db.statements import say
from tests.ingest.importing import SESSION, whole_set


def test_equal_days_are_counted_and_a_changed_cell_fails(oiflow, settings, tmp_path):
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    done = oiflow("replay", "--session", str(SESSION), "--source", "barchart")
    assert (done.returncode, done.stdout) == (0, "1 day, 48 rows: 4 loads equal, 0 different.\n")
    say(settings.database_url.get_secret_value(), "UPDATE facts.options_flow SET volume = 7 WHERE load_id = 1")
    done = oiflow("replay")
    assert done.returncode == 1
    assert "options_flow" in done.stdout
    assert "volume stored 7, rebuilt" in done.stdout
    told = json.loads(oiflow("replay", "--json").stdout)
    assert (told["equal"], told["different"], [load["equal"] for load in told["loads"]].count(False)) == (3, 1, 1)


def test_a_session_that_is_not_stored_is_said(oiflow):
    done = oiflow("replay", "--session", "2026-11-02")
    assert (done.returncode, done.stderr) == (1, "oiflow: no session is stored that fits.\n")


def test_a_folder_fills_an_empty_database_alone(oiflow, settings, fresh, tmp_path, monkeypatch):
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    before = oiflow("fingerprint").stdout
    assert oiflow("replay", "--from", str(settings.oiflow_home / "raw")).returncode == 1
    (tmp_path / "new").mkdir(mode=0o700)
    monkeypatch.setenv("OIFLOW_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("DATABASE_URL", fresh.settings.database_url.get_secret_value())
    done = oiflow("replay", "--from", str(settings.oiflow_home / "raw"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 pack, 4 files, 0 refused" in done.stdout
    assert oiflow("fingerprint").stdout == before
    assert "48 rows: 4 loads equal, 0 different." in oiflow("replay").stdout


def test_a_folder_and_a_session_do_not_go_together(oiflow, tmp_path):
    assert oiflow("replay", "--from", str(tmp_path), "--source", "cboe").returncode == 2
