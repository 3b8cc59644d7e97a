"""Roots of US options and what they are written on."""

import pytest

from core.roots import INDEXES, is_adjusted, may_belong, underlying_of


@pytest.mark.parametrize(
    ("root", "underlying"), [("SPXW", "SPX"), ("VIXW", "VIX"), ("AAPL", "AAPL"), ("AAPL1", "AAPL"), ("X", "X"), ("4SPY", "4SPY")]
)
def test_a_root_is_written_on_its_index_or_on_the_name_it_bears(root, underlying):
    assert underlying_of(root) == underlying


def test_a_digit_at_the_end_is_an_adjustment():
    assert [is_adjusted(root) for root in ("GME1", "GME", "1", "2SPX")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("root", "symbol", "answer"),
    [("SPXW", "SPX", True), ("BRKB", "BRK.B", True), ("BRKB", "BRK/B", True), ("XYZ1", "GME", True), ("QQQ", "SPY", False)],
)
def test_contracts_of_other_names_do_not_belong(root, symbol, answer):
    assert may_belong(root, symbol) is answer


def test_indexes_are_known_by_their_names():
    assert {"SPX", "NDX", "RUT", "VIX"} <= INDEXES
    assert not INDEXES & {"SPXW", "SPY", "AAPL"}
