"""Tables: every column explained by the vocabulary, numbers that sort as numbers, an en dash for what is unknown."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.sessions import EASTERN
from core.vocabulary import COLUMNS, SETS
from usecases import contract_table
from usecases.glossary import REASONS
from webapp import address
from webapp.look import formats, markup
from webapp.look.theme import Look
from webapp.parts import cards, frame, largest, subtitles

ROW, HEADER = 28, 31  # px
IN_SIGHT, PHONE_ROWS = 20, 30
Config = Any

COUNTS = {
    "open_interest", "oi_before", "volume", "opened_min", "opened_max", "closed_min", "closed_max", "call_open_interest",
    "put_open_interest", "contracts", "dte",
}  # fmt: skip
CHANGES = {"oi_change", "call_oi_change", "put_oi_change", "net_oi_change", "calls", "puts"}
DOLLARS = {
    "premium": "$%,.0f",
    "delta_notional": "$%,.0f",
    "bid": "%.2f",
    "ask": "%.2f",
    "mid": "%.2f",
    "last": "%.2f",
    "spot": "%,.2f",
}
PERCENT = {
    "share_new": "%.0f %%",
    "spread_pct": "%.1f %%",
    "iv": "%.1f %%",
    "from_spot": "%+.1f %%",
    "call_share": "%.1f %%",
    "put_share": "%.1f %%",
}
OTHER = {"vol_oi": "%.2f", "delta": "%.3f", "strike": "%,.10g"}
WIDTHS = {
    "symbol": 62,
    "contract": 118,
    "dte": 52,
    "oi_change": 82,
    "share_new": 108,
    "premium": 96,
    "sentiment": 104,
    "open_interest": 88,
    "volume": 84,
}
CONTRACT_HELP = "Expiration, strike, call (C) or put (P). Click it for the history of the contract."


def shown(contracts: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The chosen columns as they are read: contract in one column, shares in percent, labels in words."""
    out: dict[str, Any] = {}
    for name in columns:
        if name == "contract":
            parts = zip(contracts["expiration"], contracts["strike"], contracts["right"], strict=True)
            out[name] = [formats.contract(*part) for part in parts]
        elif name in PERCENT:
            out[name] = contracts[name].astype(float) * 100
        elif name == "sentiment":
            out[name] = [formats.traded(code) for code in contracts[name]]
        elif name in ("reasons", "flags"):
            out[name] = [". ".join(REASONS.get(word, word) for word in words) for words in contracts[name]]
        elif name == "bounds_reason":
            out[name] = contracts[name].map(lambda word: REASONS.get(word, word))
        else:
            out[name] = contracts[name]
    return pd.DataFrame(out, index=contracts.index)


def columns_of(set_name: str) -> list[str]:
    """Columns of a set; outside All the contract stands in one column, and our own number nowhere."""
    names = [name for name in SETS[set_name] if name != "contract_id"]
    if set_name == "All":
        return [names[0], "contract", *names[1:]]
    merged = [name for name in names if name not in ("expiration", "strike", "right")]
    return [merged[0], "contract", *merged[1:]]


def config(name: str, note: str = "") -> Config:
    """How a column is headed, explained and printed; `note` is added to its help."""
    make = st.column_config
    if name == "contract":
        return make.TextColumn("Contract", help=CONTRACT_HELP, width=WIDTHS["contract"])
    column = COLUMNS[name]
    common: dict[str, Any] = {"help": f"{column.help} {note}".strip(), "width": WIDTHS.get(name)}
    if name == "share_new":
        return make.ProgressColumn(column.title, format=PERCENT[name], min_value=0, max_value=100, **common)
    if name == "symbol":
        return make.TextColumn(column.title, pinned=True, **common)
    formats_of = {**DOLLARS, **PERCENT, **OTHER, **dict.fromkeys(COUNTS, "%,d"), **dict.fromkeys(CHANGES, "%+,d")}
    if name in formats_of:
        return make.NumberColumn(column.title, format=formats_of[name], **common)
    if column.kind == "date":
        return make.DateColumn(column.title, format="DD MMM YY", **common)
    if column.kind == "instant":
        return make.DatetimeColumn(f"{column.title}, ET", format="DD MMM HH:mm", timezone=EASTERN.key, **common)
    return make.Column(column.title, **common)


def grid(
    rows: pd.DataFrame,
    columns: Sequence[str],
    key: str,
    *,
    height: int | None = None,
    notes: Mapping[str, str] | None = None,
    **more: Any,
) -> Any:
    """A table of these columns in the product's form. `height` in px; without it as many rows as there are, IN_SIGHT at most.

    notes: by column, what this table adds to its help.
    """
    table = shown(rows, columns)
    return st.dataframe(
        table, key=key, hide_index=True, row_height=ROW, placeholder=formats.UNKNOWN,
        height=height or HEADER + ROW * min(max(len(rows), 1), IN_SIGHT) + 2,
        column_config={name: config(name, (notes or {}).get(name, "")) for name in columns}, **more,
    )  # fmt: skip


def contracts(rows: pd.DataFrame, key: str, set_name: str, *, height: int | None = None) -> None:
    """Contracts by size of change. A click on a contract opens its history, a click on a ticker its changes."""
    columns = columns_of(set_name)
    event = grid(rows, columns, f"{key}_{set_name}", height=height, on_select="rerun", selection_mode="single-cell")
    cells = event.selection.cells if event is not None else []
    for at, column in cells[:1]:
        if column == "contract":
            frame.open_page("flow_trend", **largest.trend_words(rows.iloc[at]))
        if column == "symbol":
            frame.open_page("changes", ticker=str(rows.iloc[at]["symbol"]))


def picked(event: Any, rows: pd.DataFrame) -> dict[str, Any] | None:
    """The row picked in a table that shows these rows; None where none is, or where it has gone since."""
    places = [place for place in event["selection"]["rows"] if place < len(rows)]
    return dict(rows.iloc[places[0]]) if places else None


def set_switch(key: str) -> str:
    """The switch of column sets, kept in the address as `columns`."""
    st.session_state[key] = address.choice("columns", list(SETS), "Main")
    return (
        st.segmented_control(
            "Columns", list(SETS), key=key, label_visibility="collapsed", required=True, on_change=_set_chosen, args=(key,)
        )
        or "Main"
    )


def _set_chosen(key: str) -> None:
    address.put("columns", st.session_state[key], usual="Main")


def totals(rows: pd.DataFrame, on_list: int) -> str:
    """The sums of a table, and of how many of the `on_list` contracts of the session."""
    sums = contract_table.totals(rows)
    return (
        f"{subtitles.counted(len(rows), on_list)} · calls {formats.signed(sums.calls)} · puts {formats.signed(sums.puts)} · "
        f"premium at mid {formats.money(sums.premium)}"
    )


def card(
    name: str, title: str, rows: pd.DataFrame, look: Look, files: markup.Safe, on_list: int, subtitle: str = "", *,
    most: int = IN_SIGHT,
) -> None:  # fmt: skip
    """A card with contracts, the switch of column sets, their sums and the links of the export; `most` rows in sight.

    on_list: contracts of the session before any filter.
    """
    with st.container(key=f"card_{name}"):
        with st.container(horizontal=True, key=f"title_{name}", vertical_alignment="center"):
            cards.heading(title, subtitle or "Sorted by size of change")
            set_name = "" if look.phone else set_switch(f"{name}_columns")
        if look.phone:
            largest.table(rows.head(PHONE_ROWS), phone=True)
        else:
            contracts(rows, name, set_name, height=HEADER + ROW * min(max(len(rows), 1), most) + 2)
        with st.container(horizontal=True, key=f"foot_{name}", vertical_alignment="center"):
            markup.show(markup.fill('<div class="of-foot">{totals}</div>', totals=totals(rows, on_list)))
            markup.show(files)
