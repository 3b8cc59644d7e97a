"""The providers' own libraries speak by our client: the real ones, each against a stand-in."""

import logging
import time

import ccxt
import httpx
import pytest
import requests
from massive import RESTClient

from core.errors import ProviderBusy, ProviderRefused, ProviderUnreachable
from ingest.providers.transports import HttpxDoor, RequestsDoor, Urllib3Door
from ingest.sources.schwab.account import schwab_library
from tests.ingest.providers.clients import KEY, client
from tests.standins.answering import answering

CONTRACT = {"details": {"ticker": "O:AAPL270115C00200000", "contract_type": "call", "strike_price": 200}, "open_interest": 5}
BOOK = {"jsonrpc": "2.0", "result": [{"instrument_name": "BTC-PERPETUAL", "open_interest": 5.5}], "testnet": False}
CHAIN = {"symbol": "AAPL", "status": "SUCCESS", "callExpDateMap": {}}
ACCESS, REFRESH = "canary-access-91bc", "canary-refresh-52de"
TOKEN = {"access_token": ACCESS, "refresh_token": REFRESH, "expires_in": 1800, "token_type": "Bearer"}


@pytest.fixture
def asked():
    made = client()
    yield made
    made.close()


def pages(request):
    """Two pages; the second is asked for by the address of the provider itself."""
    if "cursor" in request.query:
        return 200, {"status": "OK", "results": [CONTRACT]}
    more = f"https://api.massive.com{request.path}?cursor=abc&apiKey={KEY}"
    return 200, {"status": "OK", "results": [CONTRACT, CONTRACT], "next_url": more}


@pytest.fixture
def massive(asked):
    """Make massive's client for a stand-in, and its door."""

    def make(url):
        library, door = RESTClient(KEY), Urllib3Door(asked, url)
        library.client = door
        return library, door.door

    return make


def test_massive_fetches_every_page_from_the_stand_in(massive):
    with answering({"/v3/snapshot/options/AAPL": pages}) as provider:
        library, door = massive(provider.url)
        found = list(library.list_snapshot_options_chain("AAPL", params={"strike_price.gte": 100}))
    assert [contract.open_interest for contract in found] == [5, 5, 5]
    assert [asked.query for asked in provider.asked] == [{"strike_price.gte": "100"}, {"cursor": "abc", "apiKey": "***"}]
    assert [url for url, _ in door.take()] == [
        "https://api.massive.com/v3/snapshot/options/AAPL?strike_price.gte=100",
        "https://api.massive.com/v3/snapshot/options/AAPL?cursor=abc&apiKey=***",
    ]


def test_massive_asks_once_where_its_key_is_refused(massive):
    with answering({"/v3/snapshot/options/AAPL": (403, {"status": "NOT_AUTHORIZED"})}) as provider:
        library, door = massive(provider.url)
        with pytest.raises(ProviderRefused, match=r"^faulty: HTTP 403: .*127\.0\.0\.1/v3/snapshot/options/AAPL"):
            list(library.list_snapshot_options_chain("AAPL"))
    assert (len(provider.asked), door.take()) == (1, [])


@pytest.fixture
def deribit(asked):
    """Make ccxt's deribit for a stand-in, and its door."""

    def make(url):
        exchange, door = ccxt.deribit({"enableRateLimit": False}), RequestsDoor(asked, url)
        exchange.session.mount("https://", door)
        return exchange, door.door

    return make


def test_ccxt_fetches_from_the_stand_in(deribit):
    with answering({"/api/v2/public/get_book_summary_by_currency": (200, BOOK)}) as provider:
        exchange, door = deribit(provider.url)
        found = exchange.publicGetGetBookSummaryByCurrency({"currency": "BTC"})
    assert (found["result"], provider.asked[0].query) == (BOOK["result"], {"currency": "BTC"})
    assert [url for url, _ in door.take()] == ["https://www.deribit.com/api/v2/public/get_book_summary_by_currency?currency=BTC"]


def test_ccxt_asks_five_times_where_the_venue_is_busy(deribit):
    with answering({"/api/v2/public/get_book_summary_by_currency": (429, BOOK, {"Retry-After": "1"})}) as provider:
        exchange, _door = deribit(provider.url)
        with pytest.raises(ProviderBusy, match="HTTP 429, 5 attempts"):
            exchange.publicGetGetBookSummaryByCurrency({"currency": "BTC"})
    assert len(provider.asked) == 5


@pytest.fixture
def schwab(asked):
    """Make schwab-py's client for a stand-in, its door, and the tokens that it wrote."""

    def make(url, valid_for=1800):
        kept = {"creation_timestamp": int(time.time()), "token": TOKEN | {"expires_at": int(time.time()) + valid_for}}
        wrote, door = [], HttpxDoor(asked, url)
        make_client = schwab_library().auth.client_from_access_functions
        library = make_client(KEY, f"{KEY}-secret", lambda: kept, lambda token, *_given, **_more: wrote.append(token))
        door.lead_through(library.session)
        return library, door.door, wrote

    return make


def test_schwab_fetches_from_the_stand_in(schwab):
    with answering({"/marketdata/v1/chains": (200, CHAIN)}) as provider:
        library, door, wrote = schwab(provider.url)
        assert library.get_option_chain("AAPL").json() == CHAIN
    (asked,) = provider.asked
    assert (asked.query, asked.headers["Authorization"], wrote) == ({"symbol": "AAPL"}, f"Bearer {ACCESS}", [])
    assert [url for url, _ in door.take()] == ["https://api.schwabapi.com/marketdata/v1/chains?symbol=AAPL"]


def test_schwab_renews_its_token_at_the_stand_in_and_the_token_is_not_kept(schwab):
    with answering({"/marketdata/v1/chains": (200, CHAIN), "/v1/oauth/token": (200, TOKEN)}) as provider:
        library, door, wrote = schwab(provider.url, valid_for=-10)
        library.get_option_chain("AAPL")
    assert provider.paths() == ["/v1/oauth/token", "/marketdata/v1/chains"]
    assert wrote[0]["token"]["refresh_token"] == REFRESH
    assert not {word for word in (KEY, ACCESS, REFRESH) if word in repr(door.take())}


@pytest.mark.parametrize(("status", "kind", "count"), [(401, ProviderRefused, 1), (500, ProviderUnreachable, 5)])
def test_schwab_fails_as_all_others_do(schwab, status, kind, count):
    with answering({"/marketdata/v1/chains": (status, {"error": KEY})}) as provider:
        library, _door, _wrote = schwab(provider.url)
        with pytest.raises(kind) as caught:
            library.get_option_chain("AAPL")
    assert (len(provider.asked), KEY in repr(caught.value)) == (count, False)


def test_a_body_that_came_packed_reaches_the_libraries_unpacked_and_so_described(asked):
    import gzip

    packed = (200, gzip.compress(b'{"fine": true}'), {"Content-Encoding": "gzip"})
    with answering({"/a": packed}) as provider, requests.Session() as session:
        session.mount("https://", RequestsDoor(asked, provider.url))
        by_requests = session.get("https://provider.example/a")
        with httpx.Client(transport=HttpxDoor(asked, provider.url)) as second:
            by_httpx = second.get("https://provider.example/a")
        by_urllib3 = Urllib3Door(asked, provider.url).request("GET", "https://provider.example/a")
    assert by_requests.json() == by_httpx.json() == by_urllib3.json() == {"fine": True}
    assert not {"content-encoding"} & {*by_requests.headers, *by_httpx.headers, *by_urllib3.headers}


def test_what_is_posted_arrives(asked):
    with answering({"/info": (200, {"fine": True})}) as provider, requests.Session() as session:
        door = RequestsDoor(asked, provider.url)
        session.mount("https://", door)
        session.post("https://venue.example/info", json={"type": "meta"})
        session.post("https://venue.example/info", data="text")
    assert [asked.body for asked in provider.asked] == [b'{"type": "meta"}', b"text"]
    assert len(door.door.take()) == 2
    assert door.door.take() == []


def test_libraries_do_not_talk_about_requests(asked, caplog):
    caplog.set_level(logging.DEBUG)
    with answering({"/a": (200, {"fine": True})}) as provider, httpx.Client(transport=HttpxDoor(asked)) as session:
        session.get(f"{provider.url}/a?apikey={KEY}", headers={"X-Api-Key": KEY})
    assert KEY not in caplog.text
