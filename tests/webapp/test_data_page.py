"""The page Data, run as a page over a real database: what it shows, and what it asks of the collector."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from core.access import Tier
from core.clock import frozen, system_clock
from db import services
from ingest import jobs
from tests.ingest.futures.running import Running
from tests.ingest.importing import NOW, bring, file, whole_set
from usecases import audit, housekeeping, operations
from usecases.sign_in import Account
from webapp import menu, pools, visitor
from webapp.parts import data_table

ADMIN = Account(account_id=1, email="admin@site.test", tier=Tier.ADMIN)


@pytest.fixture
def site(databases, monkeypatch):
    """The page of an admin over a fresh database of the real market."""
    pools.clear()
    settings = databases.settings.model_copy(update={"oiflow_demo": False})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    monkeypatch.setattr(visitor, "require", lambda feature: ADMIN)
    monkeypatch.setattr(visitor, "current", lambda touch=True: ADMIN)
    yield databases
    pools.database.cache_clear()


def page():
    run = AppTest.from_file(menu.PAGES / "data.py", default_timeout=60).run()
    assert not run.exception
    return run


def press(run):
    """The one button of the load that is picked."""
    next(button for button in run.button if button.label in ("Withdraw this load", "Bring it back")).click().run()


def words(run):
    return " ".join(
        str(element.value) for element in (*run.markdown, *run.text, *run.caption, *run.get("html"), *run.error, *run.success)
    )


def test_the_page_says_that_the_clock_is_wrong(site):
    services.beat(site.ingest, "collector", system_clock(), system_clock(), {"clock": "This machine's clock is 9 s ahead."})
    assert "This machine&#x27;s clock is 9 s ahead." in words(page())


def bring_set(site):
    return bring(site.ingest, site.settings.oiflow_home, *whole_set())


def pick(monkeypatch, site, state):
    """The page with the first load of a state picked in the table."""
    rows = operations.loads(site.app_admin, state=state)
    monkeypatch.setattr(data_table, "loads", lambda chosen: dict(rows.iloc[0]))
    return page(), int(rows["load_id"].iloc[0])


def collect(site):
    while jobs.take_request(site.ingest, site.settings.oiflow_home, NOW):
        pass


def asked(site):
    return operations.requests(site.app_admin)


def test_empty_store_says_so(site):
    assert "Nothing is stored yet" in words(page())


def test_stored_session_stands_in_calendar_and_table(site):
    bring_set(site)
    run = page()
    assert "1 session stored" in words(run)
    assert "4 loads" in words(run)


def test_trading_days_between_sessions_are_shown_as_gaps(site):
    bring_set(site)
    bring(site.ingest, site.settings.oiflow_home, file(session=NOW().date().replace(day=5)))
    assert "2 missing" in words(page())


def test_services_say_when_they_last_reported(site):
    assert "has not reported yet" in words(page())
    housekeeping.beat(site.ingest, "collector", NOW(), system_clock)
    housekeeping.beat(site.worker, "worker", NOW(), frozen(datetime(2023, 10, 6, 10, 47, tzinfo=UTC)))
    shown = words(page())
    assert '<b>Collector</b><span class="">reported ' in shown
    assert "expected Fri 6 Oct 2023 06:48 ET, last reported Fri 6 Oct 2023 06:47 ET" in shown


def test_withdrawal_needs_a_reason(site, monkeypatch):
    bring_set(site)
    run, _load = pick(monkeypatch, site, "published")
    press(run)
    assert "Say why" in words(run)
    assert asked(site).empty


def test_withdrawn_load_can_be_brought_back(site, monkeypatch):
    bring_set(site)
    run, load = pick(monkeypatch, site, "published")
    run.text_input[0].input("wrong day")
    press(run)
    collect(site)
    assert operations.loads(site.app_admin, state="withdrawn")["load_id"].tolist() == [load]
    run, load = pick(monkeypatch, site, "withdrawn")
    assert "wrong day" in words(run)
    press(run)
    collect(site)
    assert operations.loads(site.app_admin, state="withdrawn").empty


def test_what_is_asked_stands_in_the_audit_log(site, monkeypatch):
    bring_set(site)
    run, load = pick(monkeypatch, site, "published")
    run.text_input[0].input("wrong day")
    press(run)
    lines = audit.entries(site.auth, "withdrawal_asked")
    assert lines[["actor", "subject"]].to_numpy().tolist() == [["admin@site.test", f"load {load}"]]


def test_page_follows_when_a_request_is_finished(site, monkeypatch):
    bring_set(site)
    run = page()
    load = int(operations.loads(site.app_admin)["load_id"].iloc[0])
    operations.request_withdrawal(site.app_admin, ADMIN, load, "wrong day")
    run.run()
    shown = []
    monkeypatch.setattr(data_table, "calendar", lambda chosen: shown.append(operations.loads(site.app_admin)["state"].tolist()))
    collect(site)
    run.run()
    assert [states.count("withdrawn") for states in shown] == [1, 1]  # drawn with the news, and anew because of them
    run.run()
    assert len(shown) == 3


def test_refused_file_shows_its_reason(site, monkeypatch):
    bring(site.ingest, site.settings.oiflow_home, ("page.csv", b"<html><form>Sign in</form></html>"))
    run, _load = pick(monkeypatch, site, "refused")
    assert "sign_in_page" in words(run)


def test_text_of_a_file_is_shown_as_it_is_and_never_as_markdown(site, monkeypatch):
    bring_set(site)
    row = dict(operations.loads(site.app_admin, state="published").iloc[0])
    hostile = "[Sign in again](https://evil.example) ![](https://evil.example/x.png)"
    refused = row | {"state": "refused", "reason": "no_rows", "detail": hostile, "file_name": hostile}
    monkeypatch.setattr(data_table, "loads", lambda chosen: refused)
    run = page()
    assert any(hostile in element.value for element in run.text)
    assert not [element for element in (*run.markdown, *run.caption, *run.error, *run.success) if "evil" in str(element.value)]


def test_import_without_a_file_is_not_asked(site):
    run = page()
    next(button for button in run.button if button.label == "Import").click().run()
    assert "Choose a file first" in words(run)
    assert asked(site).empty


def test_a_venue_that_is_silent_is_shown_with_its_gap(site, tmp_path):
    assert "No venue was looked at yet" in " ".join(words.value for words in page().caption)
    running = Running(site, tmp_path, venues=["okx", "bybit"])
    running.minutes()
    running.minutes(2, okx="429")
    running.desk.close()
    run = page()
    venues, gaps = (next(each.value for each in run.dataframe if name in each.value) for name in ("standing", "cycles"))
    assert dict(zip(venues["venue"], venues["standing"], strict=True)) == {"bybit": "late", "okx": "silent: rate_limited"}
    assert gaps[["venue", "symbol", "reason", "cycles"]].to_numpy().tolist() == [["okx", "all", "rate_limited", 2]]
    assert "1 gap in 72 hours, 1 of them open" in words(run)


@pytest.fixture
def demo_site(site, demo_databases, monkeypatch):
    """The page while the simulated market is shown; both markets hold the same load."""
    for each in (site, demo_databases):
        bring(each.ingest, each.settings.oiflow_home, file())
    settings = site.settings.model_copy(update={"oiflow_demo": True})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    pools.database.cache_clear()
    return demo_databases


@pytest.fixture(params=[True, False], ids=["demo account", "account of the simulated market"])
def admin(request, monkeypatch):
    """Who sees the page: nobody has a road from the simulated market to the real one."""
    monkeypatch.setattr(visitor, "require", lambda feature: replace(ADMIN, demo=request.param))


def test_the_simulated_market_offers_no_other_and_takes_no_files(demo_site, admin):
    run = page()
    for way in ("`oiflow import FILE`", "inbox folder", "`OIFLOW_DEMO=0 make run`"):
        assert way in words(run)
    assert "Sessions of the simulated market" in words(run)
    assert not [*run.button, *run.get("button_group"), *run.get("file_uploader")]


def test_what_is_asked_in_the_simulated_market_reaches_no_other(demo_site, admin, site, monkeypatch):
    run, load = pick(monkeypatch, demo_site, "published")
    run.text_input[0].input("wrong day")
    press(run)
    assert operations.requests(demo_site.app_admin)["load_id"].tolist() == [load]
    assert len(audit.entries(demo_site.auth, "withdrawal_asked")) == 1
    assert asked(site).empty
    assert audit.entries(site.auth, "withdrawal_asked").empty


def test_pools_are_of_the_market_that_is_shown(demo_site):
    assert all(pools.database(login).demo for login in ("app_free", "app_premium", "app_admin", "auth"))
    with pytest.raises(TypeError):
        pools.database("app_admin", False)


COUNTS = {"published": 12, "quarantined": 1, "duplicates": 0, "refusals": []}
REFUSED = {**COUNTS, "refusals": [{"reason": "no_rows", "message": "Empty."}]}


@pytest.mark.parametrize(
    ("kind", "answer", "shown"),
    [
        ("import", None, "–"),
        ("import", COUNTS, "12 published, 1 quarantined, 0 duplicates"),
        ("import", REFUSED, "no_rows: Empty."),
        ("withdraw", {"load_id": 3, "data_version": 2}, "Done"),
        ("withdraw", {"code": "load_not_found", "message": "There is no load 3."}, "There is no load 3."),
    ],
)
def test_answer_of_the_collector_is_told_in_words(kind, answer, shown):
    assert data_table._answer(kind, answer) == shown
