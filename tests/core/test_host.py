"""A site answers to its own name and to those of its machine, whatever port or spelling; to no other."""

import pytest
from starlette.datastructures import Headers

from core.host import right_host
from core.settings import load

SITE = load(public_url="https://flow.example.com")


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8601", "127.0.0.1:8000", "[::1]:8000", "flow.example.com", "FLOW.example.com.:443"]
)
def test_own_names_are_answered(host):
    assert right_host(Headers({"host": host}), SITE)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "flow.example.com.evil.example",
        "localhost.evil.example:8000",
        "10.0.0.5",
        "[::]:8000",
        "",
        "[::1",
        "a@localhost.x",
    ],
)
def test_other_names_are_not(host):
    assert not right_host(Headers({"host": host}), SITE)


def test_a_request_without_a_name_is_not_answered():
    assert not right_host(Headers({}), SITE)


def test_a_site_without_a_public_address_answers_to_its_machine_alone():
    assert not right_host(Headers({"host": ""}), load())
    assert not right_host(Headers({"host": "flow.example.com"}), load())
