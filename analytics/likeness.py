"""Whether a chain's open interest still is that of its contracts: columns may change places while their names stay.

Open interest hardly moves from one session to the next. Over 736 pairs of real sessions in a row (stocks, funds and coins of
seven sources) its rank correlation is 0.886 or more; with that of the other side it is 0.595 at most, with the volume 0.680 at
most. A trading week apart it is 0.796 or more. The bound lies between; where more time has passed only the three are held
against each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 50
"""Fewer contracts than this prove nothing."""
LIKE, RELIABLE_DAYS = 0.78, 8
"""Rank correlation from which two figures may be of the same contracts, for so many days."""
FACTOR, COUNTED_FROM, FEWEST_COUNTED = 4.0, 10, 20
"""The median contract may have so many times the open interest of before; of contracts that had at least so much, and so many."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """A figure of before beside one of now, contract by contract; unknown is NaN."""

    before: Array
    now: Array

    @property
    def alive(self) -> "Pairs":
        """Pairs that are known and not both zero."""
        kept = (self.before > 0) | (self.now > 0)
        kept &= ~np.isnan(self.before) & ~np.isnan(self.now)
        return Pairs(self.before[kept], self.now[kept])


def changed(same: Pairs, sides: Pairs, volume: Pairs, days: int) -> str | None:
    """What happened to the open interest: `sides_swapped`, `counts_disagree`, `units_changed`; None where nothing shows.

    same: open interest of before and of now; sides: that of the other side before, beside what is shown now; volume: open
    interest of before beside the volume of now; days: between the sessions at whose closes both were counted.
    """
    same, sides, volume = same.alive, sides.alive, volume.alive
    if len(same.now) < FEWEST:
        return None
    own, other, traded = (correlation(pairs) for pairs in (same, sides, volume))
    if own is None:
        return None
    other, traded = (-1.0 if found is None else found for found in (other, traded))
    if max(other, traded) > own or (own < LIKE and days <= RELIABLE_DAYS):
        return "sides_swapped" if other > max(own, traded) else "counts_disagree"
    ratio = median_ratio(same)
    return None if ratio is None or 1 / FACTOR < ratio < FACTOR else "units_changed"


def correlation(pairs: Pairs) -> float | None:
    """Rank correlation of Spearman; 0 where all are equal now; None where too few are known, or all were equal before."""
    one, other = ranks(pairs.before), ranks(pairs.now)
    if len(one) < FEWEST or one.std() == 0:
        return None
    return 0.0 if other.std() == 0 else float(np.corrcoef(one, other)[0, 1])


def median_ratio(pairs: Pairs) -> float | None:
    """How many times the open interest of before a contract has; None where too few have enough. One is added to both."""
    kept = np.maximum(pairs.before, pairs.now) >= COUNTED_FROM
    if kept.sum() < FEWEST_COUNTED:
        return None
    return float(np.median((pairs.now[kept] + 1) / (pairs.before[kept] + 1)))


def ranks(values: Array) -> Array:
    """Ranks from 1, equal values sharing the middle of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    shared: Array = np.cumsum(count) - (count - 1) / 2
    return shared[place]
