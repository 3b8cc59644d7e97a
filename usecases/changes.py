"""Changes of open interest: by ticker, by strike, by contract."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.on_list import by_strike, by_ticker, spot_of
from core import vocabulary
from core.access import Limits
from db.read import StoredSession
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader
from usecases.selection import Loosening, left, loosening, selected, session_dates

TICKERS = 20


@dataclass(frozen=True)
class ChangesView:
    """One session by ticker and, for one ticker, by strike.

    tickers, calls and puts cover every ticker that the filters leave; spot, strikes and ticker the chosen or the largest one;
    contracts the chosen one, or all where none is chosen. loosening: what to change when nothing is left.
    counted of on_list contracts are in tickers, calls and puts.
    """

    freshness: Freshness | None
    filters: Filters
    sessions: tuple[date, ...]
    tickers: pd.DataFrame
    ticker: str | None
    ticker_choices: list[str]
    spot: float | None
    strikes: pd.DataFrame
    contracts: pd.DataFrame
    calls: int
    puts: int
    loosening: Loosening | None
    limited: Limits | None
    counted: int = 0
    on_list: int = 0


def view_changes(reader: Reader, filters: Filters) -> ChangesView:
    """One session under the filters. SessionNotFound where the date has none."""
    limited = reader.limits("changes")
    filters = filters.clamped(limited)
    shown = reader.session(filters.session, filters.as_of)
    return _nothing_stored(filters, limited) if shown is None else _of_session(reader, shown, filters, limited)


def sessions(reader: Reader, filters: Filters | None = None) -> tuple[date, ...]:
    """Every stored date that the tier may choose, newest first; with filters those that the session control offers."""
    limited = reader.limits("changes")
    asked = (filters or Filters(flagged=True)).clamped(limited)
    return session_dates(reader.sessions(asked.as_of), asked, limited)


def _of_session(reader: Reader, shown: StoredSession, filters: Filters, limited: Limits | None) -> ChangesView:
    everything, passed = selected(reader, shown, filters)
    market = left(everything, passed, without="ticker")
    tickers = by_ticker(market)
    largest = str(tickers["symbol"].iloc[0]) if len(tickers) else None
    ticker = filters.ticker or largest
    contracts = left(everything, passed)
    of_ticker = market[market["symbol"] == ticker]
    return ChangesView(
        freshness=reader.freshness(shown, filters.as_of),
        filters=filters,
        sessions=session_dates(reader.sessions(filters.as_of), filters, limited),
        tickers=tickers.head(TICKERS),
        ticker=ticker,
        ticker_choices=sorted(everything["symbol"].unique()),
        spot=spot_of(everything[everything["symbol"] == ticker]),
        strikes=by_strike(of_ticker),
        contracts=contracts.reset_index(drop=True),
        calls=int(tickers["call_oi_change"].sum()),
        puts=int(tickers["put_oi_change"].sum()),
        loosening=loosening(everything, passed, filters) if contracts.empty else None,
        limited=limited,
        counted=len(market),
        on_list=len(everything),
    )


def _nothing_stored(filters: Filters, limited: Limits | None) -> ChangesView:
    tickers, strikes = vocabulary.empty(vocabulary.TICKER), vocabulary.empty(vocabulary.STRIKE)
    return ChangesView(
        None, filters, (), tickers, filters.ticker, [], None, strikes, vocabulary.empty(vocabulary.CONTRACT), 0, 0, None, limited
    )
