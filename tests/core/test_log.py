"""No secret comes into a log."""

import pytest

from core.log import concealing, redact


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


def test_what_is_secret_here_is_masked_wherever_it_stands():
    event = {"event": "fetch_failed for app-key-1234", "exception": "Illegal header value b'Bearer app-key-1234'", "tries": 2}
    masked = concealing(("app-key-1234", "", "for"))(None, "error", dict(event))
    assert masked == {"event": "fetch_failed for ***", "exception": "Illegal header value b'Bearer ***'", "tries": 2}
