"""Units from the venues' own documents, and totals that name who is missing."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.futures import Instrument, Span, Track, agrees, amounts, instants, series, total

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OKX = Instrument("okx", "BTC-USDT-SWAP", "BTC", "USDT", "USDT", "contracts", 0.01, inverse=False, linear=True)
OKX_INVERSE = Instrument("okx", "BTC-USD-SWAP", "BTC", "USD", "BTC", "contracts", 100, inverse=True, linear=False)
BINANCE = Instrument("binance", "1000PEPEUSDT", "1000PEPE", "USDT", "USDT", "base", 1, inverse=False, linear=True)
COIN_M = Instrument("binance", "BTCUSD_PERP", "BTC", "USD", "BTC", "contracts", 100, inverse=True, linear=False)
BYBIT_INVERSE = Instrument("bybit", "BTCUSD", "BTC", "USD", "BTC", "usd", 1, inverse=True, linear=False)
DERIBIT = Instrument("deribit", "BTC-PERPETUAL", "BTC", "USD", "BTC", "usd", 10, inverse=True, linear=False)
DERIBIT_LINEAR = Instrument("deribit", "ETH_USDC-PERPETUAL", "ETH", "USDC", "USDC", "base", 0.001, inverse=False, linear=True)
HYPERLIQUID = Instrument("hyperliquid", "BTC", "BTC", "USDC", "USDC", "base", 1, inverse=False, linear=True)
IN_BITCOIN = Instrument("binance", "ETHBTC", "ETH", "BTC", "BTC", "base", 1, inverse=False, linear=True)


@pytest.mark.parametrize(
    ("instrument", "native", "price", "sides", "contracts", "coins", "dollars"),
    [
        (OKX, 2_660_239.59, 60_000.0, 1, 2_660_239.59, 26_602.3959, 1_596_143_754.0),
        (OKX_INVERSE, 1_200_000, 60_000.0, 1, 1_200_000, 2_000.0, 120_000_000.0),
        (BINANCE, 5_000_000, 0.01, 1, 5_000_000, 5_000_000, 50_000.0),
        (COIN_M, 26_542_436, 50_000.0, 1, 26_542_436, 53_084.872, 2_654_243_600.0),
        (BYBIT_INVERSE, 373_504_107, 16_596.0, 2, 186_752_053.5, 11_252.835, 186_752_053.5),
        (DERIBIT, 9_978_911_260, 87_047.2, 1, 997_891_126, 114_637.93505, 9_978_911_260.0),
        (DERIBIT_LINEAR, 12_345.6, 3_000.0, 1, 12_345_600, 12_345.6, 37_036_800.0),
        (HYPERLIQUID, 9_942.2624, 100_000.0, 2, 4_971.1312, 4_971.1312, 497_113_120.0),
    ],
    ids=lambda value: value.symbol if isinstance(value, Instrument) else "",
)
def test_each_venues_figure_becomes_contracts_coins_and_dollars(instrument, native, price, sides, contracts, coins, dollars):
    found = amounts(native, price, sides, instrument)
    assert [float(part) for part in found] == pytest.approx([contracts, coins, dollars], rel=1e-7)


def test_dollars_of_deribit_are_never_multiplied_by_a_price():
    assert {float(amounts(1e6, price, 1, DERIBIT).usd) for price in (1.0, 50_000.0)} == {1e6}


def test_coins_behind_a_priced_unit_count_where_the_list_states_them():
    stated = Instrument(**vars(BINANCE) | {"base": "PEPE", "base_units": 1000.0})
    assert float(amounts(5e6, 0.01, 1, stated).base) == 5e9
    assert amounts(5e6, 0.01, 1, stated).usd == amounts(5e6, 0.01, 1, BINANCE).usd


def test_many_figures_are_converted_at_once_and_unknown_prices_stay_unknown():
    found = amounts(np.array([100.0, 100.0, 100.0]), np.array([50.0, np.nan, 0.0]), np.array([1, 1, 2]), OKX)
    assert found.base.tolist() == [1.0, 1.0, 0.5]
    assert found.usd[0] == 50.0
    assert np.isnan(found.usd[1:]).all()


def test_a_price_in_another_coin_gives_coins_and_no_dollars():
    found = amounts(10.0, 0.05, 1, IN_BITCOIN)
    assert (float(found.base), np.isnan(found.usd)) == (10.0, True)


@pytest.mark.parametrize(("coins", "stated", "same"), [(100.0, 101.0, True), (100.0, 10_000.0, False), (0.0, 0.0, True)])
def test_a_contract_of_another_size_does_not_agree_with_the_coins_stated(coins, stated, same):
    assert agrees(coins, stated) == same


def test_a_missing_member_makes_a_total_partial_and_never_just_smaller():
    found = total({"okx": (2.0, 100.0)}, ["okx", "bybit"])
    assert (found.base, found.members, found.missing, found.partial) == (2.0, ("okx",), ("bybit",), True)


def test_a_total_of_nobody_is_unknown_and_not_zero():
    found = total({}, ["okx"])
    assert np.isnan([found.base, found.usd]).all()
    assert not total({"okx": (0.0, 0.0)}, ["okx"]).partial


def test_a_member_without_dollars_is_named():
    found = total({"okx": (2.0, 100.0), "binance": (3.0, float("nan"))}, ["okx", "binance"])
    assert (found.base, found.usd, found.unpriced, found.partial) == (5.0, 100.0, ("binance",), True)


def minutes(*after):
    return [NOON + timedelta(minutes=each) for each in after]


def drawn(silent=(), off=(), listed=None):
    """Totals at minutes 0, 10, 20, 30 of a and b; a has values at minutes 0 and 10, b at 5."""
    fifteen = timedelta(minutes=15)
    tracks = {
        "a": Track(instants(minutes(0, 10)), np.array([1.0, 2.0]), np.array([10.0, 20.0]), fifteen),
        "b": Track(instants(minutes(5)), np.array([4.0]), np.array([40.0]), fifteen),
    }
    listed = listed or [Span("a", NOON, None), Span("b", NOON, None)]
    return series(tracks, listed, silent, off, instants(minutes(0, 10, 20, 30)))


def test_a_total_carries_each_value_until_the_next_or_until_it_is_too_old():
    found = drawn()
    assert [each.base for each in found[:3]] == [1.0, 6.0, 6.0]
    assert [each.missing for each in found] == [("b",), (), (), ("a", "b")]


def test_a_venue_that_is_silent_is_missing_although_its_last_value_is_young():
    found = drawn(silent=[Span("b", *minutes(9, 12))])
    assert [(each.base, each.missing) for each in found[1:3]] == [(2.0, ("b",)), (6.0, ())]


def test_a_venue_that_is_switched_off_belongs_to_no_total():
    found = drawn(off=[Span("b", NOON, None)])
    assert [(each.members, each.partial) for each in found[:3]] == [(("a",), False)] * 3


def test_an_instrument_belongs_to_totals_only_while_it_is_listed():
    found = drawn(listed=[Span("a", NOON, None), Span("b", *minutes(0, 20))])
    assert [each.members for each in found[1:3]] == [("a", "b"), ("a",)]
    assert not found[2].partial
