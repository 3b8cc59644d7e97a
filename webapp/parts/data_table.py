"""What an admin sees on the page Data: services, the calendar of sessions, loads, rows kept aside, requests."""

from itertools import groupby
from typing import Any

import pandas as pd
import streamlit as st

from core.clock import system_clock
from core.sessions import EASTERN
from usecases import operations
from webapp import visitor
from webapp.look import formats, markup
from webapp.parts import badges, cards, tables
from webapp.parts.data_desk import Chosen

_LOAD = ["load_id", "source", "slot", "session_date", "quote_session", "known_at", "state", "rows_in", "rows_published",
         "rows_quarantined", "rows_duplicate", "reason", "file_name"]  # fmt: skip
_NUMBER = st.column_config.NumberColumn("Load", format="%d")
_KINDS = {"import": "Import", "withdraw": "Withdraw", "undo_withdrawal": "Bring back", "collect": "Fetch"}
_LEGEND = "■ stored   ▲ flagged   □ gap"
_MARKS = {"stored": "", "flagged": "▲", "gap": ""}


@visitor.fragment("data", 10)
def services(chosen: Chosen) -> None:
    """When collector and worker last reported to the market's database; looks again every ten seconds."""
    pills = markup.join([badges.service(state) for state in operations.services(chosen.database, system_clock)])
    markup.show(markup.fill('<div class="of-head">{pills}</div>', pills=pills))


def calendar(chosen: Chosen) -> None:
    """Every trading day between a source's first and last session, one line a month, newest first."""
    days = operations.gaps_calendar(chosen.database, system_clock)
    if chosen.source:
        days = days[days["source"] == chosen.source]
    gaps, flagged = int((days["state"] == "gap").sum()), int((days["state"] == "flagged").sum())
    stored = f"{formats.plural(len(days) - gaps, 'session')} stored, {flagged} flagged, {gaps} missing. {_LEGEND}"
    title = f"Sessions of the {'simulated' if chosen.database.demo else 'real'} market"
    with cards.card("calendar", title, stored if len(days) else "Nothing is stored yet"), st.container(key="calendar"):
        for source, of_source in days.groupby("source", sort=True):
            markup.show(_months(str(source), of_source))


def _months(source: str, days: pd.DataFrame) -> markup.Safe:
    rows = sorted(_records(days), key=lambda row: row["quote_session"], reverse=True)
    months = [
        markup.fill(
            '<div class="of-month"><span>{month:%b %Y}</span>{days}</div>', month=month, days=markup.join(_cells(list(rows)))
        )
        for month, rows in groupby(rows, lambda row: row["quote_session"].replace(day=1))
    ]
    return markup.fill(
        '<div class="of-source">{source}</div><div class="of-months">{months}</div>', source=source, months=markup.join(months)
    )  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _cells(rows: list[dict[str, Any]]) -> list[markup.Safe]:
    return [
        markup.fill(
            '<i class="of-day {state}" title="{words}">{mark}</i>',
            state=row["state"],
            words=_words(row),
            mark=_MARKS[row["state"]],
        )
        for row in sorted(rows, key=lambda row: row["quote_session"])
    ]


def _words(row: dict[str, Any]) -> str:
    if row["state"] == "gap":
        return f"{formats.day(row['quote_session'])}: missing"
    flags = f", {', '.join(row['flags'])}" if row["flags"] else ""
    return f"{formats.day(row['quote_session'])}: {formats.full(row['contracts'])} contracts{flags}"


def loads(chosen: Chosen) -> dict[str, Any] | None:
    """The loads that pass the filters; the one picked in the table."""
    rows = operations.loads(chosen.database, chosen.source, chosen.state, chosen.session)
    shown = rows.fillna(dict.fromkeys(("source", "slot", "reason"), formats.UNKNOWN))
    event = st.dataframe(
        shown, hide_index=True, key="loads", on_select="rerun", selection_mode="single-row",
        row_height=tables.ROW, column_order=_LOAD,
        column_config={
            "load_id": _NUMBER, "source": "Source", "slot": "Slot", "state": "State",
            "session_date": day("OI session"), "quote_session": day("Quote session"), "known_at": instant("Shown at (ET)"),
            "rows_in": count("Rows in"), "rows_published": count("Published"), "rows_quarantined": count("Quarantined"),
            "rows_duplicate": count("Duplicates"), "reason": "Reason", "file_name": "File",
        },
    )  # fmt: skip
    st.caption(
        f"{formats.plural(len(rows), 'load')}, newest session first. Pick one to see its rows kept aside, or to withdraw it."
    )
    return tables.picked(event, rows)


def quarantine(chosen: Chosen, picked: dict[str, Any] | None) -> None:
    """Rows kept aside: why, how many, and their text; of the picked load, or of all."""
    rows = operations.quarantined(chosen.database, int(picked["load_id"]) if picked else None)
    left, right = st.columns([1, 3], gap="small")
    counted = {"source": "Source", "reason": "Reason", "rows": count("Rows"), "loads": count("Loads")}
    left.dataframe(operations.quarantine_reasons(chosen.database), hide_index=True, row_height=tables.ROW, column_config=counted)
    right.dataframe(
        rows, hide_index=True, row_height=tables.ROW,
        column_order=["load_id", "session_date", "file_name", "line_number", "reason", "raw_text"],
        column_config={"load_id": _NUMBER, "session_date": day("OI session"), "file_name": "File", "line_number": count("Line"),
                       "reason": "Reason", "raw_text": "Text as it came"},
    )  # fmt: skip
    most = operations.MOST_ROWS
    if picked:
        right.caption(f"{formats.plural(len(rows), 'row')} of load {int(picked['load_id']):d}. At most {most:,} are listed.")
    else:
        right.caption(f"{formats.plural(len(rows), 'row')} of all loads, newest first. At most {most:,} are listed.")


@visitor.fragment("data", 3)
def requests(chosen: Chosen) -> None:
    """What was asked of the collector, and its answer; looks again every three seconds.

    The whole page is drawn anew as soon as something more is finished.
    """
    rows = operations.requests(chosen.database)
    shown = pd.DataFrame({
        "at": rows["requested_at"], "by": rows["requested_by"], "what": rows["kind"].map(_KINDS),
        "of": rows["file_name"].fillna(rows["source"]).fillna(
            rows["load_id"].map(lambda number: "" if pd.isna(number) else f"load {int(number)}")
        ),
        "state": rows["state"],
        "answer": [_answer(*pair) for pair in zip(rows["kind"], rows["answer"], strict=True)],
    })  # fmt: skip
    config: dict[str, Any] = {
        "at": instant("Asked at (ET)"), "by": "Asked by", "what": "What",
        "of": st.column_config.TextColumn("Of", width="medium"), "state": "State",
        "answer": st.column_config.TextColumn("Answer", width="large"),
    }  # fmt: skip
    st.dataframe(shown, hide_index=True, row_height=tables.ROW, column_config=config)
    waiting = int(rows["state"].isin(["waiting", "running"]).sum())
    st.caption(f"{formats.plural(len(rows), 'request')}, {formats.full(waiting)} not finished.")
    finished = len(rows) - waiting
    seen, st.session_state["finished"] = st.session_state.get("finished"), finished
    if seen is not None and seen < finished:
        st.rerun()


def _answer(kind: str, answer: dict[str, Any] | None) -> str:
    """The collector's answer in words."""
    if not isinstance(answer, dict):
        return formats.UNKNOWN
    if "message" in answer:
        return str(answer["message"])
    if kind == "collect":
        return f"{answer['names']} of {answer['names_expected']} names, {formats.full(answer['published'])} rows published"
    if kind != "import":
        return "Done"
    refused = "; ".join(f"{refusal['reason']}: {refusal['message']}" for refusal in answer["refusals"])
    counts = f"{formats.full(answer['published'])} published, {formats.full(answer['quarantined'])} quarantined"
    return refused or f"{counts}, {formats.full(answer['duplicates'])} duplicates"


def day(title: str) -> Any:
    """A column of dates."""
    return st.column_config.DateColumn(title, format="ddd DD MMM YYYY")


def instant(title: str) -> Any:
    """A column of instants, as New York reads them."""
    return st.column_config.DatetimeColumn(title, format="DD MMM YYYY HH:mm", timezone=EASTERN.key)


def count(title: str) -> Any:
    """A column of whole numbers."""
    return st.column_config.NumberColumn(title, format="%,d")
