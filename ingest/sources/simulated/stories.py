"""Planted in the simulated market, so that its pages have something to find: a large new position, a roll, a hedge.

Each story is told in docs/simulated_market.md. A deal obeys the market's rules like any other trade.
"""

from dataclasses import dataclass

import numpy as np

from ingest.sources.simulated.model import Contracts, Paths

NEW_POSITION, ROLL, HEDGE = "QUENZ", "KADEX", "SIMBM"
HEDGE_SESSIONS = 18


@dataclass(frozen=True)
class Deal:
    """In session index `t`, one contract's open interest changes by `change`, with at least `volume` traded."""

    t: int
    contract: int
    change: int
    volume: int


def plant(paths: Paths, contracts: Contracts) -> list[Deal]:
    """The deals of every story whose name is simulated; the last of them show in the latest session."""
    symbols = [name.symbol for name in paths.names]
    found: list[Deal] = []
    for symbol, story in ((NEW_POSITION, _new_position), (ROLL, _roll), (HEDGE, _hedge)):
        if symbol in symbols:
            found += story(paths, contracts, symbols.index(symbol))
    return found


def _new_position(paths: Paths, contracts: Contracts, name: int) -> list[Deal]:
    """One buyer opens 58,000 calls a fifth above the price, in the session before the latest."""
    end = len(paths.days) - 1
    call = _nearest(paths, contracts, name, end - 1, True, 1.20, 65)
    return [Deal(end - 1, call, 58_400, 71_250), Deal(end, call, 2_150, 9_480)]


def _roll(paths: Paths, contracts: Contracts, name: int) -> list[Deal]:
    """A holder of 42,000 calls closes them and opens as many a month later, two sessions before the latest."""
    end = len(paths.days) - 1
    near = _nearest(paths, contracts, name, end - 25, True, 1.05, 45)
    later = _nearest(paths, contracts, name, end - 2, True, 1.08, 60)
    deals = [Deal(end - 25, near, 42_000, 46_300), Deal(end - 2, near, -39_800, 44_900), Deal(end - 2, later, 41_200, 45_700)]
    return [*deals, Deal(end - 1, near, -640, 3_100), Deal(end - 1, later, 720, 2_900)]


def _hedge(paths: Paths, contracts: Contracts, name: int) -> list[Deal]:
    """A programme buys 6,000 to 9,000 puts eight per cent below the price, session after session."""
    end = len(paths.days) - 1
    put = _nearest(paths, contracts, name, end - HEDGE_SESSIONS, False, 0.92, 90)
    size = [6_000 + 600 * (day * 5 % 6) for day in range(HEDGE_SESSIONS + 1)]
    return [Deal(end - HEDGE_SESSIONS + day, put, size[day], int(size[day] * 1.35)) for day in range(HEDGE_SESSIONS + 1)]


def _nearest(paths: Paths, contracts: Contracts, name: int, t: int, call: bool, ratio: float, days_left: int) -> int:
    """The listed contract nearest to a ratio of strike to price and a number of days left, still trading at the end."""
    end = len(paths.days) - 1
    fits = (
        (contracts.name == name) & (contracts.call == call) & (contracts.first < t) & (contracts.last >= end) & contracts.monthly
    )
    which = np.flatnonzero(fits & (contracts.expiration > paths.days[end].toordinal()))
    off_days = np.abs(contracts.expiration[which] - paths.days[t].toordinal() - days_left) / 30.0
    off_strike = np.abs(contracts.strike[which] / paths.close[t, name] - ratio) * 10.0
    return int(which[np.argmin(off_days + off_strike)])
