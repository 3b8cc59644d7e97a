"""yfinance itself speaks by our client: cookie, crumb and chains come from the stand-in."""

import pytest
from yfinance.data import SingletonMeta, YfData

from core.errors import ProviderBusy, ProviderRefused, ProviderUnreachable
from ingest.sources.yahoo import session as yahoo_session
from ingest.sources.yahoo.session import YahooSession
from tests.ingest.providers.clients import client
from tests.standins.answering import answering
from tests.standins.faults import faulty_provider

OPTIONS = "/v7/finance/options/AAPL"
CALL = {
    "contractSymbol": "AAPL270115C00200000", "strike": 200.0, "lastPrice": 1.2, "bid": 1.1, "ask": 1.3, "volume": 5,
    "openInterest": 7, "impliedVolatility": 0.31, "lastTradeDate": 1790000000, "expiration": 1799971200, "inTheMoney": False,
}  # fmt: skip
RESULT = {
    "underlyingSymbol": "AAPL",
    "expirationDates": [1799971200],
    "quote": {"symbol": "AAPL", "regularMarketPrice": 190.5},
    "options": [{"expirationDate": 1799971200, "calls": [CALL], "puts": []}],
}
YAHOO = {
    "/": (404, b"Will be right back", {"Set-Cookie": "A3=cookie-canary; Path=/"}),
    "/v1/test/getcrumb": (200, b"crumb-canary"),
    OPTIONS: (200, {"optionChain": {"result": [RESULT], "error": None}}),
}


@pytest.fixture
def session(tmp_path):
    """Make sessions for a stand-in; yfinance begins anew with each."""
    made = []

    def make(url, **given):
        SingletonMeta._instances.pop(YfData, None)
        made.append(YahooSession(client(**given), tmp_path, url))
        return made[-1]

    yield make
    SingletonMeta._instances.pop(YfData, None)
    for each in made:
        each.close()
        each.door.client.close()


def test_a_chain_comes_from_the_stand_in(session):
    with answering(dict(YAHOO)) as provider:
        ticker = session(provider.url).ticker("AAPL")
        (expiration,) = ticker.options
        chain = ticker.option_chain(expiration)
    assert (expiration, chain.calls["openInterest"].tolist(), len(chain.puts)) == ("2027-01-15", [7], 0)
    assert provider.paths() == ["/", "/v1/test/getcrumb", OPTIONS, OPTIONS]
    assert provider.asked[-1].query == {"date": "1799971200", "crumb": "crumb-canary"}
    assert "A3=cookie-canary" in provider.asked[-1].headers["Cookie"]


def test_the_bodies_are_kept_without_cookie_and_crumb(session):
    with answering(dict(YAHOO)) as provider:
        made = session(provider.url)
        made.ticker("AAPL").options  # noqa: B018
    ((url, body),) = made.door.take()
    assert url == f"https://query2.finance.yahoo.com{OPTIONS}?crumb=***"
    assert b"AAPL270115C00200000" in body


@pytest.mark.parametrize(
    ("status", "kind", "count"), [(404, ProviderRefused, 1), (429, ProviderBusy, 5), (502, ProviderUnreachable, 5)]
)
def test_a_chain_that_fails_is_asked_for_as_often_as_all_others(session, status, kind, count):
    with answering(YAHOO | {OPTIONS: (status, b"no")}) as provider, pytest.raises(kind):
        session(provider.url).ticker("AAPL").options  # noqa: B018
    assert provider.paths() == ["/", "/v1/test/getcrumb", *[OPTIONS] * count]


def test_a_crumb_that_is_refused_is_forgotten_and_fetched_anew(session):
    with answering(YAHOO | {OPTIONS: (401, {"finance": {"error": "Invalid Crumb"}})}) as provider:
        ticker = session(provider.url).ticker("AAPL")
        with pytest.raises(ProviderRefused, match="HTTP 401"):
            ticker.options  # noqa: B018
        provider.table |= YAHOO
        assert ticker.options == ("2027-01-15",)
    assert provider.paths() == ["/", "/v1/test/getcrumb", OPTIONS] * 2


def test_a_crumb_that_yahoo_does_not_give_ends_the_call(session):
    table = YAHOO | {"/v1/test/getcrumb": (429, b"Too Many Requests")}
    with answering(table) as provider, pytest.raises(ProviderBusy, match="HTTP 429, 5 attempts"):
        session(provider.url).ticker("AAPL").options  # noqa: B018
    assert provider.paths() == ["/", *["/v1/test/getcrumb"] * 5]


def test_what_is_posted_arrives(session):
    with answering({"/a": (200, {"fine": True})}) as provider:
        made = session(provider.url)
        made.post("https://consent.yahoo.com/a", data={"agree": ["agree", "agree"]})
        made.post("https://query1.finance.yahoo.com/a", json={"size": 5})
    assert [asked.body for asked in provider.asked] == [b"agree=agree&agree=agree", b'{"size": 5}']
    assert provider.asked[1].headers["Content-Type"] == "application/json"


def test_a_body_beyond_every_bound_ends(session, monkeypatch):
    monkeypatch.setattr(yahoo_session, "MOST", 2**20)
    with faulty_provider() as provider, pytest.raises(ProviderRefused, match="larger than 1 MB"):
        session("").get(f"{provider.url}/plain/200/bomb/1")


@pytest.mark.parametrize("toxic", ["slow_head", "slow_body"])
def test_one_byte_a_second_does_not_outlast_the_deadline(session, toxic):
    with faulty_provider() as provider, pytest.raises(ProviderUnreachable, match=r"no time is left of 1\.2 s"):
        session("", deadline=1.2).get(f"{provider.url}/{toxic}/200/html/1")


def test_a_redirect_to_another_host_is_not_followed(session):
    table = {"/a": (302, b"", {"Location": "https://elsewhere.example/"})}
    with answering(table) as provider, pytest.raises(ProviderRefused, match="redirects to another place"):
        session(provider.url).get("https://query1.finance.yahoo.com/a")


def test_two_sessions_in_turn_keep_each_its_own_cookie_and_crumb(session):
    with answering(dict(YAHOO)) as provider:
        first, second = session(provider.url), session(provider.url)
        for each in (first, second, first, second):
            each.ticker("AAPL").options  # noqa: B018
    assert provider.paths().count("/v1/test/getcrumb") == 2
    assert len(first.door.take()) == len(second.door.take()) == 2
