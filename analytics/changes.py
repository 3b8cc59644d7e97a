"""Open interest of the same contracts in two sessions. Counts in contracts; unknown is NaN in floats, -1 in what is stored so."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def change(contract: Ints, open_interest: Ints, before: Ints, open_interest_before: Ints) -> NDArray[np.float64]:
    """Open interest less that of the session before, for each of `contract` [contracts]; NaN unless both sessions say it.

    contract, before: ids, unique within each; open_interest, open_interest_before: -1 unknown. Contracts that only one session
    shows are not compared: one that is new in a chain may have been left out the day before, or be an old one under the new
    terms of an adjustment, and one that is gone has expired. So the sum of the changes is over what did not expire.
    """
    found = np.full(len(contract), np.nan)
    order = np.argsort(before, kind="stable")
    places = np.searchsorted(before[order], contract)
    there = np.minimum(places, len(before) - 1) if len(before) else places
    if len(before):
        matched = before[order][there] == contract
        old = open_interest_before[order][there]
        both = matched & (open_interest >= 0) & (old >= 0)
        found[both] = (open_interest - old)[both]
    return found


def alive(open_interest: Ints, oi_change: NDArray[np.float64], volume: Ints) -> NDArray[np.bool_]:
    """Whether a contract is open, changed or traded; volume -1 unknown. The others stand in no list of changes."""
    return (open_interest > 0) | (np.nan_to_num(oi_change) != 0) | (volume > 0)
