"""What a reader sees of one coin over five venues, and of the venues that are silent."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.ingest.futures.running import MIDNIGHT, Running
from usecases.futures import futures_health, view_futures

NOON = datetime.fromtimestamp(MIDNIGHT, UTC)


@pytest.fixture(scope="module")
def market(kept_databases, tmp_path_factory):
    """Forty minutes of five venues: okx fails from 00:10 to 00:14 and from 00:35 on, ETH of deribit is left out from 00:20 on."""
    running = Running(kept_databases, tmp_path_factory.mktemp("home"))
    running.minutes(10)
    running.minutes(5, okx="500")
    running.minutes(5)
    running.world.silent.add("ETH_USDC-PERPETUAL")
    running.minutes(15)
    running.minutes(6, okx="429")
    running.desk.close()
    return running


def at(minute):
    return NOON + timedelta(minutes=minute)


def seen(market, minute, base="BTC", hours=1, login="app_premium"):
    return view_futures(getattr(market.databases, login), base, hours, at(minute))


def truth(market, venue, minute):
    """Coins of bitcoin open at a venue, all instruments together."""
    market.world.at = MIDNIGHT + 60 * minute
    return sum(market.world.open_coins(each) for each in market.world.listed(venue) if each.coin == "BTC")


def test_the_total_is_what_is_open_at_all_venues_together(market):
    view = seen(market, 5)
    expected = sum(truth(market, venue, 5) for venue in view.by_venue)
    assert view.current.base == pytest.approx(expected, rel=1e-5)
    assert (len(view.by_venue), len(view.current.members), view.current.partial) == (5, 12, False)


def test_each_instrument_is_shown_in_its_own_unit_beside_coins_and_dollars(market):
    found = {each.symbol: each for each in seen(market, 5).latest}["BTC-USDT-SWAP"]
    assert (found.unit, found.price_kind, found.side_convention, found.missing) == ("contracts", "mark", "one_sided", "")
    assert found.oi_base == pytest.approx(found.oi_native * 0.01)
    assert found.oi_usd == pytest.approx(found.oi_base * found.price_used)
    assert (found.known_at, found.venue_ts) == (at(5), at(5) - timedelta(seconds=1))


def test_a_venue_that_is_down_makes_the_total_partial_and_is_named(market):
    view = seen(market, 12)
    assert (view.current.partial, view.current.missing) == (
        True,
        ("okx BTC-USD-SWAP", "okx BTC-USDT-261225", "okx BTC-USDT-SWAP"),
    )
    assert {each.missing for each in view.latest if each.venue == "okx"} == {"unavailable"}
    assert np.isnan(view.by_venue["okx"].base)


def test_the_series_says_at_each_point_who_is_in_it(market):
    series = seen(market, 30, hours=1).series.set_index("at")
    partial = series["partial"]
    assert [bool(partial[at(minute)]) for minute in (9, 10, 14, 15, 16)] == [False, True, True, False, False]
    assert series.loc[at(12), "base"] < series.loc[at(9), "base"] * 0.9
    assert len(series.loc[at(12), "members"]) + len(series.loc[at(12), "missing"]) == 12


def test_what_was_known_at_a_moment_stays_what_it_was(market):
    assert seen(market, 11).current.missing == seen(market, 12).current.missing
    assert not seen(market, 9).current.partial
    assert seen(market, 9).latest == seen(market, 9, login="app_admin").latest


def test_one_symbol_that_its_venue_leaves_out_is_named_alone(market):
    view = seen(market, 34, base="ETH")
    assert view.current.missing == ("deribit ETH_USDC-PERPETUAL",)
    assert {each.missing for each in view.latest if each.venue == "deribit"} == {"absent"}


def test_a_value_that_is_too_old_is_stale_even_where_no_gap_says_so(market):
    view = seen(market, 120)
    assert {each.missing for each in view.latest} == {"stale", "rate_limited"}
    assert view.current.members == ()


def test_a_coin_that_nobody_lists_is_an_empty_answer(market):
    view = seen(market, 30, base="NONE")
    assert (view.latest, view.by_venue, view.current.members, view.current.partial) == ((), {}, (), False)
    assert np.isnan(view.current.base)


def test_health_shows_every_venue_and_the_gaps_of_the_window(market):
    health = futures_health(market.databases.app_admin, 1, at(40))
    assert {each.venue: each.silent for each in health.venues if each.silent} == {"okx": "rate_limited"}
    assert [(each.venue, each.symbol, each.reason, each.cycles) for each in health.gaps] == [
        ("okx", None, "unavailable", 5), ("deribit", "ETH_USDC-PERPETUAL", "absent", 21), ("okx", None, "rate_limited", 6),
    ]  # fmt: skip
    assert [each.ended_at for each in health.gaps] == [at(15), None, None]


def test_a_venue_whose_cycles_stopped_is_late(market):
    late = {each.venue: each.late for each in futures_health(market.databases.worker, 1, at(45)).venues}
    assert late == {"binance": False, "bybit": True, "deribit": True, "hyperliquid": True, "okx": True}
