"""Sums on the list: against sums by hand and against plain loops."""

import random
from collections import defaultdict
from datetime import date, timedelta

import pandas as pd
import pytest

from analytics.on_list import by_strike, by_ticker, put_call, spot_of
from core import vocabulary

NEAR, FAR = date(2023, 10, 20), date(2024, 1, 19)


def contracts(*rows):
    names = ("symbol", "asset_class", "expiration", "right", "strike", "deliverable", "oi_change", "open_interest", "spot")
    return pd.DataFrame(rows, columns=names).astype({"strike": float, "spot": float})


def random_rows(seed, count=400):
    chance = random.Random(seed)
    return [
        (
            chance.choice("ABCDE"), "stock", NEAR + timedelta(days=7 * chance.randrange(4)), chance.choice("CP"),
            float(chance.randrange(40, 60)), "standard", chance.randrange(-900, 900), chance.randrange(1000, 5000), 50.0,
        )
        for _ in range(count)
    ]  # fmt: skip


def test_tickers_are_ranked_by_calls_and_puts_without_netting():
    frame = by_ticker(contracts(
        ("SMALL", "stock", NEAR, "C", 10, "standard", 150, 500, 9.0),
        ("BOTH", "etf", NEAR, "C", 10, "standard", 100, 500, 11.0),
        ("BOTH", "etf", NEAR, "P", 10, "standard", -100, 700, 11.0),
    ))  # fmt: skip
    assert frame["symbol"].tolist() == ["BOTH", "SMALL"]
    assert frame.loc[0, ["call_oi_change", "put_oi_change", "net_oi_change", "contracts"]].tolist() == [100, -100, 0, 2]
    assert frame["asset_class"].tolist() == ["etf", "stock"]


@pytest.mark.parametrize("seed", range(5))
def test_ticker_sums_equal_a_plain_loop(seed):
    rows = random_rows(seed)
    sums = defaultdict(int)
    for symbol, _, _, right, _, _, change, level, _ in rows:
        sums[symbol, right, "change"] += change
        sums[symbol, right, "level"] += level
    for row in by_ticker(contracts(*rows)).itertuples():
        assert row.call_oi_change == sums[row.symbol, "C", "change"]
        assert row.put_oi_change == sums[row.symbol, "P", "change"]
        assert row.call_open_interest == sums[row.symbol, "C", "level"]
        assert row.put_open_interest == sums[row.symbol, "P", "level"]


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_expiration_of_a_strike_equals_a_plain_loop(seed):
    rows = [row for row in random_rows(seed) if row[0] == "A"]
    sums = defaultdict(lambda: defaultdict(int))
    for _, _, expiration, right, strike, _, change, _, _ in rows:
        sums[right, strike][expiration] += change
    for row in by_strike(contracts(*rows)).itertuples():
        for right, found in (("C", row.call_expiration), ("P", row.put_expiration)):
            there = sums.get((right, row.strike), {})
            assert found == (min(there, key=lambda day: (-abs(there[day]), day)) if there else None)


def test_shares_are_of_the_tickers_open_interest_and_unknown_where_nothing_is_listed():
    frame = by_strike(contracts(
        ("A", "stock", NEAR, "C", 10, "standard", 50, 300, 9.0),
        ("A", "stock", FAR, "C", 12, "standard", 10, 100, 9.0),
        ("A", "stock", FAR, "P", 12, "standard", 10, 80, 9.0),
    ))  # fmt: skip
    assert frame["call_share"].tolist() == [0.75, 0.25]
    assert frame["put_share"].isna().tolist() == [True, False]
    assert frame["put_expiration"].tolist() == [None, FAR]


def test_strikes_of_adjusted_contracts_are_never_mixed_with_others():
    frame = by_strike(contracts(
        ("A", "stock", NEAR, "C", 4, "standard", 50, 300, 16.0), ("A", "stock", NEAR, "C", 4, "adjusted", 7000, 9000, 16.0)
    ))  # fmt: skip
    assert frame[["strike", "call_oi_change"]].to_numpy().tolist() == [[4.0, 50.0]]


def test_nothing_in_gives_every_column_and_no_row():
    nothing = contracts()
    assert list(by_ticker(nothing).columns) == list(vocabulary.TICKER)
    assert list(by_strike(nothing).columns) == list(vocabulary.STRIKE)


@pytest.mark.parametrize(
    ("calls", "puts", "ratio"), [(200, 100, 0.5), (0, 100, None), (-50, 100, None), (100, -1, None), (100, 0, 0)]
)
def test_put_call_says_nothing_where_calls_did_not_rise(calls, puts, ratio):
    assert put_call(calls, puts) == ratio


def test_the_spot_of_a_ticker_is_the_median_of_what_its_rows_show():
    row = ("A", "stock", NEAR, "C", 10, "standard", 1, 1)
    assert spot_of(contracts((*row, 9.0), (*row, 11.0), (*row, 10.0), (*row, float("nan")))) == 10.0
    assert spot_of(contracts((*row, float("nan")))) is None
