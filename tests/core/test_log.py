"""No secret comes into a log."""

import pytest

from core.log import redact


@pytest.mark.parametrize("key", ["password", "new_password", "token", "Authorization", "cookie", "ticket", "password_hash"])
def test_a_value_is_masked_by_the_name_of_its_key(key):
    assert redact(None, "info", {"event": "seen", key: "hunter2"}) == {"event": "seen", key: "***"}


@pytest.mark.parametrize("key", ["url", "exception"])
def test_the_password_inside_an_address_is_masked_and_the_rest_stays(key):
    text = "could not reach postgresql://ingest:hunter2@127.0.0.1:5432/oiflow in time"
    masked = "could not reach postgresql://ingest:***@127.0.0.1:5432/oiflow in time"
    assert redact(None, "error", {key: text}) == {key: masked}


def test_what_is_no_secret_stays():
    event = {"event": "chain_loaded", "contracts": 3, "file": "stocks.csv"}
    assert redact(None, "info", dict(event)) == event
