"""What a free visitor sees: nearest expirations of the largest tickers in the latest session, five sessions of one contract."""

from datetime import date, timedelta

import pytest

from analytics.on_list import by_strike, by_ticker
from core.access import Tier
from core.sessions import next_session
from db.free import rebuild_free
from tests.usecases import market
from usecases.changes import view_changes
from usecases.filters import Filters
from usecases.flow_trend import tickers, view_trend
from usecases.home import view_home

ALL = Filters(dte=(0, 1200))


@pytest.fixture
def free(small_market):
    return market.reader(small_market, Tier.FREE)


def test_part_of_a_coin_is_what_it_is_for_free_visitors_too(databases):
    market.publish(databases, market.Q4, "stocks-increase", [market.Row(market.A_LATE, 1000, 500, 500)])
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE contracts SET multiplier = 0.1")
    market.flip(databases)
    shown = {
        tier: view_changes(market.reader(databases, tier), ALL).contracts["premium"].tolist()
        for tier in (Tier.FREE, Tier.PREMIUM)
    }
    assert shown[Tier.FREE] == shown[Tier.PREMIUM] != [0.0]


def test_the_nearest_expiration_of_each_ticker_is_shown_and_nothing_else(free):
    view = view_changes(free, ALL)
    assert view.contracts[["symbol", "expiration", "oi_change"]].to_numpy().tolist() == [
        ["EEE", date(2023, 10, 20), 3000], ["BBB", date(2023, 10, 6), 1900],
        ["AAA", date(2023, 10, 20), 800], ["AAA", date(2023, 10, 20), -200],
    ]  # fmt: skip
    assert (view.calls, view.puts, view.sessions) == (3800, 1700, (market.D3,))
    assert view.limited.nearest_expiration_only


def test_free_figures_equal_the_premium_ones_of_the_same_contracts(small_market, free):
    premium = view_changes(market.reader(small_market), ALL).contracts.set_index("contract_id")
    ours = view_changes(free, ALL).contracts.set_index("contract_id")
    same = [name for name in ours.columns if name not in ("first_listed", "trade_time")]
    assert ours[same].equals(premium.loc[ours.index, same])


def test_history_other_moments_and_other_sessions_are_out_of_reach(free):
    asked = Filters(session=market.D1, as_of=market.EVENING - timedelta(days=2), flagged=True, listed_since=market.D0)
    view = view_changes(free, asked)
    assert view.freshness.session_date == market.D3
    assert view.filters == Filters()
    assert view_home(free, session=market.D1, as_of=market.EVENING - timedelta(days=2)).freshness.session_date == market.D3


def test_home_shows_one_session_and_no_history(free):
    view = view_home(free)
    assert (len(view.balance), view.put_call_median20, view.contracts, view.tickers) == (1, None, 4, 3)
    assert view.balance[["calls", "puts"]].iloc[0].tolist() == [view.calls, view.puts]


def test_what_cannot_be_known_from_five_sessions_is_unknown(free):
    assert view_changes(free, ALL).contracts["first_listed"].isna().all()


def test_the_stored_tickers_and_strikes_equal_sums_over_the_stored_contracts(small_market, free):
    contracts = view_changes(free, ALL).contracts
    tickers = by_ticker(contracts).drop(columns=["asset_class", "net_oi_change", "contracts", "spot"])
    strikes = by_strike(contracts[contracts["symbol"] == "AAA"])
    with small_market.app_free.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            "SELECT symbol, call_oi_change, put_oi_change, call_open_interest, put_open_interest FROM free_tickers ORDER BY rank"
        )
        assert cursor.fetchall() == [tuple(row) for row in tickers.to_numpy()]
        cursor.execute(
            "SELECT strike::float8, call_oi_change, put_oi_change FROM free_strikes WHERE symbol = 'AAA' ORDER BY strike"
        )
        assert cursor.fetchall() == [tuple(row) for row in strikes[["strike", "call_oi_change", "put_oi_change"]].to_numpy()]


def test_a_contract_is_followed_over_five_sessions_at_most(databases):
    day = market.Q1
    for number in range(8):
        market.publish(databases, day, "stocks-increase", [market.Row(market.A_LATE, 1000 + number, 1, 500)])
        day = next_session(day)
    market.flip(databases, market.EVENING + timedelta(days=9))
    key = market.A_LATE
    reader = market.reader(databases, Tier.FREE, market.EVENING + timedelta(days=9))
    view = view_trend(reader, "AAA", key.expiration, 60.0, "C", months=12)
    assert view.sessions["open_interest"].tolist() == [1003, 1004, 1005, 1006, 1007]
    assert view.limited.sessions == 5


def test_tickers_beyond_the_twentieth_are_not_shown(databases):
    keys = [market.ContractKey(f"T{number:02}", date(2023, 10, 20), "C", 10_000) for number in range(25)]
    rows = [market.Row(key, 9000, 100 + number, 500) for number, key in enumerate(keys)]
    market.publish(databases, market.Q4, "stocks-increase", rows)
    market.flip(databases)
    view = view_changes(market.reader(databases, Tier.FREE), Filters())
    assert view.ticker_choices == [f"T{number:02}" for number in range(5, 25)]
    assert len(view.tickers) == 20


def test_rebuilding_writes_only_sessions_that_changed_and_gives_the_same(databases):
    market.fill(databases)
    fresh = _free_contracts(databases)
    market.flip(databases)
    assert _free_contracts(databases) == fresh  # same rows, not written again
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("DELETE FROM free_sessions")
        cursor.execute("DELETE FROM free_contracts")
        rebuild_free(work, market.EVENING)
    assert [row[1:] for row in _free_contracts(databases)] == [row[1:] for row in fresh]


def test_a_withdrawn_session_is_gone_for_free_visitors_at_once(databases):
    market.fill(databases)
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE loads SET state = 'withdrawn', withdrawn_at = known_at WHERE quote_session = %s", (market.Q4,))
        rebuild_free(work, market.EVENING)
    assert view_home(market.reader(databases, Tier.FREE)).freshness.session_date == market.D2


def test_nothing_stored_is_nothing_shown(databases):
    market.flip(databases)
    assert view_home(market.reader(databases, Tier.FREE)).freshness is None


def _free_contracts(databases):
    """Rows of free_contracts, each after the transaction that wrote it."""
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, free_contracts::text FROM free_contracts ORDER BY quote_session, contract_id")
        return cursor.fetchall()


@pytest.mark.parametrize("tier", [Tier.FREE, Tier.PREMIUM])
def test_tickers_have_the_names_of_their_companies_whatever_the_tier(small_market, tier):
    with small_market.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE underlyings SET name = 'Acme Inc.' WHERE symbol = 'AAA'")
        rebuild_free(work)
    assert tickers(market.reader(small_market, tier)) == {"AAA": "Acme Inc.", "BBB": None, "EEE": None}
