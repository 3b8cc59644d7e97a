"""Which contracts the filters leave, and what to loosen where they leave none. Values only; the pages have the words."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from core.access import Limits
from db.read import StoredSession
from usecases.filters import MOST_DTE, Filters
from usecases.freshness import is_left_out
from usecases.reader import Reader

Loosening = tuple[str, Any]  # field of Filters and its new value
Masks = dict[str, np.ndarray]
Nearest = Callable[[pd.DataFrame, Filters], Any]  # from what all other filters leave: the value nearest to the one asked for


def masks(contracts: pd.DataFrame, filters: Filters) -> Masks:
    """For each filter that says something, which contracts pass it; an unknown figure does not pass a threshold."""
    low, high = filters.dte
    found: dict[str, Any] = {
        "min_change": contracts["oi_change"].abs() >= filters.min_change if filters.min_change else None,
        "min_premium": contracts["premium"] >= filters.min_premium if filters.min_premium else None,
        "share_new": contracts["share_new"] >= filters.share_new if filters.share_new else None,
        "dte": contracts["dte"].between(low, high),
        "moneyness": contracts["moneyness_label"].isin(filters.moneyness) if filters.moneyness else None,
        "traded": contracts["sentiment"].isin(filters.traded) if filters.traded else None,
        "right": contracts["right"] == filters.right if filters.right != "both" else None,
        "market": contracts["asset_class"] == filters.market if filters.market != "all" else None,
        "ticker": contracts["symbol"] == filters.ticker if filters.ticker else None,
    }
    return {name: passed.to_numpy(dtype=bool, na_value=False) for name, passed in found.items() if passed is not None}


def left(contracts: pd.DataFrame, passed: Masks, without: str | None = None) -> pd.DataFrame:
    """Contracts that pass every filter but `without`."""
    chosen = np.ones(len(contracts), dtype=bool)
    for name, mask in passed.items():
        if name != without:
            chosen &= mask
    return contracts[chosen]


def selected(reader: Reader, session: StoredSession, filters: Filters) -> tuple[pd.DataFrame, Masks]:
    """All contracts of a session and which pass each filter."""
    contracts = reader.contracts(session, filters.as_of)
    passed = masks(contracts, filters)
    if filters.listed_since:
        older = reader.listed_before(contracts, session, filters.listed_since, filters.as_of)
        passed["listed_since"] = ~contracts["contract_id"].isin(older).to_numpy()
    return contracts, passed


def loosening(contracts: pd.DataFrame, passed: Masks, filters: Filters) -> Loosening | None:
    """The smallest change of one filter that leaves something; None if no single one does."""
    for name, nearest in _NEAREST.items():
        if name in passed and not (near := left(contracts, passed, without=name)).empty:
            value = nearest(near, filters)
            if value != getattr(filters, name):
                return name, value
    return None


def session_dates(sessions: list[StoredSession], filters: Filters, limited: Limits | None) -> tuple[Any, ...]:
    """The dates to choose from, newest first: flagged sessions only when asked for, chosen or the latest."""
    if limited is not None and limited.sessions is not None:
        sessions = sessions[-limited.sessions :]
    newest = sessions[-1:]
    return tuple(
        each.session_date
        for each in reversed(sessions)
        if filters.flagged or not is_left_out(each.flags) or each in newest or each.session_date == filters.session
    )


def _rounded_down(value: float) -> float:
    """Two figures, never above the value."""
    if not value > 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / step + 1e-9) * step


def _size(near: pd.DataFrame, filters: Filters) -> int:
    return int(_rounded_down(float(near["oi_change"].abs().max())))


def _premium(near: pd.DataFrame, filters: Filters) -> float:
    return _rounded_down(float(near["premium"].max()))


def _share(near: pd.DataFrame, filters: Filters) -> float:
    highest = near["share_new"].max()
    return math.floor(highest * 100) / 100 if highest > 0 else 0.0


def _days(near: pd.DataFrame, filters: Filters) -> tuple[int, int]:
    low, high = filters.dte
    below, above = near.loc[near["dte"] < low, "dte"], near.loc[near["dte"] > high, "dte"]
    nearest_low = low - int(below.max()) if len(below) else math.inf
    nearest_high = int(above.min()) - high if len(above) else math.inf
    wider = (int(below.max()), high) if nearest_low <= nearest_high else (low, int(above.min()))
    return filters.dte if wider[1] > MOST_DTE else wider


def _unset(name: str) -> Nearest:
    return lambda near, filters: getattr(Filters(), name)


_NEAREST: dict[str, Nearest] = {
    "min_change": _size,
    "min_premium": _premium,
    "share_new": _share,
    "dte": _days,
    **{name: _unset(name) for name in ("moneyness", "traded", "right", "market", "listed_since", "ticker")},
}
