"""The commands that only read, as a person types them."""

import json

from tests.cli.test_imports import drop
from tests.ingest.importing import SESSION, whole_set


def test_a_stored_session_is_listed_with_its_slots(oiflow, tmp_path):
    assert "No session is stored." in oiflow("sessions").stdout
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    (listed,) = json.loads(oiflow("sessions", "--json").stdout)["sessions"]
    assert (listed["quote_session"], listed["slots"], listed["contracts"]) == (str(SESSION), 4, 48)
    assert json.loads(oiflow("sessions", "--source", "simulated", "--json").stdout) == {"sessions": []}


def test_a_source_says_what_the_settings_allow(oiflow, monkeypatch):
    monkeypatch.setenv("SOURCE_BARCHART_RIGHTS", "confirmed")
    listed = json.loads(oiflow("sources", "--json").stdout)["sources"]
    assert [state["source"] for state in listed if state["rights_confirmed"] and not state["simulated"]] == ["barchart"]
    assert "rights confirmed" in oiflow("sources").stdout


def test_a_fingerprint_is_of_what_could_be_seen(oiflow, tmp_path):
    nothing = oiflow("fingerprint").stdout
    oiflow("import", drop(tmp_path / "drop", *whole_set()))
    assert oiflow("fingerprint").stdout != nothing
    assert oiflow("fingerprint", "--as-of", "2000-01-03").stdout == nothing


def test_a_file_kept_aside_is_listed_under_its_reason(oiflow, tmp_path):
    oiflow("import", drop(tmp_path / "drop", ("page.csv", b"<html>sign in</html>")))
    listed = json.loads(oiflow("quarantine", "--reason", "sign_in_page", "--json").stdout)
    assert [each["file_name"] for each in listed["files"]] == ["page.csv"]
    assert "page.csv: sign_in_page" in oiflow("quarantine").stdout
