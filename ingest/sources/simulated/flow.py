"""Trading in the simulated market: volume, and how much of it opened or closed positions, session by session.

Open interest is continuous: today's is yesterday's plus the change, no change exceeds the volume that made it, and a
contract leaves the count after its last session.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from ingest.sources.simulated.model import DAYS_A_YEAR, Contracts, Floats, Paths
from ingest.sources.simulated.stories import Deal

LEAST_VOLUME, LEAST_OPEN_INTEREST = 500, 100
_AMPLE = 450.0
"""Volume of one contract, for each row its name usually lists, above which further interest counts for a quarter."""
_WEEKDAY = np.array([0.92, 0.99, 1.02, 1.04, 1.06])


@dataclass(frozen=True)
class Session:
    """What was observed in one session. Arrays over all contracts; `counted`: those with open interest known that morning."""

    t: int
    volume: NDArray[np.int64]
    open_interest: NDArray[np.int64]
    oi_change: NDArray[np.int64]
    counted: NDArray[np.int64]


def trade(rng: np.random.Generator, paths: Paths, contracts: Contracts, deals: list[Deal], start: int) -> Iterator[Session]:
    """Trade through all days; yield the sessions from index `start` on."""
    size = len(contracts.name)
    taste = 0.80 * rng.standard_normal(size)
    level = _levels(paths, contracts, taste)
    held = _inherited(rng, paths, contracts, level, taste)
    drift, change = rng.standard_normal(size), np.zeros(size, np.int64)
    for t in range(len(paths.days)):
        board = np.flatnonzero((contracts.first <= t) & (contracts.last >= t))
        days_left = contracts.expiration[board] - paths.days[t].toordinal()
        drift[board] = 0.62 * drift[board] + np.sqrt(1 - 0.62**2) * rng.standard_normal(len(board))
        volume = np.zeros(size, np.int64)
        volume[board] = _volume(rng, paths, contracts, board, t, level, taste, drift)
        new_change = np.zeros(size, np.int64)
        new_change[board] = _change(rng, volume[board], held[board], days_left)
        _plant(deals, t, volume, new_change, held)
        if t >= start:
            counted = board[contracts.first[board] < t]
            yield Session(t, volume, held.copy(), change, counted)
        change = new_change
        held = held + change


def attraction(paths: Paths, contracts: Contracts, which: np.ndarray, t: int) -> Floats:
    """Log of the share of a name's trading that a contract draws: near expirations, just out of the money, round strikes."""
    days_left = contracts.expiration[which] - paths.days[t].toordinal()
    price, iv = paths.close[t, contracts.name[which]], paths.iv[t, contracts.name[which]]
    deviations = np.log(contracts.strike[which] / price) / (iv * np.sqrt((days_left + 1.5) / DAYS_A_YEAR))
    call = contracts.call[which]
    away = deviations - np.where(call, 0.40, -0.52)
    share = -0.5 * (away / 0.66) ** 2 - np.where(call, 0.0, 0.12)
    share += 2.6 * np.exp(-days_left / 4.0) - 0.85 * np.log(days_left + 2.0)
    share += np.where(contracts.round_strike[which], 0.65, 0.0) + np.where(contracts.monthly[which], 0.55, 0.0)
    return share


def _levels(paths: Paths, contracts: Contracts, taste: Floats) -> Floats:
    """Log volume level of each name at which its usual session puts the wanted number of rows on the lists."""
    t = len(paths.days) // 2
    board = np.flatnonzero((contracts.first <= t) & (contracts.last >= t))
    owner, pull = contracts.name[board], attraction(paths, contracts, board, t) + taste[board]
    wanted = np.array([name.rows for name in paths.names]) * 1.12
    low, high = np.full(len(wanted), -5.0), np.full(len(wanted), 25.0)
    for _ in range(30):
        middle = (low + high) / 2
        chance = _normal_tail((np.log(LEAST_VOLUME) - middle[owner] - pull) / 1.2)
        enough = np.bincount(owner, chance, len(wanted)) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return (low + high) / 2


def _normal_tail(x: Floats) -> Floats:
    """Chance that a standard normal exceeds x, by the logistic approximation (error below 0.01)."""
    return 1.0 / (1.0 + np.exp(np.clip(1.702 * x, -40.0, 40.0)))


def _volume(
    rng: np.random.Generator,
    paths: Paths,
    contracts: Contracts,
    board: np.ndarray,
    t: int,
    level: Floats,
    taste: Floats,
    drift: Floats,
) -> NDArray[np.int64]:
    """Contracts traded in session t by each contract on the board."""
    owner = contracts.name[board]
    days_left = contracts.expiration[board] - paths.days[t].toordinal()
    far = np.minimum(days_left / 150.0, 1.0)
    day = np.log(_WEEKDAY[paths.days[t].weekday()] * (1.12 if _expiration_week(paths, t) else 1.0))
    moves = np.abs(np.log(paths.close[t] / paths.open[t])) / (paths.iv[t] / 15.9)
    busy = 0.25 * np.minimum(moves, 3.0) - 0.2 + 0.18 * rng.standard_normal(len(paths.names))
    noise = 0.75 * drift[board] + (0.55 + 0.75 * far) * rng.standard_normal(len(board))
    quiet = np.where(rng.random(len(board)) < 0.02 + 0.24 * far, -4.5, 0.0)
    log_volume = (level + busy)[owner] + attraction(paths, contracts, board, t) + taste[board] + day + noise + quiet
    ample = np.log(_AMPLE * np.array([name.rows for name in paths.names]))[owner]
    return np.floor(np.exp(log_volume - 0.75 * np.maximum(log_volume - ample, 0.0))).astype(np.int64)


def _expiration_week(paths: Paths, t: int) -> bool:
    """Whether the session lies in the week of the monthly expiration."""
    friday = paths.days[t] + timedelta(days=4 - paths.days[t].weekday())
    return 15 <= friday.day <= 21


def _change(rng: np.random.Generator, volume: np.ndarray, held: np.ndarray, days_left: np.ndarray) -> NDArray[np.int64]:
    """How open interest changes: a share of the volume, mostly opening, closing in the last days, never more than is held."""
    far = np.minimum(np.log1p(days_left) / np.log(90.0), 1.0)
    mean = np.where(days_left <= 1, 0.08, 0.18 + 0.18 * far) - 0.03 * np.log1p(held / (2.0 * volume + 50.0))
    width = 0.16 + 0.28 * far
    share = np.clip(mean + width * rng.standard_normal(len(volume)), -0.97, 0.97)
    return np.maximum(np.round(share * volume), -held).astype(np.int64)


def _inherited(rng: np.random.Generator, paths: Paths, contracts: Contracts, level: Floats, taste: Floats) -> NDArray[np.int64]:
    """Open interest on the first day of contracts that were listed before it."""
    held = np.zeros(len(contracts.name), np.int64)
    old = np.flatnonzero(contracts.first == 0)
    days_left = contracts.expiration[old] - paths.days[0].toordinal()
    age = np.minimum(30 + 0.5 * days_left, 250)
    usual = np.exp(
        level[contracts.name[old]] + attraction(paths, contracts, old, 0) + taste[old] + 0.6 * rng.standard_normal(len(old))
    )
    held[old] = np.minimum(usual * 0.22 * age, 300_000).astype(np.int64)
    return held


def _plant(deals: list[Deal], t: int, volume: np.ndarray, change: np.ndarray, held: np.ndarray) -> None:
    """Let the planted deals of session t happen within the rules: not more than the volume, not more than is held."""
    for deal in deals:
        if deal.t == t:
            change[deal.contract] = max(deal.change, -held[deal.contract])
            volume[deal.contract] = max(volume[deal.contract], deal.volume, abs(change[deal.contract]))
