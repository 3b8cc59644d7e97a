"""Display: change and level by strike for each of the largest tickers."""

from dataclasses import dataclass

import pandas as pd

from analytics.on_list import by_strike, by_ticker, spot_of
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import left, selected

MOST = 60


@dataclass(frozen=True)
class TickerPanel:
    """One ticker: strikes as in Changes; calls and puts are its net changes on the list."""

    symbol: str
    spot: float | None
    strikes: pd.DataFrame
    calls: int
    puts: int


@dataclass(frozen=True)
class DisplayView:
    """The largest tickers of one session, largest first."""

    freshness: Freshness | None
    filters: Filters
    panels: tuple[TickerPanel, ...]


def view_display(reader: Reader, filters: Filters, count: int = 10) -> DisplayView:
    """Panels of the `count` largest tickers under the filters, at most 60."""
    filters = filters.clamped(reader.limits("display"))
    shown = reader.session(filters.session, filters.as_of)
    if shown is None:
        return DisplayView(None, filters, ())
    contracts = left(*selected(reader, shown, filters))
    tickers = by_ticker(contracts).head(max(1, min(count, MOST)))
    rows = dict(list(contracts[contracts["symbol"].isin(tickers["symbol"])].groupby("symbol")))
    panels = tuple(
        TickerPanel(symbol, spot_of(rows[symbol]), by_strike(rows[symbol]), int(calls), int(puts))
        for symbol, calls, puts in zip(tickers["symbol"], tickers["call_oi_change"], tickers["put_oi_change"], strict=True)
    )
    return DisplayView(reader.freshness(shown, filters.as_of), filters, panels)
