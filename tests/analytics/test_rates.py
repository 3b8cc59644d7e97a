"""Rates in one form: known conversions, par bonds that cost 100, curves between and beyond their points."""

import numpy as np
import pytest

from analytics import rates


@pytest.mark.parametrize(
    ("convention", "quoted", "days", "continuous"),
    [
        ("continuous", 0.05, 91, 0.05),
        ("simple", 0.05, 182.5, np.log(1.025) / 0.5),
        ("annual", 0.05, 730, 0.04879016416943205),
        ("semiannual", 0.10, 365, 2 * np.log(1.05)),
        ("par", 0.05, 73, np.log(1.01) / 0.2),
    ],
)
def test_a_rate_of_each_convention_is_one_continuous_rate(convention, quoted, days, continuous):
    assert rates.continuous([quoted], [days], convention) == pytest.approx([continuous], rel=1e-12)


def test_a_flat_par_curve_is_a_flat_zero_curve():
    days = 365 * np.array([0.5, 1, 2, 5, 10, 30])
    assert rates.continuous(np.full(6, 0.045), days, "par") == pytest.approx(np.full(6, 2 * np.log(1.0225)), rel=1e-12)


@pytest.mark.parametrize("slope", [-0.004, 0.0, 0.003])
def test_a_bond_that_pays_its_par_yield_costs_a_hundred(slope):
    years = np.arange(0.5, 10.01, 0.5)
    yields = 0.05 + slope * years
    zero = rates.continuous(yields, years * 365, "par")
    for term, coupon in zip(years, yields, strict=True):
        paid = years[years <= term]
        price = 50 * coupon * np.exp(-zero[years <= term] * paid).sum() + 100 * np.exp(-zero[years == term][0] * term)
        assert price == pytest.approx(100, abs=1e-9)


def test_a_rising_par_curve_lies_below_its_zero_curve():
    yields, days = np.array([0.03, 0.04, 0.05]), np.array([182, 1825, 3650])
    assert (rates.continuous(yields, days, "par")[1:] > 2 * np.log1p(yields[1:] / 2)).all()


def test_yields_of_which_no_bond_has_a_price_are_unknown():
    assert np.isnan(rates.continuous([0.01, 0.9], [182, 3650], "par")[1])


def test_an_unknown_convention_is_an_error():
    with pytest.raises(ValueError, match="weekly"):
        rates.continuous([0.05], [91], "weekly")


def test_a_curve_is_linear_between_its_points_and_level_beyond():
    assert rates.at([0, 30, 60, 90, 5000], [30, 90], [0.04, 0.05]) == pytest.approx([0.04, 0.04, 0.045, 0.05, 0.05])


def test_a_curve_without_a_point_gives_no_rate():
    assert np.isnan(rates.at([30], [], [])).all()
