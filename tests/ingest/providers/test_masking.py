"""A key that a provider says back is in nothing that anybody reads."""

import base64
import json
from urllib.parse import quote

import httpx
import pytest

from ingest.providers.masking import masked, masked_body
from ingest.providers.replies import Reply

KEY = "k3y/with+marks&'quotes'"
SPELLINGS = (KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], base64.b64encode(KEY.encode()).decode(), repr(KEY)[1:-1])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_masked_however_it_is_spelt(spelling):
    assert KEY not in masked(f"Unknown key {spelling}.", (KEY,))
    assert masked(f"Unknown key {spelling}.", (KEY,)).startswith("Unknown key ***")
    assert masked_body(f"Unknown key {spelling}".encode(), (KEY,)).startswith(b"Unknown key ***")


def test_a_short_secret_spoils_no_data_but_stands_in_no_words():
    assert masked_body(b'{"key": "AAPL"}', ("key", "")) == b'{"key": "AAPL"}'
    assert masked("the key is AAPL", ("key", "")) == "the *** is AAPL"


def test_a_reply_says_no_secret_back_in_body_or_headers():
    reply = Reply(200, httpx.Headers({"WWW-Authenticate": f"Bearer {KEY}", "Date": "today"}), f"no {KEY}".encode()).without(
        (KEY,)
    )
    assert (reply.body, reply.headers["www-authenticate"], reply.headers["date"]) == (b"no ***", "Bearer ***", "today")


def test_a_reply_without_a_secret_stays_what_it_is():
    reply = Reply(200, httpx.Headers({"Date": "today"}), b"{}")
    assert reply.without((KEY,)) is reply
