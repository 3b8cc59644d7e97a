"""Display: change and level by strike for each of the largest tickers."""

from dataclasses import dataclass

import pandas as pd

from analytics.on_list import by_strike, by_ticker, spot_of
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import left, selected

COUNTS = tuple(str(n) for n in range(1, 31))
USUAL = "10"


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


def count_asked(word: str | None) -> int:
    """How many tickers the word of an address asks for; the usual number where it is none of COUNTS."""
    return int(word if word in COUNTS else USUAL)


def view_display(reader: Reader, filters: Filters, count: int = int(USUAL)) -> DisplayView:
    """Panels of the `count` largest tickers under the filters, at most 30."""
    filters = filters.clamped(reader.limits("display"))
    shown = reader.session(filters.session, filters.as_of)
    if shown is None:
        return DisplayView(None, filters, ())
    contracts = left(*selected(reader, shown, filters))
    tickers = by_ticker(contracts).head(max(1, min(count, len(COUNTS))))
    rows = dict(list(contracts[contracts["symbol"].isin(tickers["symbol"])].groupby("symbol")))
    panels = tuple(
        TickerPanel(symbol, spot_of(rows[symbol]), by_strike(rows[symbol]), int(calls), int(puts))
        for symbol, calls, puts in zip(tickers["symbol"], tickers["call_oi_change"], tickers["put_oi_change"], strict=True)
    )
    return DisplayView(reader.freshness(shown, filters.as_of), filters, panels)
