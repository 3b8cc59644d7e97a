"""What an admin sees of collecting on the page Data: duties by session, every try, and a source fetched by hand."""

import pandas as pd
import streamlit as st

from core.clock import system_clock
from core.sources import ABOUT, on_requests
from usecases import audit, collection
from usecases.sign_in import Account
from webapp import pools
from webapp.failure import attempt
from webapp.look import formats, markup
from webapp.parts import cards, data_table, notice, tables
from webapp.parts.data_desk import Chosen

_MARKS = {"late": "l", "backup": "b", "partial": "▲", "gap": "", "waiting": "…", "holiday": "", "published": ""}
_STATES = {"published": "stored", "late": "stored", "backup": "stored", "partial": "flagged", "gap": "gap", "waiting": "gap"}
_LEGEND = "■ in time   l late   b by another source   ▲ partial   □ gap   … waiting"
_TRIES: dict[str, tables.Config] = {
    "started_at": data_table.instant("Began (ET)"),
    "duty": "Duty",
    "source": "Source",
    "session": data_table.day("Session"),
    "status": "Status",
    "names": data_table.count("Names"),
    "names_expected": data_table.count("of"),
    "calls": data_table.count("Calls"),
    "attempts": data_table.count("Requests"),
    "published": data_table.count("Published"),
    "quarantined": data_table.count("Quarantined"),
    "duplicates": data_table.count("Duplicates"),
    "fallback": "In its place",
    "reason": st.column_config.TextColumn("Why not", width="large"),
}


def show(account: Account, chosen: Chosen) -> None:
    """Duties of the last forty days, tries newest first, and the way to fetch a source now."""
    _fetch(account, chosen)
    doing = collection.doing(chosen.database)
    if trouble := doing.trouble or doing.clock:
        notice.wrong(trouble)
    _duties(chosen)
    tries = collection.table(collection.runs(chosen.database, source=chosen.source, most=500), collection.Run)
    st.dataframe(tries, hide_index=True, row_height=tables.ROW, column_order=list(_TRIES), column_config=_TRIES)
    st.caption(f"{formats.plural(len(tries), 'try', 'tries')}, newest first. At most 500 are listed.")


def _fetch(account: Account, chosen: Chosen) -> None:
    if chosen.database.demo:  # made, not collected
        return
    with st.popover("Fetch a source", icon=":material/cloud_download:", key="fetch"):
        source = st.selectbox("Source to fetch", on_requests(), format_func=lambda name: ABOUT[name].label)
        st.caption(
            "All names of SYMBOLS, or its lists, now. A source that shows only the present cannot bring a past session back."
        )
        if st.button("Fetch", type="primary"):

            def noted() -> None:
                audit.done(pools.database("auth"), account.email, "collection_asked", source, system_clock)
                collection.request_collect(chosen.database, account, source, None)

            attempt(noted, f"The collector fetches {ABOUT[source].label}. The tab Requests shows what becomes of it.")


def _duties(chosen: Chosen) -> None:
    days = collection.duty_calendar(chosen.database, system_clock)
    gaps = int((days["state"] == "gap").sum())
    words = (
        f"{formats.plural(len(days[days['state'] != 'holiday']), 'duty', 'duties')}, {formats.full(gaps)} with a gap. {_LEGEND}"
    )
    with cards.card("duties", "Duties by session", words if len(days) else "Nothing is scheduled: set SOURCES"):
        for pair, of_duty in days.groupby(["duty", "source"], sort=True):
            duty, source = map(str, pair)
            markup.show(_line(f"{source}, {duty.replace('_', ' ')}", of_duty))


def _line(title: str, days: pd.DataFrame) -> markup.Safe:
    open_days = days[days["state"] != "holiday"].sort_values("session")
    cells = [
        markup.fill(
            '<i class="of-day {state}" title="{words}">{mark}</i>',
            state=_STATES[state],
            mark=_MARKS[state],
            words=f"{formats.day(session)}: {state}",
        )
        for session, state in zip(open_days["session"], open_days["state"], strict=True)
    ]
    days_of = markup.join(cells)
    return markup.fill('<div class="of-source">{title}</div><div class="of-month">{days}</div>', title=title, days=days_of)
