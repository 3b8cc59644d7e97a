"""Empty states: never a blank frame, always the reason and the next step."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from webapp import visitor
from webapp.look import markup
from webapp.parts import frame


@dataclass(frozen=True)
class Kind:
    """What stands in place of a chart or table."""

    mark: str
    title: str
    words: str
    button: str = ""
    feature: str = ""


KINDS = {
    "no_data": Kind(
        "○",
        "No data yet",
        "No file has been loaded. A file dropped into the inbox shows up here within a minute.",
        "Open Data",
        "data",
    ),
    "no_changes": Kind(
        "◔",
        "No changes yet",
        "Chains are being collected. Changes follow from two sessions of them, or from the first list.",
        "Open Today",
        "home",
    ),
    "no_match": Kind("▽", "No contract matches", "No contract on the list passes all filters.", "Reset filters"),
    "no_session": Kind("◌", "No session on this day", "Nothing is stored for this day."),
    "no_database": Kind(
        "!", "The database does not answer", "This page tries again every 5 seconds. Nothing you entered is lost.", "Try now"
    ),
}


def show(kind: str, words: str = "", *, button: str = "", on_click: Callable[[], None] | None = None) -> None:
    """One empty state; `words` and `button` replace the usual ones, `on_click` what the button does."""
    what = KINDS[kind]
    with st.container(key=f"empty_{kind}", border=False):
        markup.show(
            markup.fill(
                '<div class="of-empty"><span class="mark">{mark}</span><b>{title}</b><p>{words}</p></div>',
                mark=what.mark,
                title=what.title,
                words=words or what.words,
            )
        )
        label = button or what.button
        if label and st.button(label, key=f"do_{kind}", on_click=on_click) and on_click is None:
            _next(what)


def _next(what: Kind) -> None:
    if what.feature:
        frame.open_page(what.feature)
    st.rerun()


def no_database(error_id: str) -> None:
    """The state of a page while PostgreSQL is away: runs the page again every 5 seconds."""
    show("no_database", f"{KINDS['no_database'].words} Error {error_id}.", on_click=lambda: None)

    @visitor.fragment(None, 5)
    def again() -> None:
        if st.session_state.get("no_database_shown") == error_id:
            st.session_state.pop("no_database_shown")
            st.rerun()
        st.session_state["no_database_shown"] = error_id

    again()
