"""One contract or ticker over the sessions: gaps stay gaps, bounds belong to their session."""

from datetime import date

import pandas as pd
import pytest

from core import vocabulary
from tests.usecases import market
from usecases.flow_trend import tickers, view_trend


@pytest.fixture
def reader(small_market):
    return market.reader(small_market)


def trend(reader, key, **more):
    return view_trend(reader, key.symbol, key.expiration, key.strike_milli / 1000, key.right, key.deliverable, **more)


def test_a_contract_has_one_row_a_trading_day(reader):
    view = trend(reader, market.A_CALL)
    vocabulary.validate(view.sessions, vocabulary.TREND, vocabulary.TREND_KINDS)
    assert view.sessions[["session_date", "open_interest", "oi_change", "volume"]].to_numpy().tolist() == [
        [market.D0, 150, 50, 500], [market.D1, 200, 50, 700], [market.D2, 200, 0, 900], [market.D3, 1000, 800, 700],
    ]  # fmt: skip
    assert (view.kind, view.contract, view.label) == ("contract", market.A_CALL, "AAA 20 Oct 2023 50 Call")


def test_a_session_without_the_contract_is_a_gap_and_not_zero(reader):
    rows = trend(reader, market.A_LATE).sessions
    assert rows["listed"].tolist() == [True, False, True]
    gap = rows.iloc[1]
    assert pd.isna(gap[["open_interest", "oi_change", "volume", "iv", "delta", "last", "spot"]]).all()
    assert (gap.session_date, gap.source) == (market.D2, "barchart")


def test_each_change_is_bounded_by_the_volume_of_its_own_session(reader):
    rows = trend(reader, market.A_CALL).sessions
    bounds = (
        rows[["opened_min", "opened_max", "closed_min", "closed_max"]].astype(object).where(lambda table: table.notna(), None)
    )
    assert bounds.to_numpy().tolist() == [[None] * 4, [50, 500, 0, 450], [0, 700, 0, 700], [800, 900, 0, 100]]
    assert rows["bounds_reason"].iloc[0] == "no_volume"


def test_nothing_is_drawn_after_the_contract_ended(databases):
    market.fill(databases)
    market.publish(databases, date(2023, 10, 9), "stocks-increase", [market.Row(market.A_CALL, 1, 1, 1)])
    rows = trend(market.reader(databases, at=market.EVENING.replace(day=9)), market.B_PUT).sessions
    assert rows["quote_session"].max() == date(2023, 10, 6)


def test_a_ticker_is_the_sum_of_what_is_listed_without_bounds(reader):
    view = view_trend(reader, "eee")
    assert (view.kind, view.contract, view.label) == ("ticker", None, "EEE")
    assert view.sessions["open_interest"].tolist() == [5000, 6000, 7000, 14_000]
    assert view.sessions["spot"].tolist() == [99.0] * 4
    assert set(view.sessions["bounds_reason"]) == {"contracts_only"}
    assert view.sessions["opened_min"].isna().all()


def test_one_right_of_a_ticker_leaves_the_other_out(reader):
    assert view_trend(reader, "EEE", right="P").sessions["open_interest"].iloc[-1] == 4000


def test_whole_chains_are_preferred_for_a_ticker_where_they_are_as_recent(databases):
    market.fill(databases)
    market.publish(databases, market.Q4, "chains", [market.Row(market.E_CALL, 77_000, 1, 1)], source="simulated_chain")
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE loads SET coverage = 'full' WHERE source = 'simulated_chain'")
    view = view_trend(market.reader(databases), "EEE")
    assert (view.freshness.coverage, view.sessions["open_interest"].tolist()) == ("full", [77_000])


def test_the_picker_offers_what_was_listed(reader):
    choices = view_trend(reader, "AAA").choices
    assert (choices.expirations, choices.strikes) == ((date(2023, 10, 20), date(2024, 1, 19)), (45.0, 50.0, 60.0))
    near = view_trend(reader, "AAA", expiration=date(2023, 10, 20)).choices
    assert near.strikes == (45.0, 50.0)
    assert view_trend(reader, "AAA", expiration=date(2023, 10, 20), right="P").choices.strikes == (45.0,)


@pytest.mark.parametrize("symbol", ["ZZZ", "", "'; DROP TABLE loads; --", "A" * 5000])
def test_an_unknown_ticker_is_an_empty_answer_with_its_columns(reader, symbol):
    view = view_trend(reader, symbol)
    assert list(view.sessions.columns) == list(vocabulary.TREND)
    assert view.sessions.empty
    assert view.choices.expirations == ()


def test_the_ticker_box_suggests_what_the_latest_session_lists(reader):
    assert list(tickers(reader)) == ["AAA", "BBB", "EEE"]


def test_without_any_load_there_is_nothing_to_follow(databases):
    view = view_trend(market.reader(databases), "AAA")
    assert (view.freshness, view.sessions.empty, tickers(market.reader(databases))) == (None, True, {})
