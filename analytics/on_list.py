"""Figures over the contracts on a list, by ticker and by strike. Sums are "on list", never totals: absent is not zero."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core import vocabulary

Codes = NDArray[np.intp]


def by_ticker(contracts: pd.DataFrame) -> pd.DataFrame:
    """One row a ticker, largest |calls| + |puts| first [contracts]; columns of vocabulary.TICKER."""
    if contracts.empty:
        return vocabulary.empty(vocabulary.TICKER)
    places, symbols = pd.factorize(contracts["symbol"], sort=True)
    tickers = pd.DataFrame({"symbol": symbols, **_sums(contracts, places, len(symbols))})
    tickers["net_oi_change"] = tickers["call_oi_change"] + tickers["put_oi_change"]
    tickers["contracts"] = np.bincount(places, minlength=len(symbols))
    tickers["asset_class"] = contracts["asset_class"].to_numpy()[np.unique(places, return_index=True)[1]]
    tickers["spot"] = contracts["spot"].groupby(places).median().to_numpy()
    size = tickers["call_oi_change"].abs() + tickers["put_oi_change"].abs()
    order = np.argsort(-size.to_numpy(), kind="stable")  # equal sizes stay in order of the alphabet
    return vocabulary.cast(tickers.iloc[order].reset_index(drop=True), vocabulary.TICKER)


def by_strike(contracts: pd.DataFrame) -> pd.DataFrame:
    """One row a strike of one ticker's contracts, rising; columns of vocabulary.STRIKE.

    Strikes of adjusted contracts do not compare with the others and are left out. Shares are of the rows given; where no call
    (or put) of a strike is on the list its share and expiration are unknown.
    """
    standard = contracts[contracts["deliverable"] == "standard"]
    if standard.empty:
        return vocabulary.empty(vocabulary.STRIKE)
    values, places = np.unique(standard["strike"].to_numpy(), return_inverse=True)
    strikes = pd.DataFrame({"strike": values, **_sums(standard, places, len(values))})
    for right, side in (("C", "call"), ("P", "put")):
        level = float(contracts.loc[contracts["right"] == right, "open_interest"].sum())
        chosen = (standard["right"] == right).to_numpy()
        there = np.bincount(places[chosen], minlength=len(values)) > 0
        strikes[f"{side}_share"] = np.where(there, strikes[f"{side}_open_interest"] / (level or np.nan), np.nan)
        strikes[f"{side}_expiration"] = _largest_expiration(standard[chosen], places[chosen], len(values))
    return vocabulary.cast(strikes, vocabulary.STRIKE)


def spot_of(contracts: pd.DataFrame) -> float | None:
    """Price of the underlying seen with the quotes of one ticker, their median [USD]; None where no row shows one."""
    spots = contracts["spot"].dropna()
    return float(spots.median()) if len(spots) else None


def put_call(calls: float, puts: float) -> float | None:
    """puts / calls [1]; None where a ratio says nothing: calls not above zero, or puts below zero."""
    return puts / calls if calls > 0 and puts >= 0 else None


def _sums(contracts: pd.DataFrame, places: Codes, count: int) -> dict[str, NDArray[np.int64]]:
    """Change and level of calls and of puts at each of `count` places; floats hold sums of contracts exactly."""
    is_call = (contracts["right"] == "C").to_numpy()
    return {
        f"{side}_{figure}": np.bincount(places[chosen], contracts[figure].to_numpy()[chosen], count).astype(np.int64)
        for side, chosen in (("call", is_call), ("put", ~is_call))
        for figure in ("oi_change", "open_interest")
    }


def _largest_expiration(contracts: pd.DataFrame, places: Codes, count: int) -> NDArray[np.object_]:
    """At each place the expiration whose change is largest in size, the nearer one of equals; None where there is no contract."""
    found = np.full(count, None, dtype=object)
    if len(contracts):
        dates, days = pd.factorize(contracts["expiration"], sort=True)
        pairs, inverse = np.unique(places * len(days) + dates, return_inverse=True)
        size = np.abs(np.bincount(inverse, contracts["oi_change"].to_numpy()))
        order = np.lexsort((-pairs, size))  # the last one written at a place is the largest, and of equals the nearest
        found[pairs[order] // len(days)] = np.asarray(days, dtype=object)[pairs[order] % len(days)]
    return found
