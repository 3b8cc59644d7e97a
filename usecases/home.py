"""Today: is the session unusual, where, and which contracts?"""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

import pandas as pd

from analytics.on_list import by_ticker, put_call
from core import vocabulary
from core.access import Limits
from db.read import StoredSession
from usecases.filters import Filters
from usecases.freshness import Freshness
from usecases.reader import Reader

LARGEST, TICKERS, BALANCE_SESSIONS, MEDIAN_SESSIONS = 25, 16, 22, 20


@dataclass(frozen=True)
class HomeView:
    """A session at a glance. freshness is None while nothing is stored; sums are "on list"."""

    freshness: Freshness | None
    calls: int
    puts: int
    put_call: float | None
    put_call_median20: float | None
    contracts: int
    tickers: int
    largest: pd.DataFrame
    balance: pd.DataFrame
    ticker_changes: pd.DataFrame
    limited: Limits | None


def view_home(reader: Reader, session: date | None = None, as_of: datetime | None = None) -> HomeView:
    """The session of a date, default the latest, beside the 22 sessions that end with it."""
    limited = reader.limits("home")
    asked = Filters(session=session, as_of=as_of).clamped(limited)
    shown = reader.session(asked.session, asked.as_of)
    if shown is None:
        return _nothing_stored(limited)
    contracts = reader.contracts(shown, asked.as_of)
    tickers = by_ticker(contracts)
    calls, puts = int(tickers["call_oi_change"].sum()), int(tickers["put_oi_change"].sum())
    past = [each for each in reader.sessions(asked.as_of) if each.quote_session <= shown.quote_session]
    if limited is not None and limited.sessions is not None:
        past = past[-limited.sessions :]
    balance, usual = _balance(reader, past)
    rows = LARGEST if limited is None or limited.rows is None else min(LARGEST, limited.rows)
    return HomeView(
        freshness=reader.freshness(shown, asked.as_of),
        calls=calls,
        puts=puts,
        put_call=put_call(calls, puts),
        put_call_median20=usual,
        contracts=len(contracts),
        tickers=len(tickers),
        largest=contracts.head(rows).reset_index(drop=True),
        balance=balance,
        ticker_changes=tickers.head(TICKERS),
        limited=limited,
    )


def _nothing_stored(limited: Limits | None) -> HomeView:
    largest, balance, tickers = (
        vocabulary.empty(columns) for columns in (vocabulary.CONTRACT, vocabulary.BALANCE, vocabulary.TICKER)
    )
    return HomeView(None, 0, 0, None, None, 0, 0, largest, balance, tickers, limited)


def _balance(reader: Reader, past: list[StoredSession]) -> tuple[pd.DataFrame, float | None]:
    """Calls and puts of the last 22 sessions, and the median put/call of the 20 sessions without a flag before the last."""
    unflagged = [each for each in past[:-1] if not each.flags][-MEDIAN_SESSIONS:]
    shown = past[-BALANCE_SESSIONS:]
    wanted = {each.quote_session: each for each in (*unflagged, *shown)}
    table = reader.balance(list(wanted.values()))
    sums = {day: (int(calls), int(puts)) for day, calls, puts in table.itertuples(index=False)}
    ratios = [put_call(*sums[each.quote_session]) for each in unflagged if each.quote_session in sums]
    known = [ratio for ratio in ratios if ratio is not None]
    rows = [
        (each.session_date, each.quote_session, *sums[each.quote_session], list(each.flags))
        for each in shown
        if each.quote_session in sums
    ]
    balance = vocabulary.cast(pd.DataFrame(rows, columns=list(vocabulary.BALANCE)), vocabulary.BALANCE)
    return balance, median(known) if known else None
