"""Chains from the providers' stand-ins, through their real libraries, into a real store."""

import random
from datetime import date

import pytest
from yfinance.data import SingletonMeta, YfData

from core.clock import frozen
from core.errors import ProviderBusy, ProviderRefused, ProviderUnreachable, RefusedPayload
from core.settings import Settings
from ingest.pipeline import import_bodies, publish_payloads
from ingest.sources import Raw, cboe, yahoo
from ingest.sources.reading.stamps import LIVE
from tests.db.statements import say
from tests.ingest import real_files
from tests.ingest.importing import NOW
from tests.ingest.providers.clients import client
from tests.ingest.sources.samples.market import market
from tests.standins import chains
from tests.standins.answering import answering

DAY = date(2025, 9, 19)
MORNING, NOON, EVENING, NEXT_MORNING = 0, 1, 3, 6
"""Places in MOMENTS."""


def seen(symbol="AAPL", moment=EVENING, strikes=12, expirations=4, seed=1, session=DAY):
    return market(random.Random(seed), strikes, expirations, symbol=symbol, session=session, moment=moment)


@pytest.fixture
def fetcher(tmp_path):
    """Make fetchers for a stand-in; yfinance begins anew with each."""
    made = []

    def make(source, url, at):
        SingletonMeta._instances.pop(YfData, None)
        made.append(client(attempts=5))
        return source.make(Settings(oiflow_home=tmp_path, _env_file=None), made[-1], frozen(at), url)

    yield make
    SingletonMeta._instances.pop(YfData, None)
    for each in made:
        each.close()


# ---------------------------------------------------------------- Cboe
@pytest.mark.parametrize(("symbol", "path"), [("AAPL", "AAPL"), ("SPX", "_SPX")])
def test_cboe_gives_a_whole_chain_for_one_call(fetcher, symbol, path):
    told = seen(symbol)
    with answering(chains.cboe(told)) as provider:
        raw = fetcher(cboe, provider.url, told.stamp).fetch(symbol, nearest=4)
    payload = cboe.parse(raw)
    assert provider.paths() == [f"/api/global/delayed_quotes/options/{path}.json"]
    assert (payload.slot, payload.rows_in, len(payload.rows), payload.coverage) == (symbol, 96, 96, "full")
    assert (payload.session_date, payload.quote_session, payload.known_at) == (date(2025, 9, 18), DAY, told.stamp)
    assert payload.prices.to_dicts() == [{"symbol": symbol, "spot": told.spot}]


def test_cboe_that_is_busy_is_asked_again_after_the_time_it_names(fetcher):
    told = seen()
    ((path, chain),) = chains.cboe(told).items()
    with answering({path: chains.at_first([(429, b"slow", {"Retry-After": "7"}), (503, b"down")], chain)}) as provider:
        raw = fetcher(cboe, provider.url, told.stamp).fetch("AAPL")
    assert (len(provider.asked), len(cboe.parse(raw).rows)) == (3, 96)


@pytest.mark.parametrize(
    ("status", "kind", "count"), [(403, ProviderRefused, 1), (429, ProviderBusy, 5), (502, ProviderUnreachable, 5)]
)
def test_cboe_that_fails_is_asked_as_often_as_all_others(fetcher, status, kind, count):
    path = "/api/global/delayed_quotes/options/AAPL.json"
    with answering({path: (status, b"no")}) as provider, pytest.raises(kind):
        fetcher(cboe, provider.url, NOW()).fetch("AAPL")
    assert len(provider.asked) == count


def test_a_page_in_place_of_a_chain_is_refused(fetcher):
    with answering({"/api/global/delayed_quotes/options/AAPL.json": (200, chains.PAGE)}) as provider:
        raw = fetcher(cboe, provider.url, NOW()).fetch("AAPL")
    with pytest.raises(RefusedPayload, match="web page"):
        cboe.parse(raw)


# ---------------------------------------------------------------- Yahoo
def test_yahoo_is_asked_once_for_each_of_the_nearest_expirations(fetcher):
    told = seen()
    site = chains.Yahoo(told)
    with answering(site.table()) as provider:
        raw = fetcher(yahoo, provider.url, told.stamp).fetch("AAPL", nearest=2)
    payload = yahoo.parse(raw)
    assert provider.paths() == ["/", "/v1/test/getcrumb", site.path, site.path]
    assert sorted(payload.rows["expiration"].unique()) == list(told.by_expiration())[:2]
    assert (len(payload.rows), payload.coverage) == (48, "top_list")
    assert payload.warnings == ("It shows 2 of 4 listed expirations.",)


@pytest.mark.parametrize("symbol", ["AAPL", "SPX"])
def test_yahoo_gives_the_whole_chain_unless_asked_for_less(fetcher, symbol):
    told = seen(symbol)
    with answering(chains.Yahoo(told).table()) as provider:
        payload = yahoo.parse(fetcher(yahoo, provider.url, told.stamp).fetch(symbol))
    assert (payload.slot, len(payload.rows), payload.coverage, payload.warnings) == (symbol, 96, "full", ())


def test_a_crumb_that_expires_is_renewed_once(fetcher):
    told = seen()
    site = chains.Yahoo(told)
    with answering(site.table()) as provider:
        asking = fetcher(yahoo, provider.url, told.stamp)
        asking.fetch("AAPL", nearest=1)
        site.expire()
        raw = asking.fetch("AAPL", nearest=1)
    assert (site.crumbs, len(yahoo.parse(raw).rows)) == (2, 24)


def test_yahoo_that_takes_no_crumb_is_not_asked_for_ever(fetcher):
    told = seen()
    site = chains.Yahoo(told)
    table = site.table() | {site.path: (401, {"finance": {"error": "Invalid Crumb"}})}
    with answering(table) as provider, pytest.raises(ProviderRefused, match="401"):
        fetcher(yahoo, provider.url, told.stamp).fetch("AAPL")
    assert provider.paths().count(site.path) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (chains.PAGE, "sign_in_page"),
        (b"{", "not_json"),
        ({"optionChain": {"result": [], "error": None}}, "no_rows"),
        ([], "no_rows"),
        ({"optionChain": {"result": [{"underlyingSymbol": "AAPL"}], "error": None}}, "schema_drift"),
    ],
)
def test_what_yfinance_cannot_read_is_judged_by_its_bytes(fetcher, body, reason):
    told = seen()
    site = chains.Yahoo(told)
    with answering(site.table() | {site.path: (200, body)}) as provider:
        raw = fetcher(yahoo, provider.url, told.stamp).fetch("AAPL")
    with pytest.raises(RefusedPayload) as refused:
        yahoo.parse(raw)
    assert refused.value.reason == reason


# ---------------------------------------------------------------- into the store
def published(databases, tmp_path, *payloads):
    return publish_payloads(databases.ingest, tmp_path, payloads, NOW)


def of_cboe(told, at=None):
    """A live look and what it says."""
    ((_, (_, document)),) = chains.cboe(told).items()
    raw = Raw("cboe", f"{told.symbol}.json", chains.as_bytes(document), at or told.stamp, LIVE)
    return raw, cboe.parse(raw)


def count(databases, where="true"):
    return say(databases.app_premium.url, f"SELECT count(*) FROM chain_snapshots WHERE {where}")[0][0]


def test_every_row_is_published_kept_aside_or_a_duplicate(databases, tmp_path):
    raw, payload = of_cboe(seen("SPX", NEXT_MORNING))
    report = published(databases, tmp_path, (raw, payload))
    assert (report.rows_in, report.published, report.quarantined) == (96, 72, 24)
    assert report.reasons == {"expired": 24}
    again = import_bodies(databases.ingest, tmp_path, [("again.json", raw.body)], NOW)
    assert (again.rows_in, again.duplicates, again.published) == (96, 96, 0)


def test_contracts_carry_their_root_and_how_they_settle(databases, tmp_path):
    published(databases, tmp_path, of_cboe(seen("SPX", expirations=8, strikes=3)), of_cboe(seen("AAPL", strikes=3)))
    found = say(
        databases.app_premium.url,
        "SELECT DISTINCT symbol, root, exercise_style, settlement, multiplier FROM chain_snapshots ORDER BY symbol, root",
    )
    assert found == [
        ("AAPL", "AAPL", "american", "pm", 100), ("SPX", "SPX", "european", "am", 100), ("SPX", "SPXW", "european", "pm", 100),
    ]  # fmt: skip


def test_a_later_look_takes_the_place_of_an_earlier_one_for_later_readers(databases, tmp_path):
    early, late = seen(moment=MORNING, seed=3), seen(moment=EVENING, seed=3, strikes=14)
    published(databases, tmp_path, of_cboe(early))
    published(databases, tmp_path, of_cboe(late))
    states = say(databases.owner.url, "SELECT state FROM loads ORDER BY known_at")
    assert states == [("superseded",), ("published",)]
    for as_of, strikes in ((early.stamp, 12), (late.stamp, 14)):
        found = say(databases.owner.url, f"SELECT rows_published FROM visible_loads('{as_of.isoformat()}')")
        assert found == [(strikes * 8,)]


def test_before_the_open_only_open_interest_counts(databases, tmp_path):
    published(databases, tmp_path, of_cboe(seen(moment=NEXT_MORNING)))
    found = say(
        databases.app_premium.url,
        "SELECT DISTINCT session_date, quote_session, bid, volume, source_iv, open_interest IS NULL FROM chain_snapshots",
    )
    assert found == [(DAY, date(2025, 9, 22), None, None, None, False)]
    assert say(databases.app_premium.url, "SELECT count(*) FROM underlying_daily") == [(0,)]


def test_unknown_figures_are_null_and_say_why(databases, tmp_path):
    published(databases, tmp_path, of_cboe(seen()))
    assert count(databases, "source_iv IS NULL") == count(databases, "'no_iv' = ANY (reasons)") > 0
    assert count(databases, "last IS NULL") == count(databases, "'no_trade_price' = ANY (reasons)") > 0


@pytest.mark.parametrize(
    ("kind", "files", "refused"),
    [
        ("cboe_delayed_quotes_json", 1, 0),
        ("cboe_quotedata_csv", 2, 0),
        ("cboe_chain_normalized_csv", 3, 0),
        ("yahoo_v7_options_json", 16, 10),
    ]
    if real_files.KINDS
    else [],
)
def test_real_files_of_a_kind_are_stored_row_by_row(databases, tmp_path, kind, files, refused):
    found = real_files.bring_kind(databases, tmp_path, kind, real_files.files_of(kind, files))
    assert (found.files, found.refused.total()) == (files, refused)
    assert (found.published, found.quarantined.total(), found.duplicates) == (found.rows_in, 0, 0)
    assert (found.again_published, found.again_rows) == (0, found.rows_in)
    assert count(databases) > 0
