"""Prices and listed contracts of the simulated market: what exists before anybody trades.

Prices are geometric Brownian paths with a common and a sector part and volatility that comes in clusters; they are
continuous, without dividends. Contracts follow the ladders of real listings: dailies, weeklies, monthlies and LEAPS.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from core import sessions
from ingest.sources.simulated.names import NAMES, Name

Floats = NDArray[np.float64]
DAYS_A_YEAR, SESSIONS_A_YEAR = 365.0, 252.0
ALWAYS = 900
"""Calendar days before its expiration from which a LEAPS contract is listed."""
_STEPS = np.array([0.5, 1, 2, 2.5, 5, 10, 25])


@dataclass(frozen=True)
class Ladder:
    """Which expirations a name lists: leads in calendar days, and how many strikes at each expiration."""

    daily: int
    weekly: int
    monthly: int
    quarterly: int
    leaps: int
    strikes: int


LADDERS = {
    "daily": Ladder(14, 56, 330, 400, ALWAYS, 40),
    "deep": Ladder(0, 56, 190, 365, ALWAYS, 26),
    "wide": Ladder(0, 42, 120, 240, ALWAYS, 14),
    "near": Ladder(0, 35, 95, 200, 560, 10),
}


@dataclass(frozen=True)
class Paths:
    """Prices and volatility by session (rows) and name (columns). close, open, high, low [USD], iv at the money [per year]."""

    days: tuple[date, ...]
    names: tuple[Name, ...]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    iv: Floats
    shares: NDArray[np.int64]


@dataclass(frozen=True)
class Contracts:
    """Every contract ever listed, one entry each. first, last: index of its first and last session."""

    name: NDArray[np.int64]
    expiration: NDArray[np.int64]
    strike: Floats
    call: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    round_strike: NDArray[np.bool_]
    monthly: NDArray[np.bool_]


def make_paths(rng: np.random.Generator, days: tuple[date, ...], count: int) -> Paths:
    """Prices of the first `count` names over `days`."""
    names, length = NAMES[:count], len(days)
    iv = np.array([name.iv for name in names])
    sectors, sector = np.unique([name.sector for name in names], return_inverse=True)
    fund = np.array([name.is_fund for name in names])
    common = np.where(fund, 0.80, 0.45)
    mood = _clusters(rng, length, 0.93, 0.30)[:, None]
    own_mood = _clusters(rng, length, 0.90, 0.20, count)
    shock = common * _fat(rng, length, 1) + np.where(fund, 0.1, 0.45) * _fat(rng, length, len(sectors))[:, sector]
    shock = shock + np.sqrt(1 - common**2 - np.where(fund, 0.01, 0.2025)) * _fat(rng, length, count)
    daily = iv / np.sqrt(SESSIONS_A_YEAR) * 0.9 * np.exp(mood + own_mood)
    moves = np.clip(daily * shock, -0.2, 0.2)
    close = np.array([name.spot for name in names]) * np.exp(np.cumsum(moves - moves.mean(0) * 0.8, 0))
    gap = np.exp(0.3 * daily * rng.standard_normal((length, count)))
    opened = np.vstack([close[:1], close[:-1]]) * gap
    reach = daily * np.abs(rng.standard_normal((2, length, count))) * 0.5
    high, low = np.maximum(opened, close) * np.exp(reach[0]), np.minimum(opened, close) * np.exp(-reach[1])
    atm = iv * np.exp(0.55 * (mood + own_mood) - 2.0 * moves + 0.03 * rng.standard_normal((length, count)))
    rows = np.array([name.rows for name in names])
    shares = (6e7 * (rows / 100) ** 0.8 * np.exp(mood + own_mood + 0.25 * rng.standard_normal((length, count)))).astype(np.int64)
    opened, high, low, close = (np.round(np.maximum(table, 0.5), 2) for table in (opened, high, low, close))
    return Paths(days, names, opened, high, low, close, np.clip(atm, 0.06, 4.0), shares)


def _clusters(rng: np.random.Generator, length: int, memory: float, spread: float, count: int = 0) -> Floats:
    """A slowly wandering log volatility of standard deviation `spread` about zero."""
    noise = rng.standard_normal((length, count) if count else length) * spread * np.sqrt(1 - memory**2)
    level = np.empty_like(noise)
    level[0] = noise[0] / np.sqrt(1 - memory**2)
    for t in range(1, length):
        level[t] = memory * level[t - 1] + noise[t]
    return level


def _fat(rng: np.random.Generator, length: int, count: int) -> Floats:
    """Student's t with five degrees of freedom, scaled to a variance of one."""
    return rng.standard_t(5, (length, count)) * np.sqrt(3 / 5)


# ---------------------------------------------------------------- expirations
def expirations(days: tuple[date, ...], ladder: Ladder) -> list[tuple[date, int, bool]]:
    """(expiration, lead in calendar days, monthly) of every expiration listed in `days`, by the rules of the ladder."""
    found: dict[date, tuple[int, bool]] = {}
    known = set(sessions.sessions_between(days[0], days[-1] + timedelta(days=300)))
    day = days[0]
    while day <= days[-1] + timedelta(days=ALWAYS):
        lead, monthly = _lead(day, ladder)
        traded = day
        while day <= max(known) and traded not in known:  # a holiday: the last session before it
            traded -= timedelta(days=1)
        if lead > found.get(traded, (0, False))[0] and traded - timedelta(days=lead) <= days[-1] and traded >= days[0]:
            found[traded] = (lead, monthly)
        day += timedelta(days=1)
    return [(day, lead, monthly) for day, (lead, monthly) in sorted(found.items())]


def _lead(day: date, ladder: Ladder) -> tuple[int, bool]:
    """How long before `day` an expiration on it is listed (0: never), and whether it is a monthly one."""
    if day.weekday() == 4 and 15 <= day.day <= 21:
        lead = ladder.quarterly if day.month % 3 == 0 else ladder.monthly
        return (ladder.leaps if day.month == 1 or (day.month == 6 and ladder.leaps == ALWAYS) else lead), True
    if day.weekday() == 4:
        return ladder.weekly, False
    return (ladder.daily if day.weekday() < 5 else 0), False


# ---------------------------------------------------------------- strikes
def make_contracts(paths: Paths) -> Contracts:
    """Every contract listed over the paths: strikes reach as far from the price as it may go by the expiration."""
    parts: list[tuple[np.ndarray, ...]] = []
    ordinals = np.array([day.toordinal() for day in paths.days])
    for kind, ladder in LADDERS.items():
        ladders = expirations(paths.days, ladder)
        for n in (n for n, name in enumerate(paths.names) if name.ladder == kind):
            for expiration, lead, monthly in ladders:
                parts.append(_strikes(paths, ordinals, n, expiration.toordinal(), lead, monthly, ladder.strikes))
    name, expires, strike, first, last, rounded, monthlies = (np.concatenate(column) for column in zip(*parts, strict=True))
    twice = [np.repeat(column, 2) for column in (name, expires, strike)]
    call = np.tile([True, False], len(name))
    others = [np.repeat(column, 2) for column in (first, last, rounded, monthlies)]
    return Contracts(twice[0], twice[1], twice[2], call, others[0], others[1], others[2], others[3])


def _strikes(
    paths: Paths, ordinals: np.ndarray, n: int, expires: int, lead: int, monthly: bool, most: int
) -> tuple[np.ndarray, ...]:
    """The strikes of one name and expiration, with the sessions in which each stands on the board."""
    listed = int(np.searchsorted(ordinals, expires - lead))
    last = int(np.searchsorted(ordinals, expires, side="right")) - 1
    price = paths.close[listed : last + 1, n]
    left = np.clip(expires - ordinals[listed : last + 1], 0, 400)
    reach = np.exp(np.minimum(1.6 * paths.names[n].iv * np.sqrt((left + 2) / DAYS_A_YEAR), 0.75) + 0.01)
    horizon = 4 if lead <= 56 else 25 if lead <= 190 else 90
    typical = price[0] * 2.2 * paths.names[n].iv * 2 * np.sqrt(horizon / DAYS_A_YEAR)
    step = float(_STEPS[min(np.searchsorted(_STEPS, typical / most), len(_STEPS) - 1)])
    top, bottom = np.maximum.accumulate(price * reach), np.minimum.accumulate(price / reach)
    strike = np.arange(max(np.ceil(bottom[-1] / step), 1), np.floor(top[-1] / step) + 1) * step
    first = np.maximum(np.searchsorted(top, strike), np.searchsorted(-bottom, -strike)) + listed
    size = len(strike)
    rounded = np.isclose(strike / (step * 5), np.round(strike / (step * 5)))
    return (np.full(size, n), np.full(size, expires), strike, first, np.full(size, last), rounded, np.full(size, monthly))
