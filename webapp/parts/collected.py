"""The first page of a market that has just begun: what is being collected, what has come, and what is waited for."""

import streamlit as st

from core.access import Tier
from core.sessions import EASTERN
from core.sources import ABOUT
from core.vocabulary import COLUMNS
from usecases import collection
from usecases.collected import CollectedView
from usecases.sign_in import Account
from webapp import cached, pools, visitor
from webapp.look import formats, markup
from webapp.parts import cards, empty, tables

_FORMATS = {"spot": "%,.2f", "put_call_open_interest": "%.2f"}
_DUTIES = {
    "start": "the first look at every name",
    "open_interest": "settled open interest",
    "close": "chains after the close",
    "scan": "a scan of the day",
}


def show(account: Account) -> None:
    """In place of changes: progress, then totals by ticker; without scheduled sources the way to a first file."""
    view = cached.collected(account)
    sources = _scheduled()
    if not sources and view.freshness is None:
        empty.show("no_data")
        return
    with cards.card("collecting", "Collecting", f"Sources: {', '.join(_label(name) for name in sources) or 'none scheduled'}"):
        _progress(account)
        markup.show(markup.fill('<p class="of-muted">{words}</p>', words=_waits_for(view)))
    if view.freshness is not None:
        words = f"{formats.plural(len(view.totals), 'ticker')}, {view.freshness.source_label}, whole chains, "
        words += f"OI as of close {formats.day(view.freshness.session_date)}"
        with cards.card("collected", "Open interest by ticker", words):
            _totals(view)


def nothing_yet() -> None:
    """In place of any other page while there are no changes: what they wait for."""
    empty.show("no_changes" if _scheduled() else "no_data")


def _scheduled() -> list[str]:
    return [name.strip() for name in pools.settings().sources.split(",") if name.strip()]


@visitor.fragment("home", 5)
def _progress(account: Account) -> None:
    """What the collector is at; looks again every five seconds, and draws the page anew when figures have come."""
    markup.show(markup.fill('<p class="of-lead">{words}</p>', words=_words(account)))
    version = pools.reader(account).data_version()
    seen, st.session_state["collected"] = st.session_state.get("collected"), version
    if seen is not None and seen != version:
        st.rerun()


def _words(account: Account) -> str:
    if account.tier is Tier.FREE:
        return "The first figures are on their way."
    db = pools.database("app_premium" if account.tier is Tier.PREMIUM else "app_admin")
    doing = collection.doing(db)
    if doing.trouble:
        return doing.trouble
    if doing.duty and doing.done:
        return f"{doing.done} of {doing.of} names: {_DUTIES.get(doing.duty, doing.duty)}"
    if run := collection.open_run(db):  # before the first answer, and while what came is stored
        return f"Asking {_label(run.source)} for {formats.plural(run.names_expected, 'name')} ..."
    if doing.waiting:
        return "Not running yet: " + "; ".join(f"{_label(name)}: {words}" for name, words in doing.waiting.items())
    return "The collector waits for its next time."


def _waits_for(view: CollectedView) -> str:
    if view.freshness is None:
        return "Names appear here as their chains arrive, a few seconds after they were asked for."
    return "These are levels. Changes by contract show with the first list that reports them: a file, or a source of lists."


def _totals(view: CollectedView) -> None:
    config = {name: _column(name) for name in view.totals.columns}
    height = tables.HEADER + tables.ROW * min(len(view.totals), tables.IN_SIGHT) + 3
    st.dataframe(view.totals, hide_index=True, row_height=tables.ROW, height=height, column_config=config)


def _column(name: str) -> tables.Config:
    column = COLUMNS[name]
    if column.kind == "instant":
        return st.column_config.DatetimeColumn(column.title, help=column.help, format="DD MMM HH:mm", timezone=EASTERN.key)
    if column.kind == "text":
        return st.column_config.TextColumn(column.title, help=column.help, pinned=True)
    return st.column_config.NumberColumn(column.title, help=column.help, format=_FORMATS.get(name, "%,.0f"))


def _label(source: str) -> str:
    return ABOUT[source].label if source in ABOUT else source.capitalize()
