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
