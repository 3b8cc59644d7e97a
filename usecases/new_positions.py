"""New positions: contracts whose open interest was mostly added in the session counted last. Calls and puts are never mixed."""

from dataclasses import dataclass

import pandas as pd

from core import vocabulary
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import Loosening, left, loosening, selected


@dataclass(frozen=True)
class NewPositionsView:
    """One row a contract. found of on_list; calls and puts count contracts; opened: sum of changes; premium at mid [USD]."""

    freshness: Freshness | None
    filters: Filters
    contracts: pd.DataFrame
    found: int
    on_list: int
    calls: int
    puts: int
    opened: int
    premium: float
    loosening: Loosening | None


def view_new_positions(reader: Reader, filters: Filters) -> NewPositionsView:
    """Contracts whose open interest rose, under the filters (`usecases.filters.NEW_POSITIONS` is where the page starts)."""
    filters = filters.clamped(reader.limits("new_positions"))
    shown = reader.session(filters.session, filters.as_of)
    if shown is None:
        return NewPositionsView(None, filters, vocabulary.empty(vocabulary.CONTRACT), 0, 0, 0, 0, 0, 0.0, None)
    everything, passed = selected(reader, shown, filters)
    passed["rose"] = everything["share_new"].notna().to_numpy()
    found = left(everything, passed).reset_index(drop=True)
    calls = int((found["right"] == "C").sum())
    return NewPositionsView(
        freshness=reader.freshness(shown, filters.as_of),
        filters=filters,
        contracts=found,
        found=len(found),
        on_list=len(everything),
        calls=calls,
        puts=len(found) - calls,
        opened=int(found["oi_change"].sum()),
        premium=float(found["premium"].sum(min_count=1)) if len(found) else 0.0,
        loosening=loosening(everything, passed, filters) if found.empty else None,
    )
