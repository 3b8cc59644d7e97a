"""Changes by ticker, by strike and by contract, and what to loosen when nothing is left."""

from dataclasses import replace
from datetime import date

import pytest

from core.errors import SessionNotFound
from tests.usecases import market
from usecases.changes import sessions, view_changes
from usecases.filters import Filters

WIDE = Filters(dte=(0, 1200))


@pytest.fixture
def reader(small_market):
    return market.reader(small_market)


def changes(view):
    return view.contracts["oi_change"].tolist()


def test_the_largest_ticker_is_drawn_by_strike_where_none_is_chosen(reader):
    view = view_changes(reader, Filters())
    assert (view.ticker, view.spot) == ("EEE", 99.0)
    assert view.strikes["strike"].tolist() == [100.0]
    assert (view.calls, view.puts) == (4350, 1700)
    assert view.ticker_choices == ["AAA", "BBB", "EEE"]


def test_a_chosen_ticker_narrows_contracts_and_strikes_but_not_the_chart_of_tickers(reader):
    view = view_changes(reader, Filters(ticker="AAA"))
    assert changes(view) == [800, 600, -200]
    assert view.strikes[["strike", "call_oi_change", "put_oi_change"]].to_numpy().tolist() == [
        [45, 0, -200],
        [50, 800, 0],
        [60, 600, 0],
    ]
    assert view.tickers["symbol"].tolist() == ["EEE", "BBB", "AAA"]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (WIDE, [3000, 1900, 800, 600, 400, -200, -50]),
        (Filters(), [3000, 1900, 800, 600, -200, -50]),
        (Filters(dte=(0, 14)), [1900]),
        (Filters(dte=(15, 106)), [3000, 800, 600, -200, -50]),
        (replace(WIDE, market="etf"), [3000, 400]),
        (replace(WIDE, right="P"), [1900, 400, -200]),
        (replace(WIDE, traded=(2, -2)), [400, -200]),
        (replace(WIDE, traded=(0,)), [1900]),
        (replace(WIDE, min_change=800), [3000, 1900, 800]),
        (replace(WIDE, min_premium=90_000.0), [3000, 1900, 400]),
        (replace(WIDE, share_new=0.8), [1900, 800]),
        (replace(WIDE, moneyness=("ATM",)), [3000, 800]),
        (replace(WIDE, moneyness=("ITM",)), []),
        (replace(WIDE, listed_since=market.D3), [400, -50]),
        (replace(WIDE, listed_since=market.D2), [400, -200, -50]),
        (replace(WIDE, right="P", market="stock", min_change=1000), [1900]),
    ],
)
def test_each_filter_leaves_what_it_says(reader, filters, left):
    assert changes(view_changes(reader, filters)) == left


@pytest.mark.parametrize(
    ("filters", "offered"),
    [
        (Filters(min_change=50_000), ("min_change", 3000)),
        (replace(WIDE, min_premium=1e7), ("min_premium", 360_000.0)),
        (Filters(right="P", share_new=0.96), ("share_new", 0.95)),
        (Filters(dte=(2, 9)), ("dte", (1, 9))),
        (Filters(dte=(107, 365)), ("dte", (106, 365))),
        (Filters(moneyness=("ITM",)), ("moneyness", ())),
        (Filters(ticker="BBB", market="etf"), ("market", "all")),
        (Filters(ticker="ZZZ"), ("ticker", None)),
        (Filters(ticker="ZZZ", min_change=50_000), None),
    ],
)
def test_an_empty_answer_offers_the_nearest_loosening(reader, filters, offered):
    view = view_changes(reader, filters)
    assert view.contracts.empty
    assert view.loosening == offered
    if offered:
        assert changes(view_changes(reader, replace(filters, **{offered[0]: offered[1]})))


def test_a_session_that_is_not_stored_is_not_found(reader):
    with pytest.raises(SessionNotFound):
        view_changes(reader, Filters(session=date(2023, 10, 20)))


def test_flagged_sessions_are_offered_only_when_asked_for_chosen_or_the_latest(databases):
    market.fill(databases)
    reader = market.reader(databases)
    for day in (market.Q2, market.Q4):
        with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
            cursor.execute("DELETE FROM session_states WHERE quote_session = %s", (day,))
        market.publish_state(databases, day, flags=["stale"])
    market.flip(databases)
    assert sessions(reader) == (market.D3, market.D2, market.D1, market.D0)
    assert sessions(reader, Filters()) == (market.D3, market.D2, market.D0)
    assert sessions(reader, Filters(flagged=True)) == (market.D3, market.D2, market.D1, market.D0)
    assert sessions(reader, Filters(session=market.D1)) == (market.D3, market.D2, market.D1, market.D0)
