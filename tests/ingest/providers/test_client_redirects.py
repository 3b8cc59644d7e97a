"""Where a provider sends a call: within its host it is followed, elsewhere never."""

import pytest

from core.errors import ProviderRefused
from tests.ingest.providers.clients import KEY, Free, ask
from tests.standins.answering import answering


def test_a_redirect_within_the_host_is_followed_with_a_permit_of_its_own(made):
    limiter = Free()
    table = {"/a": (302, b"", {"Location": "/b?c=1"}), "/b": (200, {"fine": True})}
    with answering(table) as provider:
        reply = made(limiter=limiter).send("POST", f"{provider.url}/a", content=b"{}")
    assert (reply.status, reply.url, reply.attempts) == (200, f"{provider.url}/b?c=1", 1)
    assert [(asked.method, asked.path, asked.body) for asked in provider.asked] == [("POST", "/a", b"{}"), ("GET", "/b", b"")]
    assert limiter.taken == 2


def test_a_redirect_that_keeps_the_method_keeps_the_content(made):
    with answering({"/a": (307, b"", {"Location": "/b"}), "/b": (200, {"fine": True})}) as provider:
        made().send("POST", f"{provider.url}/a", content=b"{}")
    assert [(asked.method, asked.body) for asked in provider.asked] == [("POST", b"{}")] * 2


def test_a_redirect_to_another_host_is_not_followed(made):
    with answering({"/b": (200, {})}) as other, answering({"/a": (301, b"", {"Location": f"{other.url}/b?{KEY}"})}) as provider:
        error = ask(made(), f"{provider.url}/a", headers={"Authorization": KEY})
    assert (type(error), error.attempts, other.asked) == (ProviderRefused, 1, [])
    assert "redirects to another place (127.0.0.1/b)" in error.reason


@pytest.mark.parametrize("location", ["http://[", "//a b:c/", "https://host:x/", "http://\x7f/"])
def test_a_redirect_to_what_is_no_address_is_a_refusal(made, location):
    with answering({"/a": (302, b"", {"Location": location})}) as provider:
        error = ask(made(), f"{provider.url}/a")
    assert (type(error), error.attempts) == (ProviderRefused, 1)
    assert "redirects to what is no address" in error.reason


def test_redirects_in_a_circle_end(made):
    with answering({"/a": (302, b"", {"Location": "/a"})}) as provider:
        assert "more than 5 redirects" in ask(made(), f"{provider.url}/a").reason
    assert len(provider.asked) == 5
