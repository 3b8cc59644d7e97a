"""Addresses move to another base, and are shown without secrets."""

import pytest

from ingest.providers import addresses

URL = "https://api.example.com/v3/chain/AAPL?date=2027-01-15&apiKey=canary"


def test_another_base_keeps_path_and_query():
    assert addresses.moved(URL, "http://127.0.0.1:81/p/") == "http://127.0.0.1:81/p/v3/chain/AAPL?date=2027-01-15&apiKey=canary"


def test_no_base_leaves_the_address():
    assert addresses.moved(URL, "") == URL


def test_a_query_is_added_to_what_is_there():
    assert addresses.with_params("https://host/a?b=1", {"c": "x y"}) == "https://host/a?b=1&c=x+y"


@pytest.mark.parametrize("name", ["apiKey", "apikey", "key", "token", "access_token", "crumb", "signature", "password", "auth"])
def test_a_value_with_a_secret_name_is_hidden(name):
    assert addresses.shown(f"https://host/a?symbol=AAPL&{name}=canary") == f"https://host/a?symbol=AAPL&{name}=***"


@pytest.mark.parametrize("secret", ["canary", "ca+na/ry=", "ca na ry"])
def test_a_secret_is_hidden_wherever_it_stands(secret):
    url = addresses.with_params("https://host/bot/x", {"q": secret})
    assert addresses.shown(url, [secret]) == "https://host/bot/x?q=***"
    assert addresses.shown(f"https://host/{secret}/x", [secret]) == "https://host/***/x"


def test_a_login_in_an_address_is_not_shown():
    assert addresses.shown("https://me:canary@host/a") == "https://host/a"
    assert addresses.place("https://me:canary@host/a") == "host/a"


def test_a_place_has_no_query_no_secret_and_an_end():
    assert addresses.place(URL, ["chain"]) == "api.example.com/v3/***/AAPL"
    assert len(addresses.place("https://host/" + "a" * 1000)) == 150
    assert addresses.place("https://host/a\x1b[31mb") == "host/a[31mb"


@pytest.mark.parametrize(
    ("after", "others", "may"),
    [
        ("https://api.example.com/elsewhere", (), True),
        ("http://api.example.com/elsewhere", (), False),
        ("https://api.example.com:8443/", (), False),
        ("https://example.com/", (), False),
        ("https://evil.com/?api.example.com", (), False),
        ("https://login.example.com/", (".example.com",), True),
        ("https://evilexample.com/", (".example.com",), False),
        ("https://other.org/", ("other.org",), True),
        ("file:///etc/passwd", (), False),
    ],
)
def test_a_redirect_stays_with_the_provider(after, others, may):
    assert addresses.may_follow(URL, after, others) is may


def test_a_redirect_may_lead_to_https():
    assert addresses.may_follow("http://api.example.com/a", "https://api.example.com/a", ())


def test_another_host_is_sent_no_secret():
    headers = {"Authorization": "a", "Cookie": "b", "X-Api-Key": "c", "Accept": "d"}
    assert addresses.fit_for("https://login.example.com/", URL, headers) == {"Accept": "d"}
    assert addresses.fit_for("https://api.example.com/b", URL, headers) == headers
