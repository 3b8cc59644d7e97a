"""Quotes and prints of the simulated market for the contracts that reach a list.

Values follow Black-Scholes with the forward at the spot (no rates, no dividends); quotes are in cents, wider where a contract
costs more; the last trade lies outside, at one side or in the middle of the quote as often as in real lists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ingest.sources.simulated.model import DAYS_A_YEAR, Contracts, Floats, Paths

LEAST_PRICE = 0.10
_SHARES = np.cumsum([0.196, 0.258, 0.077, 0.262])
"""Share of prints below the bid, nearer the bid, at the mid, nearer the ask, each added to those before; the rest is above."""
_AT_MID_WHERE_POSSIBLE = 0.205


@dataclass(frozen=True)
class Quotes:
    """Quotes of chosen contracts: prices [USD], iv [per year], delta [1], trade_time [UTC, minutes]."""

    bid: Floats
    ask: Floats
    last: Floats
    iv: Floats
    delta: Floats
    trade_time: np.ndarray


def quote(
    rng: np.random.Generator, paths: Paths, contracts: Contracts, which: np.ndarray, t: int, span: tuple[datetime, datetime]
) -> Quotes:
    """Quotes of contracts `which` in session index t, last traded within `span`."""
    spot, strike = paths.close[t, contracts.name[which]], contracts.strike[which]
    years = (contracts.expiration[which] - paths.days[t].toordinal() + 0.15) / DAYS_A_YEAR
    iv = smile(rng, paths, contracts, which, t, np.log(strike / spot), years)
    deviation = iv * np.sqrt(years)
    d1 = np.log(spot / strike) / deviation + deviation / 2
    call = spot * ndtr(d1) - strike * ndtr(d1 - deviation)
    value = np.where(contracts.call[which], call, call - spot + strike)
    bid, ask = _spread(rng, np.maximum(value, 0.003), paths, contracts, which)
    delta = np.round(ndtr(d1) - np.where(contracts.call[which], 0.0, 1.0), 6)
    return Quotes(bid / 100, ask / 100, _last(rng, bid, ask) / 100, np.round(iv, 4), delta, _times(rng, len(which), span))


def ndtr(x: Floats) -> Floats:
    """Standard normal distribution function, error below 8e-8. Abramowitz and Stegun 26.2.17."""
    k = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    poly = k * (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
    tail = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * poly
    return np.where(x > 0, 1.0 - tail, tail)


def smile(
    rng: np.random.Generator,
    paths: Paths,
    contracts: Contracts,
    which: np.ndarray,
    t: int,
    log_strike: Floats,
    years: Floats,
) -> Floats:
    """Implied volatility per year: funds lean to the downside, stocks smile; near expirations move more than far ones."""
    owner = contracts.name[which]
    fund = np.array([name.is_fund for name in paths.names])[owner]
    usual = np.array([name.iv for name in paths.names])[owner]
    level = usual + (paths.iv[t, owner] - usual) * np.exp(-years * 1.2)
    z = np.clip(log_strike / (level * np.sqrt(np.maximum(years, 2 / DAYS_A_YEAR))), -5.0, 5.0)
    shape = np.where(fund, 1 - 0.125 * z + 0.050 * z**2, 1 - 0.036 * z + 0.046 * z**2 + 0.0015 * z**4)
    return np.clip(level * shape * np.exp(0.012 * rng.standard_normal(len(which))), 0.03, 6.0)


def _spread(
    rng: np.random.Generator, value: Floats, paths: Paths, contracts: Contracts, which: np.ndarray
) -> tuple[Floats, Floats]:
    """Bid and ask in cents about a value in USD; nickels above three dollars except for the most traded names."""
    penny = np.array([name.ladder in ("daily", "deep") for name in paths.names])[contracts.name[which]]
    tick = np.where((value >= 3.0) & ~penny, 5.0, 1.0)
    wide = 1.9 * value**0.78 * np.where(penny, 0.7, 1.25) * np.exp(0.85 * rng.standard_normal(len(which)))
    spread = np.maximum(np.round(wide / tick), 1.0) * tick
    bid = np.maximum(np.floor((value * 100 - spread / 2) / tick + rng.random(len(which))), 0.0) * tick
    return bid, bid + spread


def _last(rng: np.random.Generator, bid: Floats, ask: Floats) -> Floats:
    """The last trade in whole cents: a place by `_SHARES`, as near to it as the cents allow."""
    size = len(bid)
    place = np.searchsorted(_SHARES, rng.random(size))
    even = (bid + ask) % 2 == 0
    place = np.where(place == 2, np.where(rng.random(size) < 0.5, 1, 3), place)
    place = np.where(even & (rng.random(size) < _AT_MID_WHERE_POSSIBLE), 2, place)
    middle, spread = (bid + ask) / 2, ask - bid
    inside = np.floor(rng.random(size) ** 2 * (spread + 1) / 2)
    beyond = 1 + np.floor(rng.exponential(0.35, size) * (1 + spread))
    below = np.where(bid - beyond >= 1, bid - beyond, bid)
    chosen = np.choose(place, [below, np.minimum(bid + inside, np.ceil(middle) - 1), middle, ask - inside, ask + beyond])
    return np.maximum(np.where(place == 3, np.maximum(chosen, np.floor(middle) + 1), chosen), 1.0)


def _times(rng: np.random.Generator, size: int, span: tuple[datetime, datetime]) -> np.ndarray:
    """Minutes of the last trades: half of them within the last quarter of an hour, some hours old. UTC, without a zone."""
    first, last = span
    age = np.exp(np.log(6.0) + 1.5 * rng.standard_normal(size))
    age = np.floor(np.minimum(age, (last - first) // timedelta(minutes=1)))
    return np.datetime64(last.replace(tzinfo=None), "us") - age.astype("timedelta64[m]")
