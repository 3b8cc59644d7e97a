"""The commands that only read, as a person types them."""

import json

from core.sources import VENUES
from tests.cli.test_imports import drop
from tests.ingest.futures.running import Running
from tests.ingest.importing import NOW, SESSION, whole_set
from tests.standins.venues import World


def test_a_stored_session_is_listed_with_its_slots(oiflow, tmp_path):
    assert "No session is stored." in oiflow("sessions").stdout
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    (listed,) = json.loads(oiflow("sessions", "--json").stdout)["sessions"]
    assert (listed["quote_session"], listed["slots"], listed["contracts"]) == (str(SESSION), 4, 48)
    assert json.loads(oiflow("sessions", "--source", "simulated", "--json").stdout) == {"sessions": []}
    assert oiflow("sessions", "--source", "simulated").stdout.startswith("No stored session fits these filters;")


def test_a_source_says_what_the_settings_allow(oiflow, monkeypatch):
    monkeypatch.setenv("SOURCE_BARCHART_RIGHTS", "confirmed")
    listed = json.loads(oiflow("sources", "--json").stdout)["sources"]
    assert [state["source"] for state in listed if state["rights_confirmed"] and not state["simulated"]] == ["barchart"]
    assert "rights confirmed" in oiflow("sources").stdout
    assert "derived: Chains of two sessions, changes; follows from the chains stored" in oiflow("sources").stdout


def test_a_venue_of_futures_says_how_it_stands_and_what_it_missed(oiflow, databases, tmp_path):
    assert "nothing, it was never looked at" in oiflow("sources").stdout
    assert "No cycle was missed in 24 hours." in oiflow("gaps").stdout
    running = Running(databases, tmp_path, World(coins=2, at=NOW().timestamp() - 120), venues=["okx"])
    running.minutes()
    running.minutes(2, okx="429")
    running.desk.close()
    assert "4 instruments followed, last answer 2026-" in oiflow("sources").stdout
    assert "silent: rate_limited" in oiflow("sources").stdout
    (gap,) = json.loads(oiflow("gaps", "--source", "okx", "--json").stdout)["gaps"]
    assert (gap["reason"], gap["symbol"], gap["cycles"]) == ("rate_limited", None, 2)
    assert "okx" in oiflow("gaps").stdout
    assert json.loads(oiflow("gaps", "--source", "bybit", "--json").stdout) == {"gaps": []}


def test_every_venue_has_a_full_entry(oiflow):
    listed = {each["source"]: each for each in json.loads(oiflow("sources", "--json").stdout)["sources"]}
    for venue in VENUES:
        said = listed[venue]
        assert all(said[word] for word in ("date_rule", "licence_note", "delay", "key_needed", "call_cost", "rate_limit"))
        assert (said["holds"], "UTC day" in said["date_rule"], said["can_be_scheduled"]) == ("futures", True, True)


def test_a_fingerprint_is_of_what_could_be_seen(oiflow, tmp_path):
    nothing = oiflow("fingerprint").stdout
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    assert oiflow("fingerprint").stdout != nothing
    assert oiflow("fingerprint", "--as-of", "2000-01-03").stdout == nothing


def test_a_fingerprint_of_a_session_that_is_not_stored_is_an_error(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    assert oiflow("fingerprint", "--session", str(SESSION)).returncode == 0
    ran = oiflow("fingerprint", "--session", "2000-01-03")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "oiflow: No stored session on this date. `oiflow sessions` lists them.\n"


def test_a_file_kept_aside_is_listed_under_its_reason(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    listed = json.loads(oiflow("quarantine", "--reason", "sign_in_page", "--json").stdout)
    assert [each["file_name"] for each in listed["files"]] == ["page.csv"]
    told = oiflow("quarantine").stdout
    assert "       1 whole file\npage.csv: sign_in_page" in told
    assert "No row" not in told


def test_a_reason_for_which_nothing_is_kept_aside_is_told_with_those_there_are(oiflow, tmp_path):
    assert oiflow("quarantine").stdout == "No row and no file is kept aside.\n"
    oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    told = oiflow("quarantine", "--reason", "bad_strikee").stdout
    assert told == "No row and no file is kept aside as bad_strikee. There are: sign_in_page.\n"
