"""Every cache of the pages. A key always carries the tier and the data version, so no tier is shown another's figures.

What is kept is shared by all visitors of a tier: views are frozen, and nobody writes into their frames
(tests/webapp/test_charts.py).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import streamlit as st

from core.access import limits
from usecases import changes as _changes
from usecases import collected as _collected
from usecases import contract_table, flow_trend
from usecases import display as _display
from usecases import home as _home
from usecases import new_positions as _new_positions
from usecases.filters import Filters
from usecases.reader import Reader
from usecases.sign_in import Account
from webapp import pools

View = TypeVar("View")
KEPT, SECONDS = 300, 300.0  # answers; lateness in a badge is at most this old


@dataclass(frozen=True)
class Answer(Generic[View]):
    """A view and the charts drawn of it, as JSON by chart and look: the same string draws once and only once."""

    view: View
    drawn: dict[Hashable, str] = field(default_factory=dict, compare=False)


def home(account: Account, session: date | None, as_of: datetime | None) -> Answer[_home.HomeView]:
    """Today, or another session or what was known at another moment, for those who may."""
    return _of(account, "home", (session, as_of), lambda reader: _home.view_home(reader, session, as_of))


def collected(account: Account) -> _collected.CollectedView:
    """What came so far of a market that has just begun."""
    view: _collected.CollectedView = _of(account, "collected", (), _collected.view_collected).view
    return view


def changes(account: Account, filters: Filters) -> Answer[_changes.ChangesView]:
    """Changes by ticker, strike and contract."""
    clamped = filters.clamped(limits(account.tier, "changes"))
    return _of(account, "changes", (clamped,), lambda reader: _changes.view_changes(reader, clamped))


def display(account: Account, filters: Filters, count: int) -> Answer[_display.DisplayView]:
    """Charts of the `count` largest tickers."""
    return _of(account, "display", (filters, count), lambda reader: _display.view_display(reader, filters, count))


def new_positions(account: Account, filters: Filters) -> Answer[_new_positions.NewPositionsView]:
    """Contracts that are mostly new."""
    return _of(account, "new_positions", (filters,), lambda reader: _new_positions.view_new_positions(reader, filters))


def table(account: Account, filters: Filters) -> Answer[contract_table.TableView]:
    """Every contract on the list."""
    return _of(account, "table", (filters,), lambda reader: contract_table.view_table(reader, filters))


def trend(account: Account, symbol: str, **contract: Any) -> Answer[flow_trend.TrendView]:
    """One contract or ticker over the sessions; `contract` as in `view_trend`."""
    key = (symbol, *sorted(contract.items()))
    return _of(account, "trend", key, lambda reader: flow_trend.view_trend(reader, symbol, **contract))


def sessions(account: Account) -> tuple[date, ...]:
    """Stored sessions that this account may choose from, newest first."""
    return _of(account, "sessions", (), lambda reader: tuple(_changes.sessions(reader))).view


def offered(account: Account, filters: Filters) -> tuple[date, ...]:
    """The same without flagged sessions, unless they are asked for, chosen or the latest."""
    asked = (filters.session, filters.flagged, filters.as_of)
    return _of(account, "offered", asked, lambda reader: tuple(_changes.sessions(reader, filters))).view


def tickers(account: Account) -> list[str]:
    """Tickers of the latest session in the order of the alphabet."""
    return list(company_names(account))


def company_names(account: Account) -> dict[str, str | None]:
    """The same, each with the name of its company or fund, None where no list names it; for the ticker box."""
    return _of(account, "tickers", (), flow_trend.tickers).view


def _of(account: Account, question: str, asked: tuple[Hashable, ...], ask: Callable[[Reader], Any]) -> Answer[Any]:
    reader = pools.reader(account)
    return _answer(str(account.tier), reader.data_version(), question, asked, lambda: ask(reader))


@st.cache_resource(show_spinner=False, max_entries=KEPT, ttl=SECONDS)
def _answer(
    tier: str, data_version: tuple[int, datetime], question: str, asked: tuple[Hashable, ...], _ask: Callable[[], Any]
) -> Answer[Any]:
    return Answer(_ask())
