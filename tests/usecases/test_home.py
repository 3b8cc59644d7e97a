"""Today's figures, against sums made by hand."""

import pytest

from core import vocabulary
from tests.usecases import market
from usecases.home import view_home


def test_home_sums_the_latest_session_on_list(small_market):
    view = view_home(market.reader(small_market))
    assert (view.calls, view.puts) == (800 + 600 - 50 + 3000, -200 + 1900 + 400)
    assert view.put_call == pytest.approx(2100 / 4350)
    assert (view.contracts, view.tickers, view.limited) == (7, 3, None)
    assert view.largest["oi_change"].tolist() == [3000, 1900, 800, 600, 400, -200, -50]
    assert view.ticker_changes["symbol"].tolist() == ["EEE", "BBB", "AAA"]


def test_home_tables_fit_the_vocabulary(small_market):
    view = view_home(market.reader(small_market))
    vocabulary.validate(view.largest, vocabulary.CONTRACT)
    vocabulary.validate(view.balance, vocabulary.BALANCE)
    vocabulary.validate(view.ticker_changes, vocabulary.TICKER)


def test_the_balance_is_one_pair_a_session_and_ends_with_the_one_shown(small_market):
    balance = view_home(market.reader(small_market), session=market.D2).balance
    assert balance[["session_date", "calls", "puts"]].to_numpy().tolist() == [
        [market.D0, 1050, -100], [market.D1, 1150, 0], [market.D2, 1000, 100],
    ]  # fmt: skip


def test_the_median_is_of_unflagged_sessions_before(databases):
    market.fill(databases)
    reader = market.reader(databases)
    assert view_home(reader).put_call_median20 == pytest.approx((0 / 1150 + 100 / 1000) / 2)  # puts fell in the first: no ratio
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("DELETE FROM session_states WHERE quote_session = %s", (market.Q2,))
    market.publish_state(databases, market.Q2, flags=["discontinuous"])
    market.flip(databases)
    view = view_home(reader)
    assert view.put_call_median20 == pytest.approx(100 / 1000)
    assert view.balance["flags"].tolist() == [[], ["discontinuous"], [], []]


def test_the_sums_of_contracts_equal_the_roll_ups(small_market):
    view = view_home(market.reader(small_market))
    assert view.balance[["calls", "puts"]].iloc[-1].tolist() == [view.calls, view.puts]


def test_home_without_any_load_is_empty_but_whole(databases):
    view = view_home(market.reader(databases))
    assert view.freshness is None
    assert (view.calls, view.put_call, view.put_call_median20) == (0, None, None)
    assert list(view.largest.columns) == list(vocabulary.CONTRACT)
    assert view.balance.empty
