"""Pages run alone on the small market: what they say for every tier, and never a bare number."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.access import EXPORTED, Tier
from core.clock import system_clock
from db import collection
from db.database import Database
from tests.usecases import market
from usecases import accounts, saved_contracts
from usecases.sign_in import Account, Visit
from webapp import menu, pools, visitor
from webapp.parts import frame

MARKET_PAGES = [name for name in EXPORTED if name != "accounts"]
Run = Callable[..., AppTest]


@pytest.fixture
def pages(kept_databases: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a page file as a visitor of a tier, with words in its address."""
    settings = kept_databases.settings.model_copy(update={"oiflow_demo": False})
    pools.clear()
    monkeypatch.setattr(pools, "settings", lambda: settings)
    monkeypatch.setattr(visitor, "visit", lambda: Visit(address="198.51.100.7", agent="Tests"))

    def run(page: str, tier: Tier = Tier.PREMIUM, **words: str) -> AppTest:
        monkeypatch.setattr(visitor, "current", lambda touch=True: Account(1, f"{tier}@site.test", tier))
        app = AppTest.from_file(menu.PAGES / f"{page}.py", default_timeout=60)
        for name, word in words.items():
            app.query_params[name] = word
        return app.run()

    yield run
    pools.database.cache_clear()
    pools._reader.cache_clear()


@pytest.fixture
def filled(kept_databases: Any) -> None:
    """The small market, once a module."""
    if not market.reader(kept_databases).sessions():
        market.fill(kept_databases)


def words_of(app: AppTest) -> str:
    """All text that a page sends as HTML, without markup."""
    pieces = [re.sub(r"<style>.*?</style>|<[^>]*>", " ", element.proto.body, flags=re.S) for element in app.get("html")]
    return " ".join(pieces)


@pytest.mark.parametrize("page", [*MARKET_PAGES, "glossary"])
def test_without_data_a_page_says_so_and_what_to_do(pages: Run, page: str):
    app = pages(page)
    assert not app.exception
    assert page == "glossary" or "No data yet" in words_of(app)


@pytest.mark.parametrize("tier", [Tier.PREMIUM, Tier.ADMIN])
@pytest.mark.parametrize("page", MARKET_PAGES)
def test_where_chains_are_collected_a_page_without_changes_says_what_it_waits_for(
    pages: Run, monkeypatch: pytest.MonkeyPatch, page: str, tier: Tier
):
    settings = pools.settings().model_copy(update={"sources": "cboe,yahoo"})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    app = pages(page, tier)
    assert not app.exception
    assert "Collecting" in words_of(app) if page == "home" else "Changes follow from two sessions" in words_of(app)


def test_the_first_page_says_what_is_asked_while_the_first_try_is_under_way(
    pages: Run, monkeypatch: pytest.MonkeyPatch, kept_databases: Any
):
    settings = pools.settings().model_copy(update={"sources": "cboe,yahoo"})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    now = system_clock()
    run = collection.begin_run(kept_databases.ingest, "start", "cboe", now.date(), now, now, 44)
    assert "Asking Cboe delayed quotes for 44 names ..." in words_of(pages("home"))
    collection.end_run(kept_databases.ingest, run, now, "done", None)
    assert "The collector waits for its next time." in words_of(pages("home"))


@pytest.mark.parametrize("page", MARKET_PAGES)
def test_with_data_a_page_states_age_source_and_footer(pages: Run, filled: None, page: str):
    app = pages(page)
    said = words_of(app)
    assert not app.exception
    assert "Wed 4 Oct 2023" in said
    assert "It does not show who bought or who sold" in said
    assert not re.search(r"\b(nan|NaN|None|NaT)\b", said)


@pytest.mark.parametrize("page", ["home", "changes", "flow_trend"])
def test_free_visitors_see_the_open_pages_without_exports(pages: Run, filled: None, page: str):
    app = pages(page, Tier.FREE)
    assert not app.exception
    assert "/export/" not in "".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("page", ["new_positions", "display", "table"])
def test_locked_pages_say_what_they_hold_and_show_a_sample(pages: Run, filled: None, page: str):
    said = words_of(pages(page, Tier.FREE))
    assert "Sample, made-up figures" in said
    assert "Your account is Free" in re.sub(r"\s+", " ", said)
    assert "AAA" not in said


def test_a_moment_in_the_address_of_today_shows_what_was_known_then(pages: Run, filled: None):
    now, then = (words_of(pages("home", **words)) for words in ({}, {"as_of": "2023-10-05T19:50:00+00:00"}))
    assert now != then


HOSTILE = {
    "session": "2023-99-99", "market": "<script>", "dte": "9-1", "right": "X", "traded": "a,b", "min_change": "1e99",
    "flagged": "yes",
    "count": "999", "show": "all", "columns": "'; DROP", "months": "-1", "strike": "nan", "line": "x", "share_new": "inf",
}  # fmt: skip


@pytest.mark.parametrize("page", MARKET_PAGES)
def test_hostile_words_of_an_address_are_ignored(pages: Run, filled: None, page: str):
    app = pages(page, **HOSTILE)
    assert not app.exception
    assert "Wed 4 Oct 2023" in words_of(app)


def test_a_day_without_a_session_offers_the_one_before(pages: Run, filled: None):
    app = pages("changes", session="2023-10-01")
    assert "No session on this day" in words_of(app)
    (button,) = [found for found in app.button if found.label.startswith("Go to")]
    assert button.label == "Go to Fri 29 Sep 2023"
    button.click().run()
    assert app.query_params["session"] == "2023-09-29"
    assert "Fri 29 Sep 2023" in words_of(app)


def test_a_filter_goes_into_the_address_and_its_chip_takes_it_out(pages: Run, filled: None):
    app = pages("changes", right="C")
    (chip,) = [found for found in app.button if found.key == "chip_right"]
    assert chip.label == "Calls ✕"
    chip.click().run()
    assert "right" not in app.query_params


def test_arrows_walk_over_stored_sessions(pages: Run, filled: None):
    app = pages("changes")
    app.button(key="session_earlier").click().run()
    assert app.query_params["session"] == "2023-10-03"
    app.button(key="session_later").click().run()
    assert "session" not in app.query_params


def test_filters_that_leave_nothing_are_named_with_the_nearest_loosening(pages: Run, filled: None):
    app = pages("changes", min_change="40000")
    assert "Size 40,000 or more" in words_of(app)
    button = app.button(key="do_no_match")
    button.click().run()
    assert not app.exception
    assert "No contract matches" not in words_of(app)


def test_every_column_of_a_table_is_explained(pages: Run, filled: None):
    for name in ("Main", "Size", "Quote", "Bounds", "All"):
        (grid,) = pages("table", columns=name).dataframe
        config = grid.proto.columns
        assert config.count('"help"') == len(grid.value.columns)


def test_largest_changes_lead_to_the_history_of_their_contract(pages: Run, filled: None):
    bodies = "".join(element.proto.body for element in pages("home").get("html"))
    assert 'href="/flow_trend?symbol=EEE&amp;expiration=2023-10-20&amp;strike=100&amp;right=C"' in bodies


@pytest.fixture
def keeper(kept_databases: Any) -> Iterator[Database]:
    """Accounts, among them the one as which pages are run; it keeps no contract before and after."""
    if accounts.listed(kept_databases.auth, system_clock).empty:
        accounts.add(kept_databases.auth, "test", "somebody@site.test", "premium", None, system_clock)
    yield kept_databases.auth
    saved_contracts.remove(kept_databases.auth, 1, market.A_CALL)


CONTRACT = {"symbol": "AAA", "expiration": "2023-10-20", "strike": "50", "right": "C"}


def test_a_contract_is_saved_and_removed_again(pages: Run, filled: None, keeper: Database):
    app = pages("flow_trend", **CONTRACT)
    app.button(key="save").click().run()
    assert not app.exception
    assert app.button(key="chip_saved_0").label == "AAA 20 Oct 23  50 C"
    app.button(key="unsave").click().run()
    assert not [found for found in app.button if found.key == "chip_saved_0"]


@pytest.mark.parametrize("now", [None, (1, Tier.FREE), (2, Tier.PREMIUM)], ids=["disabled", "free by now", "somebody else"])
@pytest.mark.parametrize("key", ["save", "unsave"])
def test_a_click_on_a_page_that_is_no_longer_the_visitors_writes_nothing(
    pages: Run, filled: None, keeper: Database, monkeypatch: pytest.MonkeyPatch, now: tuple[int, Tier] | None, key: str
):
    if key == "unsave":
        saved_contracts.save(keeper, 1, Tier.PREMIUM, market.A_CALL)
    app, before = pages("flow_trend", **CONTRACT), saved_contracts.saved(keeper, 1)
    monkeypatch.setattr(visitor, "current", lambda touch=True: now and Account(now[0], "now@site.test", now[1]))
    app.button(key=key).click().run()
    assert not app.exception
    assert saved_contracts.saved(keeper, 1) == before


def test_what_the_filters_leave_out_is_counted(pages: Run, filled: None):
    assert "Shown: 6 of 7 contracts on list" in words_of(pages("changes"))
    assert "On list: 7 contracts" in words_of(pages("table", dte="0-1200"))


@pytest.mark.parametrize("page", ["home", "changes"])
def test_free_visitors_are_told_what_their_sums_are_over(pages: Run, filled: None, page: str):
    sentence = "nearest expiration of the 20 largest tickers"
    assert sentence in words_of(pages(page, Tier.FREE))
    assert sentence not in words_of(pages(page))


@pytest.mark.parametrize(("page", "words"), [("table", "All"), ("changes", "Largest")])
def test_an_empty_ticker_filter_says_what_is_shown(pages: Run, filled: None, page: str, words: str):
    assert pages(page).selectbox(key="filter_ticker").proto.placeholder == words


@pytest.mark.parametrize("tier", [*Tier])
def test_only_admins_read_how_to_load_files(monkeypatch: pytest.MonkeyPatch, tier: Tier):
    said: list[str] = []
    monkeypatch.setattr(frame.markup, "show", said.append)
    frame._simulated(Account(1, "a@site.test", tier))
    assert "Every figure on this page is made up." in said[0]
    assert ("oiflow import" in said[0]) == (tier is Tier.ADMIN)


@pytest.mark.parametrize(("typed", "wanted"), [
    ("aa", "AAA"), ("bbb", "BBB"), ("acme c", "AAA"), ("circuits", "AAA"), ("bb", "BBB"), ("alpha", "ACM"), ("acm", "ACM"),
])  # fmt: skip
def test_a_ticker_is_found_by_its_letters_or_its_company(monkeypatch: pytest.MonkeyPatch, typed: str, wanted: str):
    state: dict[str, Any] = {"search": typed}
    monkeypatch.setattr(frame.st, "session_state", state)
    frame._remember("search", {"AAA": "Acme Circuits Corp.", "ACM": "Alpha Beta", "BBB": None})
    assert state == {"search": None, "wanted_ticker": wanted}


def test_a_suggestion_names_the_company_where_it_is_known():
    assert [frame._named({"AAA": "Acme Inc.", "BBB": None}, symbol) for symbol in ("AAA", "BBB", "CCC")] == [
        "AAA - Acme Inc.", "BBB", "CCC",
    ]  # fmt: skip


@pytest.mark.parametrize(("typed", "kept"), [("nosuch", ("unknown_ticker", "NOSUCH")), ("aa", ("wanted_ticker", "AAA"))])
def test_an_unknown_ticker_is_told_apart_from_the_beginning_of_one(
    monkeypatch: pytest.MonkeyPatch, typed: str, kept: tuple[str, str]
):
    state: dict[str, Any] = {"search": typed}
    monkeypatch.setattr(frame.st, "session_state", state)
    frame._remember("search", {"AAA": None, "BBB": None})
    assert state == {"search": None, kept[0]: kept[1]}
