"""Interest rates in one form: the continuously compounded zero rate, per year of 365 days.

A *par yield* is no such rate. It is the coupon, paid in halves twice a year, at which a bond of that term would cost 100. For a
term of half a year or less no coupon comes before the end, and the yield is a simple one. Beyond that each coupon has to be
discounted by the rate of its own term, so the zero curve is found term by term from the short end (bootstrap).
"""

import numpy as np
from numpy.typing import ArrayLike

CONVENTIONS = ("continuous", "simple", "annual", "semiannual", "par")
"""How a rate is written. Money grows by 1 + rate x years (simple), (1 + rate)^years (annual), (1 + rate/2)^(2 years)
(semiannual); par: see above."""

YEAR = 365.0
_HALF = 0.5


def continuous(quoted: ArrayLike, days: ArrayLike, convention: str) -> np.ndarray:
    """Continuous zero rates of one curve. quoted [1/yr] and days: (n,), days growing. ValueError for an unknown convention.

    NaN where no bond of such a yield has a price: a coupon so high that its own discount factor would be 0 or less.
    """
    rates, years = np.asarray(quoted, float), np.asarray(days, float) / YEAR
    if convention == "continuous":
        return rates.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        if convention == "simple":
            return np.log(1 + rates * years) / years
        if convention == "annual":
            return np.log1p(rates)
        if convention == "semiannual":
            return 2 * np.log1p(rates / 2)
        if convention == "par":
            return _of_par(rates, years)
    raise ValueError(convention)


def at(days: ArrayLike, curve_days: ArrayLike, curve_rates: ArrayLike) -> np.ndarray:
    """Rates [1/yr] of these terms: linear in the term between two points of a curve, level before the first and after the last.

    Terms of 0 days and less have the rate of the first point. NaN everywhere for a curve without a point.
    """
    wanted, known = np.asarray(days, float), np.asarray(curve_days, float)
    if not known.size:
        return np.full(wanted.shape, np.nan)
    return np.interp(wanted, known, np.asarray(curve_rates, float))


def _of_par(yields: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Zero rates of par yields. Yields between two terms, as coupons need them, lie on the line between the two."""
    if not years.size:
        return years.copy()
    grid = _HALF * np.arange(1, np.ceil(years.max() / _HALF - 1e-9) + 1)
    found = np.empty_like(grid)  # discount factors
    paid = 0.0
    for place, coupon in enumerate(np.interp(grid, years, yields) / 2):
        found[place] = (1 - coupon * paid) / (1 + coupon)
        paid += found[place]
    zero = np.log(np.where(found > 0, found, np.nan)) / -grid
    short = np.log(1 + yields * years) / years
    return np.where(years <= _HALF, short, np.interp(years, grid, zero))
