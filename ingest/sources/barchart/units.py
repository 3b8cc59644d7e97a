"""Whether the columns of a Barchart file still mean what they meant: a header may stay while units or order change."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.errors import RefusedPayload

FEWEST = 20
"""Fewer rows than this prove nothing about a column."""
SPOT_APART = 1.5
"""Median |ln(strike / spot)| from which prices cannot be in dollars; a usual file shows 0.1, cents would show 4.6."""
IV_RANGE = (0.02, 10.0)
"""Where the median implied volatility of a file lies [per year]."""
CROSSED = 0.2
"""Share of quotes with the bid above the ask from which the two columns are swapped."""


def check_units(rows: pl.DataFrame) -> None:
    """Refuse a file (`implausible`) whose prices, IV, quotes or rights as a whole cannot be what the header says."""
    if len(rows) < FEWEST:
        return
    spot, bid, ask, iv = (rows[name].to_numpy() for name in ("spot", "bid", "ask", "iv"))
    strike = rows["strike_milli"].to_numpy() / 1000.0
    apart = _median(np.abs(np.log(strike / spot)))
    if apart > SPOT_APART:
        raise RefusedPayload("implausible", f"Strikes and prices lie apart by a factor of {np.exp(apart):.0f}: other units?")
    usual = _median(iv)
    if not IV_RANGE[0] <= usual <= IV_RANGE[1] and not np.isnan(usual):
        raise RefusedPayload("implausible", f"The usual implied volatility is {usual:.2%}: other units?")
    if np.mean(bid > ask) > CROSSED:
        raise RefusedPayload("implausible", "Bids lie above asks: are the columns swapped?")
    calls = (rows["right"] == "C").to_numpy()
    if _worthless(calls, strike, spot, ask) > max(_worthless(~calls, strike, spot, ask), 0.05 * len(rows)):
        raise RefusedPayload("implausible", "Options are priced as if calls were puts: are the rights swapped?")


def _median(values: NDArray[np.float64]) -> float:
    """The middle value of those known, the upper of two; NaN for too few."""
    known = values[np.isfinite(values)]
    half = len(known) // 2
    return float(np.partition(known, half)[half]) if len(known) >= FEWEST else float("nan")


def _worthless(calls: NDArray[np.bool_], strike: NDArray[np.float64], spot: NDArray[np.float64], ask: NDArray[np.float64]) -> int:
    """Options offered at less than half of what they would pay at once."""
    intrinsic = np.where(calls, spot - strike, strike - spot)
    return int(np.count_nonzero((intrinsic > 0.02 * spot) & (ask < intrinsic / 2)))
