"""How far a session's figures can be trusted: measures against the sessions before it, and the flags they raise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

LEAST_CONTRACTS = 30  # below it a share says nothing
PARTIAL_SHARE = 0.60
STALE_SHARE = 0.95
CONTINUOUS_SHARE = 0.95
OUTLIER_SHARE = 0.02
OUTLIER_TIMES = 50
TRAILING_SESSIONS = 20


@dataclass(frozen=True)
class Snapshot:
    """The visible contracts of one session: three int arrays of one length, `contract` unique within it."""

    contract: np.ndarray
    open_interest: np.ndarray
    oi_change: np.ndarray
    rows: int
    slots: frozenset[str] = frozenset()
    cut: bool = False


@dataclass(frozen=True)
class Measures:
    """Counts behind the flags. None: there was nothing to compare with."""

    trailing_median: int | None = None
    pairs: int | None = None
    continuous: int | None = None
    unchanged: int | None = None
    reported: int = 0
    seen_before: int | None = None
    outliers: int | None = None
    flags: tuple[str, ...] = field(default=())


def measure(now: Snapshot, before: Snapshot | None, trailing: list[Snapshot], expected: frozenset[str]) -> Measures:
    """Measures and flags of a session.

    before: the trading day just before, None where it is not stored; trailing: up to 20 stored sessions before, latest last;
    expected: the slots a whole session has. Only trailing figures are used, so the answer never depends on what came later.
    """
    median = int(np.median([past.rows for past in trailing])) if trailing else None
    pairs = continuous = unchanged = None
    if before is not None:
        _, here, there = np.intersect1d(now.contract, before.contract, assume_unique=True, return_indices=True)
        difference = now.open_interest[here] - before.open_interest[there]
        pairs, unchanged = len(here), int((difference == 0).sum())
        continuous = int((difference == now.oi_change[here]).sum())
    seen, outliers = _outliers(now, trailing) if trailing else (None, None)
    reported = int((now.oi_change != 0).sum())
    found = Measures(median, pairs, continuous, unchanged, reported, seen, outliers)
    return Measures(**{**vars(found), "flags": flags(now, found, expected)})


def repeats(before: Mapping[str, np.ndarray], now: Mapping[str, np.ndarray]) -> tuple[bool, int, int]:
    """Whether a chain repeats the open interest of the session before: (repeats, contracts compared, those unchanged).

    Arrays contract (unique), open_interest and volume, -1 unknown. Compared are contracts that traded in the session before,
    because open interest changes there; where no volume is known, all that are open: then every one has to be unchanged.
    """
    _, there, here = np.intersect1d(before["contract"], now["contract"], assume_unique=True, return_indices=True)
    old, new, traded = before["open_interest"][there], now["open_interest"][here], before["volume"][there]
    known = (old >= 0) & (new >= 0)
    counted = known & ((traded > 0) if (traded >= 0).any() else (old > 0))
    compared, equal = int(counted.sum()), int((counted & (old == new)).sum())
    bound = STALE_SHARE if (traded >= 0).any() else 1.0
    return compared >= LEAST_CONTRACTS and equal >= bound * compared, compared, equal


def flags(now: Snapshot, found: Measures, expected: frozenset[str]) -> tuple[str, ...]:
    """The flags of a session, in order of weight."""
    raised = {
        "discontinuous": _share_below(found.continuous, found.pairs, CONTINUOUS_SHARE),
        "stale": found.reported > 0 and _share_at_least(found.unchanged, found.pairs, STALE_SHARE),
        "outlier": _share_above(found.outliers, found.seen_before, OUTLIER_SHARE),
        "partial": now.slots < expected
        or (found.trailing_median is not None and now.rows < PARTIAL_SHARE * found.trailing_median),
        "cut": now.cut,
    }
    return tuple(flag for flag, up in raised.items() if up)


def _outliers(now: Snapshot, trailing: list[Snapshot]) -> tuple[int, int]:
    """Contracts seen in the trailing sessions, and those of them over 50 times their highest there."""
    top = max((int(past.contract.max()) for past in [now, *trailing] if len(past.contract)), default=0)
    highest = np.zeros(top + 1, dtype=np.int64)
    for past in trailing:
        highest[past.contract] = np.maximum(highest[past.contract], past.open_interest)
    peak = highest[now.contract]
    return int((peak > 0).sum()), int(((peak > 0) & (now.open_interest > OUTLIER_TIMES * peak)).sum())


def _share_below(part: int | None, whole: int | None, bound: float) -> bool:
    return part is not None and whole is not None and whole >= LEAST_CONTRACTS and part < bound * whole


def _share_at_least(part: int | None, whole: int | None, bound: float) -> bool:
    return part is not None and whole is not None and whole >= LEAST_CONTRACTS and part >= bound * whole


def _share_above(part: int | None, whole: int | None, bound: float) -> bool:
    return part is not None and whole is not None and whole >= LEAST_CONTRACTS and part > bound * whole
