"""Open interest of futures in one unit: contracts, coins and dollars, one side of each position; totals that say who is missing.

A venue reports contracts, coins or dollars, and some count both sides of every position. Here a position counts once.
Stablecoins of one dollar count as dollars; a price in any other currency gives coins and no dollars (NaN).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

UNITS = ("contracts", "base", "usd")
"""What a venue's figure counts: contracts, units of the base coin, or dollars of face value."""

DOLLARS = frozenset({"USD", "USDT", "USDC", "FDUSD", "BUSD", "USDE"})
"""Quote currencies taken for one dollar."""

HEARTBEAT = timedelta(minutes=15)
"""A figure that does not change is stored again this often: looked, unchanged."""

SWITCHED_OFF = "switched_off"
"""The reason of a gap on purpose: nothing of the venue is missing."""

AGREES = 0.05
"""Relative difference from which our coins and those a venue states itself are no longer the same figure."""


@dataclass(frozen=True)
class Instrument:
    """One future or perpetual by its venue's own list.

    symbol: the venue's id. unit: of UNITS, what its open interest counts. contract_size: coins per contract, or dollars where
    `inverse`. base_units: coins of `base` behind one unit of what is priced: 1 unless the list states more. expiry: None for a
    perpetual.
    """

    venue: str
    symbol: str
    base: str
    quote: str
    settle: str
    unit: str
    contract_size: float
    inverse: bool
    linear: bool
    expiry: datetime | None = None
    base_units: float = 1.0

    @property
    def usd_quoted(self) -> bool:
        """Whether its price is in dollars."""
        return self.quote in DOLLARS


class Amounts(NamedTuple):
    """One open interest in three units, one side of each position. Arrays (n,) or floats."""

    contracts: np.ndarray
    base: np.ndarray
    usd: np.ndarray


def amounts(native: ArrayLike, price: ArrayLike, sides: ArrayLike, instrument: Instrument) -> Amounts:
    """Contracts, coins of the base and dollars of a venue's own figures. Shapes (n,) or floats, NaN where unknown.

    native: as the venue shows it, in `instrument.unit`. price: of one priced unit, in the quote currency. sides: 2 where the
    venue adds long and short, else 1.
    """
    once = np.asarray(native, dtype=float) / np.asarray(sides)
    paid = np.asarray(price, dtype=float)
    paid = np.where(paid > 0, paid, np.nan)
    faces = once * instrument.contract_size if instrument.unit == "contracts" else once
    if instrument.unit == "usd" or (instrument.unit == "contracts" and instrument.inverse):
        dollars, coins = faces, faces / paid
    else:
        dollars, coins = faces * paid, faces
    usd = dollars if instrument.usd_quoted else np.full_like(dollars, np.nan)
    return Amounts(faces / instrument.contract_size, coins * instrument.base_units, usd)


def agrees(coins: float, stated: float) -> bool:
    """Whether our coins are those that the venue states itself; a contract that changed its size is far off."""
    return abs(coins - stated) <= AGREES * max(abs(coins), abs(stated))


@dataclass(frozen=True)
class Total:
    """A sum over instruments of one coin. members: what is in it; missing: what should be and is not known.

    unpriced: members without a price in dollars. `partial` totals are not comparable with whole ones.
    """

    base: float
    usd: float
    members: tuple[str, ...]
    missing: tuple[str, ...]
    unpriced: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether anything that belongs to it is left out."""
        return bool(self.missing or self.unpriced)


def total(values: Mapping[str, tuple[float, float]], expected: Iterable[str]) -> Total:
    """Sum of (coins, dollars) by member over those expected; NaN where nobody is known, never zero."""
    wanted = sorted(set(expected))
    members = tuple(name for name in wanted if name in values and not np.isnan(values[name][0]))
    unpriced = tuple(name for name in members if np.isnan(values[name][1]))
    return Total(
        base=_sum(values[name][0] for name in members),
        usd=_sum(values[name][1] for name in members if name not in unpriced),
        members=members,
        missing=tuple(name for name in wanted if name not in members),
        unpriced=unpriced,
    )


def _sum(parts: Iterable[float]) -> float:
    found = list(parts)
    return float(np.sum(found)) if found else float("nan")


@dataclass(frozen=True)
class Span:
    """A stretch of time of one member: listed, or silent. until: None where it goes on."""

    member: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Track:
    """What was known of one member, in order: known_at datetime64[us] in UTC, coins and dollars, (n,) each.

    longest: age from which a value says nothing any more.
    """

    known_at: np.ndarray
    base: np.ndarray
    usd: np.ndarray
    longest: timedelta


def series(
    tracks: Mapping[str, Track], listed: Iterable[Span], silent: Iterable[Span], off: Iterable[Span], grid: np.ndarray
) -> list[Total]:
    """The total at each instant of `grid` (datetime64[us] in UTC, (m,)) over the members listed and not switched off then.

    A member that is silent, too old or not seen yet is missing: it never makes a total smaller without being named.
    """
    expected: dict[str, np.ndarray] = {}
    for span in listed:
        expected[span.member] = expected.get(span.member, np.zeros(len(grid), bool)) | _within(grid, span)
    for span in off:
        if span.member in expected:
            expected[span.member] &= ~_within(grid, span)
    known = {member: _at(track, grid) for member, track in tracks.items()}
    for span in silent:
        if span.member in known:
            known[span.member][2][_within(grid, span)] = False
    return [_moment(place, known, expected) for place in range(len(grid))]


def instants(moments: Iterable[datetime]) -> np.ndarray:
    """Aware datetimes -> datetime64[us] in UTC, (n,)."""
    return np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], dtype="datetime64[us]")


_Known = tuple[np.ndarray, np.ndarray, np.ndarray]  # coins, dollars, fresh


def _moment(place: int, known: Mapping[str, _Known], expected: Mapping[str, np.ndarray]) -> Total:
    values = {name: (float(base[place]), float(usd[place])) for name, (base, usd, fresh) in known.items() if fresh[place]}
    return total(values, (name for name, listed in expected.items() if listed[place]))


def _at(track: Track, grid: np.ndarray) -> _Known:
    """Coins and dollars last known at each instant, and whether they were fresh."""
    place = np.searchsorted(track.known_at, grid, side="right") - 1
    seen = np.maximum(place, 0)
    fresh = (place >= 0) & (grid - track.known_at[seen] <= np.timedelta64(track.longest))
    return track.base[seen], track.usd[seen], fresh


def _within(grid: np.ndarray, span: Span) -> np.ndarray:
    inside: np.ndarray = grid >= instants([span.since])[0]
    return inside if span.until is None else inside & (grid < instants([span.until])[0])
