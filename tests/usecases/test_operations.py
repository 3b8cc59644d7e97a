"""What an admin sees of sessions, loads and rows kept aside, and what the web asks of the collector."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from core.clock import frozen
from core.errors import LoadNotFound, NotAllowed, RefusedPayload, SettingsError
from core.sources import ABOUT, on_requests
from tests.usecases import market
from usecases import collection, housekeeping, operations

ADMIN = SimpleNamespace(email="admin@example.com", demo=False)
DEMO_ADMIN = SimpleNamespace(email="admin@demo", demo=True)
CLOCK = frozen(market.EVENING)


def test_the_overview_has_one_row_a_session_and_source(small_market):
    table = operations.session_overview(small_market.app_admin, CLOCK)
    assert table["session_date"].tolist() == [market.D3, market.D2, market.D1, market.D0]
    assert table.loc[0, ["source", "contracts", "slots", "slots_expected", "volume_final"]].tolist() == [
        "barchart",
        7,
        2,
        2,
        False,
    ]


def test_trading_days_without_a_session_are_gaps(databases):
    for day in (market.Q1, market.Q4):
        market.publish(databases, day, "stocks-increase", market.STOCKS[day])
    market.publish_state(databases, market.Q4, flags=["partial"])
    calendar = operations.gaps_calendar(databases.app_admin, CLOCK)
    assert calendar[["quote_session", "state"]].to_numpy().tolist() == [
        [market.Q1, "stored"], [market.Q2, "gap"], [market.Q3, "gap"], [market.Q4, "flagged"],
    ]  # fmt: skip
    assert calendar["contracts"].isna().tolist() == [False, True, True, False]


def test_loads_are_found_by_source_state_and_session(small_market):
    db = small_market.app_admin
    assert len(operations.loads(db)) == 8
    assert len(operations.loads(db, source="barchart", state="published", session=market.D3)) == 2
    assert operations.loads(db, state="refused").empty


def test_rows_kept_aside_are_listed_and_counted_by_reason(databases):
    load = market.publish(databases, market.Q4, "stocks-increase", market.STOCKS[market.Q4])
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO quarantine (load_id, payload_sha256, line_number, reason, raw_text)"
            " VALUES (%(load)s, 'x', 3, 'bad_strike', '=1'), (%(load)s, 'x', 9, 'bad_strike', '=1')",
            {"load": load},
        )
    assert operations.quarantined(databases.app_admin, load)["line_number"].tolist() == [9, 3]
    assert operations.quarantined(databases.app_admin, load + 1).empty
    assert operations.quarantine_reasons(databases.app_admin)[["reason", "rows"]].to_numpy().tolist() == [["bad_strike", 2]]


def test_an_upload_waits_for_the_collector(databases):
    number = operations.request_import(databases.app_admin, ADMIN, "C:\\files\\changes.csv", b"body")
    asked = operations.requests(databases.app_admin).iloc[0]
    assert (asked.request_id, asked.kind, asked.file_name) == (number, "import", "changes.csv")
    assert (asked.size_bytes, asked.requested_by, asked.state) == (4, "admin@example.com", "waiting")


@pytest.mark.parametrize("body", [b"", b"x" * (operations.MOST_UPLOAD + 1)], ids=["empty", "too large"])
def test_an_upload_that_cannot_be_a_file_is_refused_at_once(unwritten, body):
    with pytest.raises(RefusedPayload):
        operations.request_import(unwritten.app_admin, ADMIN, "changes.csv", body)


@pytest.mark.parametrize("source", [name for name, about in ABOUT.items() if not about.on_request] + ["nobody"])
def test_a_source_that_is_not_fetched_on_request_cannot_be_asked_for(databases, source):
    with pytest.raises(SettingsError, match=f"^{source} cannot be fetched; there are cboe, "):
        collection.request_collect(databases.app_admin, ADMIN, source, None)
    assert operations.requests(databases.app_admin).empty


@pytest.mark.parametrize("source", on_requests())
def test_a_source_that_is_fetched_on_request_can_be_asked_for(databases, source):
    number = collection.request_collect(databases.app_admin, ADMIN, source, None)
    asked = operations.requests(databases.app_admin).iloc[0]
    assert (asked.request_id, asked.kind, asked.source, asked.state) == (number, "collect", source, "waiting")


def test_a_withdrawal_is_asked_for_with_its_reason(databases):
    load = market.publish(databases, market.Q4, "stocks-increase", market.STOCKS[market.Q4])
    operations.request_withdrawal(databases.app_admin, ADMIN, load, "wrong day")
    asked = operations.requests(databases.app_admin).iloc[0]
    assert (asked.kind, asked.load_id, asked.why) == ("withdraw", load, "wrong day")


def test_only_loads_in_the_right_state_can_be_asked_about(databases):
    load = market.publish(databases, market.Q4, "stocks-increase", market.STOCKS[market.Q4])
    with pytest.raises(LoadNotFound):
        operations.request_undo(databases.app_admin, ADMIN, load)
    with pytest.raises(LoadNotFound):
        operations.request_withdrawal(databases.app_admin, ADMIN, load + 1000, "no such load")


def test_sources_say_their_rule_their_rights_and_what_is_stored(small_market):
    found = {state.source: state for state in operations.sources(small_market.app_admin, small_market.settings, CLOCK)}
    assert set(found) >= {"barchart", "simulated", "simulated_chain"}
    barchart = found["barchart"]
    assert (barchart.sessions, barchart.loads_published, barchart.latest_session) == (4, 8, date(2023, 10, 4))
    assert barchart.date_rule
    assert not barchart.rights_confirmed


@pytest.mark.parametrize(
    "ask",
    [
        lambda db: operations.request_import(db, DEMO_ADMIN, "changes.csv", b"body"),
        lambda db: operations.request_withdrawal(db, DEMO_ADMIN, 1, "wrong day"),
        lambda db: operations.request_undo(db, DEMO_ADMIN, 1),
    ],
    ids=["import", "withdrawal", "undo"],
)
def test_a_demo_account_asks_for_nothing_in_the_real_market(databases, ask):
    with pytest.raises(NotAllowed, match=r"OIFLOW_DEMO=0 make run.*admin link"):
        ask(databases.app_admin)
    assert operations.requests(databases.app_admin).empty


def test_a_demo_account_asks_in_the_simulated_market(demo_databases):
    operations.request_import(demo_databases.app_admin, DEMO_ADMIN, "changes.csv", b"body")
    assert operations.requests(demo_databases.app_admin)["requested_by"].tolist() == ["admin@demo"]


def test_a_service_that_stopped_reporting_is_late_and_one_that_never_did_is_named(databases):
    started, clock = market.EVENING - timedelta(hours=1), frozen(market.EVENING)
    housekeeping.beat(databases.worker, "worker", started, clock)
    in_time, late = (
        operations.services(databases.app_admin, frozen(market.EVENING + timedelta(seconds=seconds))) for seconds in (60, 61)
    )
    assert [(state.service, state.reported_at, state.late) for state in in_time] == [
        ("collector", None, False), ("worker", market.EVENING, False),
    ]  # fmt: skip
    assert [(state.service, state.late) for state in late] == [("collector", False), ("worker", True)]
    assert late[1].expected_at == market.EVENING + timedelta(seconds=60)
