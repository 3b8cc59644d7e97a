"""What an admin sees of venues of futures on the page Data: how each stands, and every gap of the last days."""

from dataclasses import asdict

import pandas as pd
import streamlit as st

from core.clock import system_clock
from usecases.futures import Gap, VenueHealth, futures_health
from webapp.look import formats
from webapp.parts import data_table, tables
from webapp.parts.data_desk import Chosen

_HOURS = 72
_VENUES: dict[str, tables.Config] = {
    "venue": "Venue",
    "standing": "Standing",
    "instruments": data_table.count("Instruments"),
    "answered_at": data_table.instant("Last answer (ET)"),
    "listed_at": data_table.instant("Last list (ET)"),
    "interval_s": data_table.count("Seconds between looks"),
}
_GAPS: dict[str, tables.Config] = {
    "began_at": data_table.instant("Began (ET)"),
    "ended_at": data_table.instant("Ended (ET)"),
    "venue": "Venue",
    "symbol": "Symbol",
    "reason": "Reason",
    "cycles": data_table.count("Cycles"),
    "detail": st.column_config.TextColumn("What was said", width="large"),
}


def show(chosen: Chosen) -> None:
    """Every venue ever looked at, then the cycles without a value, newest first; both of the chosen venue where one is."""
    health = futures_health(chosen.database, _HOURS, system_clock())
    venues = pd.DataFrame([asdict(each) | {"standing": _standing(each)} for each in health.venues], columns=list(_VENUES))
    if venues.empty:
        st.caption("No venue was looked at yet: SOURCES names those that are, for example SOURCES=okx,deribit.")
        return
    st.dataframe(venues, hide_index=True, row_height=tables.ROW, column_config=_VENUES)
    gaps = pd.DataFrame([asdict(each) for each in reversed(health.gaps)], columns=list(Gap.__dataclass_fields__))
    shown = gaps.assign(symbol=gaps["symbol"].fillna("all"))
    st.dataframe(shown, hide_index=True, row_height=tables.ROW, column_order=list(_GAPS), column_config=_GAPS)
    still = gaps["ended_at"].isna().sum()
    st.caption(
        f"{formats.plural(len(gaps), 'gap')} in {_HOURS} hours, {formats.full(still)} of them open. Totals name who is missing."
    )


def _standing(venue: VenueHealth) -> str:
    if venue.silent:
        return f"silent: {venue.silent}"
    return "late" if venue.late else "answers"
