"""Commands that only read: sessions, sources."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.base import Demo, Json, answer, connected, database, opened

if TYPE_CHECKING:
    from usecases.operations import SessionState, SourceState


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command("sessions")(sessions)
    app.command("sources")(sources)


def sessions(
    source: Annotated[str | None, typer.Option(help="One source only.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First session of open interest.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last session of open interest.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """The state of each stored session and source.

    Example: oiflow sessions --from 2023-09-01 --to 2023-09-29
    """
    from core.clock import system_clock
    from usecases.operations import session_states

    with database("app_admin", demo) as db:
        found = [
            state
            for state in session_states(db, system_clock)
            if source in (None, state.source)
            and (first is None or state.session_date >= first.date())
            and (last is None or state.session_date <= last.date())
        ]
    answer({"sessions": [asdict(state) for state in found]}, as_json, lambda _: _session_lines(found))


def sources(demo: Demo = False, as_json: Json = False) -> None:
    """Each source: how it dates its figures, what is stored.

    Example: oiflow sources --json
    """
    from core.clock import system_clock
    from usecases.operations import sources as configured

    with opened() as settings, connected(settings, "app_admin", demo) as db:
        found = configured(db, settings, system_clock)
    listed = {"sources": [asdict(state) for state in found]}
    answer(listed, as_json, lambda _: "\n\n".join(_source_words(state) for state in found))


def _session_lines(found: "list[SessionState]") -> str:
    if not found:
        return "No session is stored. `oiflow import FILE` stores one."
    rows = [("OI of close", "quotes of", "source", "slots", "contracts", "flags", "loads")]
    for state in found:
        slots = f"{state.slots} of {state.slots_expected}"
        loads = ",".join(str(load) for load in sorted(state.loads))
        dates = (str(state.session_date), str(state.quote_session))
        rows.append((*dates, state.source, slots, f"{state.contracts:,}", " ".join(state.flags) or "-", loads))
    return _aligned(rows)


def _aligned(rows: list[Any]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _source_words(state: "SourceState") -> str:
    stored = f"{state.sessions:,} sessions, latest {state.latest_session}" if state.sessions else "no session"
    kinds = ["whole chains" if state.coverage == "full" else "top list"]
    kinds += [word for word, on in (("scheduled", state.scheduled), ("rights confirmed", state.rights_confirmed)) if on]
    return "\n".join(
        (
            f"{state.source}: {state.label}, {'; '.join(kinds)}",
            f"  dates: {state.date_rule}",
            f"  delay: {state.delay}. {state.licence_note}",
            f"  stored: {stored}; {state.loads_published:,} loads published, {state.payloads_refused:,} files refused",
        )
    )
