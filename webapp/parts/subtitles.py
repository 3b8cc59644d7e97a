"""Words beside a card's title: what its sums are over and what is left out of them."""

from core.access import Limits
from usecases.changes import ChangesView
from usecases.filters import Filters
from usecases.freshness import is_left_out
from usecases.home import BALANCE_SESSIONS, HomeView
from webapp.charts.base import PHONE_ROWS
from webapp.look import formats
from webapp.look.theme import Look


def balance(view: HomeView) -> str:
    """Subtitle of the balance: which sessions have no bars, and why."""
    if view.limited is not None:
        return f"Net change on list. {BALANCE_SESSIONS} sessions are part of Premium"
    out = [
        f"▲ {formats.day_axis(day)} left out: {', '.join(flags)}"
        for day, flags in zip(view.balance["session_date"], view.balance["flags"], strict=True)
        if is_left_out(flags)
    ]
    if len(out) > 2:
        return f"Net change on list. ▲ {len(out)} sessions left out"
    return ". ".join(["Net change on list", *out])


def days(filters: Filters, limited: Limits | None) -> str:
    """Which expirations are counted."""
    if limited is not None:
        return "Nearest expiration, contracts"
    return f"Expirations {filters.dte[0]} to {filters.dte[1]} days, contracts"


def counted(shown: int, on_list: int) -> str:
    """What sums are over: all contracts on the list, or those of them that the filters leave."""
    if shown < on_list:
        return f"Shown: {formats.full(shown)} of {formats.plural(on_list, 'contract')} on list"
    return f"On list: {formats.plural(on_list, 'contract')}"


def tickers(view: ChangesView, look: Look) -> str:
    """Subtitle of Change by ticker: how many tickers, over what, and where the chosen one is."""
    rows = view.tickers["symbol"].head(PHONE_ROWS) if look.phone else view.tickers["symbol"]
    return f"{len(rows)} largest{_chosen(view, look)}. {counted(view.counted, view.on_list)}"


def levels(view: ChangesView, look: Look) -> str:
    """Subtitle of Open interest by ticker."""
    return f"Same order{_chosen(view, look)}"


def _chosen(view: ChangesView, look: Look) -> str:
    """The chosen ticker's place among the largest, to go on with; empty where none is chosen."""
    ticker, rows = view.filters.ticker, view.tickers["symbol"].head(PHONE_ROWS if look.phone else len(view.tickers))
    if ticker is None:
        return ""
    return f", {ticker} marked" if (rows == ticker).any() else f"; {ticker} is not among them"
