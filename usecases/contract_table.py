"""Table: every contract of a session with every column."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core import vocabulary
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import left, selected


@dataclass(frozen=True)
class TableView:
    """All contracts that the filters leave, by size of change, and their sums; on_list: contracts before the filters."""

    freshness: Freshness | None
    filters: Filters
    contracts: pd.DataFrame
    totals: dict[str, Any]
    on_list: int = 0


def view_table(reader: Reader, filters: Filters) -> TableView:
    """Every contract of a session under the filters."""
    filters = filters.clamped(reader.limits("table"))
    shown = reader.session(filters.session, filters.as_of)
    if shown is None:
        nothing = vocabulary.empty(vocabulary.CONTRACT)
        return TableView(None, filters, nothing, totals(nothing))
    everything, passed = selected(reader, shown, filters)
    contracts = left(everything, passed).reset_index(drop=True)
    return TableView(reader.freshness(shown, filters.as_of), filters, contracts, totals(contracts), len(everything))


def totals(contracts: pd.DataFrame) -> dict[str, Any]:
    """Sums on list: contracts, tickers, counts of contracts, and premium [USD] over the premium_known rows that have one."""
    calls = contracts["right"] == "C"
    return {
        "contracts": len(contracts),
        "tickers": int(contracts["symbol"].nunique()),
        "oi_change": int(contracts["oi_change"].sum()),
        "calls": int(contracts.loc[calls, "oi_change"].sum()),
        "puts": int(contracts.loc[~calls, "oi_change"].sum()),
        "open_interest": int(contracts["open_interest"].sum()),
        "volume": int(contracts["volume"].sum()),
        "premium": float(contracts["premium"].sum(min_count=1)) if len(contracts) else 0.0,
        "premium_known": int(contracts["premium"].notna().sum()),
    }
