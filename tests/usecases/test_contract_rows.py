"""The table of contracts: figures by hand, bounds from the volume of the session in which the change was made."""

import pandas as pd
import pytest

from core import vocabulary
from tests.usecases import market
from usecases.contract_table import Totals, totals, view_table
from usecases.filters import Filters
from usecases.new_positions import view_new_positions


@pytest.fixture
def rows(small_market):
    view = view_table(market.reader(small_market), Filters(dte=(0, 1200)))
    vocabulary.validate(view.contracts, vocabulary.CONTRACT)
    return view.contracts.set_index(["symbol", "strike", "right"])


def test_figures_of_a_plain_contract(rows):
    call = rows.loc[("AAA", 50.0, "C")]
    assert (call.oi_before, call.dte, call.share_new) == (200, 15, pytest.approx(0.8))
    assert (call.premium, call.delta_notional) == (88_000.0, 2_000_000.0)
    assert (call.spread_pct, call.from_spot, call.moneyness_label) == (pytest.approx(0.2 / 1.1), 0.0, "ATM")
    assert (call.sentiment, call.confidence, call.reasons) == (1, 3, [])


def test_bounds_join_the_change_to_the_final_volume_of_its_own_session(rows):
    call = rows.loc[("AAA", 50.0, "C")]  # +800 on the volume of 900 of the session before, not on the 700 shown beside it
    assert [call.opened_min, call.opened_max, call.closed_min, call.closed_max] == [800, 900, 0, 100]
    assert pd.isna(call.bounds_reason)


def test_bounds_that_nothing_proves_are_unknown_with_a_reason(rows):
    assert rows.loc[("AAA", 45.0, "P"), "bounds_reason"] == "change_exceeds_volume"
    assert rows.loc[("BBB", 20.0, "P"), "bounds_reason"] == "no_volume"
    assert rows.loc[("BBB", 20.0, "P"), ["opened_min", "opened_max", "closed_min", "closed_max"]].isna().all()


def test_bounds_on_volume_that_was_not_final_are_unknown(databases):
    for day, final in ((market.Q3, False), (market.Q4, True)):
        market.publish(databases, day, "stocks-increase", market.STOCKS[day], volume_final=final)
    rows = view_table(market.reader(databases), Filters()).contracts.set_index("strike")
    assert rows.loc[50.0, "bounds_reason"] == "volume_not_final"


def test_first_listed_means_no_earlier_row_of_this_source(rows):
    assert sorted(rows.index[rows["first_listed"]]) == [("BBB", 4.0, "C"), ("EEE", 95.0, "P")]


def test_a_contract_without_trade_iv_or_delta_has_no_label_and_no_notional(rows):
    late = rows.loc[("AAA", 60.0, "C")]
    assert pd.isna(late[["sentiment", "confidence", "last", "iv", "delta", "delta_notional"]]).all()
    assert late.reasons == ["no_trade_price", "no_iv", "no_delta"]


def test_an_adjusted_contract_has_neither_premium_nor_moneyness(rows):
    adjusted = rows.loc[("BBB", 4.0, "C")]
    assert adjusted.deliverable == "adjusted"
    assert pd.isna(adjusted[["premium", "delta_notional", "from_spot", "moneyness_label"]]).all()


def test_totals_add_up_what_is_known(small_market):
    contracts = view_table(market.reader(small_market), Filters(dte=(0, 1200))).contracts
    premium = 88_000 + 42_000 + 66_000 + 95_000 + 330_000 + 368_000
    assert totals(contracts) == Totals(calls=4350, puts=2100, premium=premium)
    assert (len(contracts), contracts["premium"].isna().sum()) == (7, 1)


def test_a_total_of_unknown_premiums_is_unknown(small_market):
    contracts = view_table(market.reader(small_market), Filters(dte=(0, 1200))).contracts
    assert pd.isna(totals(contracts[contracts["premium"].isna()]).premium)


def test_new_positions_count_contracts_and_add_up_what_was_opened(small_market):
    view = view_new_positions(market.reader(small_market), Filters(share_new=0.6, min_change=500, dte=(0, 1200)))
    assert view.contracts["oi_change"].tolist() == [1900, 800, 600]
    assert (view.found, view.on_list, view.calls, view.puts, view.opened) == (3, 7, 2, 1, 3300)
    assert view.premium == 95_000 + 88_000 + 66_000


def test_new_positions_never_show_a_contract_whose_open_interest_fell(small_market):
    assert (view_new_positions(market.reader(small_market), Filters()).contracts["oi_change"] > 0).all()
