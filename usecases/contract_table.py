"""Table: every contract of a session with every column."""

from dataclasses import dataclass

import pandas as pd

from core import vocabulary
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import left, selected


@dataclass(frozen=True)
class Totals:
    """Sums of contracts on the list: net changes of calls and puts, premium [USD], NaN where none is known."""

    calls: int
    puts: int
    premium: float


@dataclass(frozen=True)
class TableView:
    """All contracts that the filters leave, by size of change; on_list: contracts before the filters."""

    freshness: Freshness | None
    filters: Filters
    contracts: pd.DataFrame
    on_list: int = 0


def view_table(reader: Reader, filters: Filters) -> TableView:
    """Every contract of a session under the filters."""
    filters = filters.clamped(reader.limits("table"))
    shown = reader.session(filters.session, filters.as_of)
    if shown is None:
        nothing = vocabulary.empty(vocabulary.CONTRACT)
        return TableView(None, filters, nothing)
    everything, passed = selected(reader, shown, filters)
    contracts = left(everything, passed).reset_index(drop=True)
    return TableView(reader.freshness(shown, filters.as_of), filters, contracts, len(everything))


def totals(contracts: pd.DataFrame) -> Totals:
    """The sums that stand under a table of contracts."""
    calls = contracts["right"] == "C"
    return Totals(
        calls=int(contracts.loc[calls, "oi_change"].sum()),
        puts=int(contracts.loc[~calls, "oi_change"].sum()),
        premium=float(contracts["premium"].sum(min_count=1)) if len(contracts) else 0.0,
    )
