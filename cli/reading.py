"""Commands that only read: sessions, sources, fingerprint, quarantine, reconcile."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.base import TIME, Demo, Json, aligned, answer, connected, counted, database, opened, register
from core.sources import DERIVED

if TYPE_CHECKING:
    from usecases.futures import VenueHealth
    from usecases.operations import KeptAside, SessionState, SourceState
    from usecases.reconciliation import Reconciliation

_MOST = 1000  # rows of the quarantine
_First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First session of open interest.")]
_Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last session of open interest.")]
_HOLDS = {
    "changes": "changes", "chains": "whole chains", "prices": "daily prices", "bars": "bars", "futures": "futures",
    "rates": "interest rates", "actions": "dividends and splits", "adjustments": "adjusted contracts", "names": "names",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    register(app, {"sessions": sessions, "sources": sources, "fingerprint": fingerprint})
    register(app, {"quarantine": quarantine, "reconcile": reconcile})


def sessions(
    source: Annotated[str | None, typer.Option(help="One source only.")] = None,
    first: _First = None,
    last: _Last = None,
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
    filtered = bool(source or first or last)
    answer({"sessions": [asdict(state) for state in found]}, as_json, lambda _: _session_lines(found, filtered))


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


def fingerprint(
    session: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="One quote session only.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Moment of knowledge, UTC unless it says otherwise.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """A hash of everything visible, equal for equal data.

    Example: oiflow fingerprint --session 2023-09-28
    """
    from core.clock import system_clock
    from usecases.fingerprint import fingerprint as compute

    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    with database("app_admin", demo) as db:
        answer(compute(db, system_clock, session.date() if session else None, as_of), as_json, lambda found: found.fingerprint)


def quarantine(
    reason: Annotated[str | None, typer.Option(help="Only this reason, for example bad_strike or no_footer.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Rows and files kept aside, newest first, and why.

    Example: oiflow quarantine --reason ambiguous_contract
    """
    from usecases.operations import kept_aside, reasons_kept

    with database("app_admin", demo) as db:
        found = kept_aside(db, reason, _MOST)
        others = [] if reason is None or found.rows or found.files else reasons_kept(db)
    answer(found, as_json, lambda _: _quarantine_words(found, reason, others))


def reconcile(
    first: _First = None,
    last: _Last = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Whether sources agree about open interest.

    Example: oiflow reconcile --from 2026-08-10
    """
    from core.clock import system_clock
    from usecases.reconciliation import reconcile as compare

    begin, end = first.date() if first else date(1990, 1, 1), last.date() if last else date(2100, 1, 1)
    with database("app_admin", demo) as db:
        found = compare(db, system_clock, begin, end)
    pairs = {"pairs": [asdict(each) for each in found.agreements], "details": found.details.to_dict("records")}
    answer(pairs, as_json, lambda _: _agreement_lines(found))


def _agreement_lines(found: "Reconciliation") -> str:
    if not found.agreements:
        return "There are no two sources with open interest in these sessions."
    rows = [("source", "other", "sessions", "tickers", "contracts", "equal", "share", "worst")]
    for each in found.agreements:
        share = "not compared" if each.share is None else f"{100 * each.share:.2f} %"
        counts = (str(each.sessions), str(len(each.symbols)), f"{each.pairs:,}", f"{each.equal:,}")
        rows.append((each.source, each.other, *counts, share, each.worst or "-"))
    return aligned(rows)


def _session_lines(found: "list[SessionState]", filtered: bool) -> str:
    if not found and filtered:
        return "No stored session fits these filters; `oiflow sessions` without them lists all."
    if not found:
        return "No session is stored. `oiflow import FILE` stores one."
    rows = [("OI of close", "quotes of", "source", "slots", "contracts", "flags", "loads")]
    for state in found:
        slots = f"{state.slots} of {state.slots_expected}"
        loads = ",".join(str(load) for load in sorted(state.loads))
        dates = (str(state.session_date), str(state.quote_session))
        rows.append((*dates, state.source, slots, f"{state.contracts:,}", " ".join(state.flags) or "-", loads))
    return aligned(rows)


def _source_words(state: "SourceState") -> str:
    kinds = [_HOLDS[state.holds] if state.coverage == "full" else "top list"]
    kinds += [word for word, on in (("scheduled", state.scheduled), ("rights confirmed", state.rights_confirmed)) if on]
    kinds += [f"not running: {state.lacking}"] if state.lacking else []
    made = "follows from the chains stored" if state.source == DERIVED else "from files only"
    kinds += [] if state.can_be_scheduled or state.simulated else [made]
    rights = f" Runs after SOURCE_{state.source.upper()}_RIGHTS=confirmed." if state.rights_needed else ""
    return "\n".join(
        (
            f"{state.source}: {state.label}, {'; '.join(kinds)}",
            f"  dates: {state.date_rule}",
            f"  delay: {state.delay}. key: {state.key_needed}. cost: {state.call_cost}. limit: {state.rate_limit}",
            f"  licence: {state.licence_note}{rights}",
            f"  stored: {_stored_words(state)}",
        )
    )


def _stored_words(state: "SourceState") -> str:
    if state.holds == "futures":
        return _venue_words(state.venue)
    stored = f"{counted(state.sessions, 'session')}, latest {state.latest_session}" if state.sessions else "no session"
    loads, files = counted(state.loads_published, "load"), counted(state.payloads_refused, "file")
    return f"{stored}; {loads} published, {files} refused"


def _venue_words(venue: "VenueHealth | None") -> str:
    """How a venue stands: what is followed, when it last answered, and why it is silent."""
    if venue is None:
        return "nothing, it was never looked at"
    answered = f"last answer {venue.answered_at:{TIME}}" if venue.answered_at else "no answer yet"
    trouble = f"; silent: {venue.silent}" if venue.silent else "; late: no look at its time" if venue.late else ""
    return f"{counted(venue.instruments, 'instrument')} followed, {answered}{trouble}; `oiflow gaps` lists its gaps"


def _quarantine_words(found: "KeptAside", reason: str | None, others: list[str]) -> str:
    """others: reasons for which something is kept aside, where nothing is for the one that was asked for."""
    if not found.rows and not found.files:
        instead = f" There are: {', '.join(others)}." if others else ""
        return f"No row and no file is kept aside{f' as {reason}' if reason else ''}.{instead}"
    shown = {name: count for name, count in found.reasons.items() if reason in (None, name)}
    lines = [f"{count:>8} row{' ' if count == 1 else 's'}  {name}" for name, count in shown.items()]
    lines += [f"{len(found.files):>8} whole file{'' if len(found.files) == 1 else 's'}"] if found.files else []
    lines += [f"{row['file_name']}:{row['line_number']}: {row['reason']}: {row['raw_text'][:120]}" for row in found.rows]
    lines += [f"{row['file_name']}: {row['reason']}: {row['detail']}" for row in found.files]
    return "\n".join(lines)
