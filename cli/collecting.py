"""Commands about collecting: fetch a source now, what became of every try, and what venues of futures missed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.base import (
    TIME,
    Demo,
    Json,
    aligned,
    answer,
    complain,
    connected,
    counted,
    database,
    note,
    one_of,
    opened,
    progress_bar,
    register,
)
from core.sources import ABOUT, VENUES

if TYPE_CHECKING:
    from usecases.collection import Run
    from usecases.futures import Gap

_DAY = ["%Y-%m-%d"]
_MOST_TOLD = 20  # names of which it is told why they did not come
DUTIES = ("open_interest", "close", "lists", "reference", "scan", "start", "asked", "retention")
"""What a try can be for: those of the timetable, and those beside it."""


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    register(app, {"collect": collect, "runs": runs, "gaps": gaps})


def collect(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A source that can be fetched; `oiflow sources` lists them.")],
    session: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The session that has to come; default the latest.")
    ] = None,
    symbols: Annotated[str, typer.Option(help="Names, separated by commas; default SYMBOLS, else the 44 usual ones.")] = "",
    believe: Annotated[
        bool, typer.Option("--believe", help="Publish also what is held back only because it does not fit what stands.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch a source now, check it and publish it.

    Example: oiflow collect cboe --symbols AAPL,SPY

    Example: oiflow collect yahoo_actions --symbols META --believe   (after you have looked: this list is right)
    """
    from core.clock import system_clock
    from ingest.timetable.ask import ask

    with opened() as settings, connected(settings, "ingest", demo=False) as db, _calls_not_logged():
        wanted = session.date() if session else None
        done = ask(settings, db, system_clock, source, symbols, wanted, progress_bar(as_json, "names"), believe)
        note(settings, False, "collected", source, session=str(done.session), names=done.names, believe=believe)
    answer(done, as_json, _words)
    if not done.names:
        complain(f"nothing came of {source}: {done.reason}")
        raise typer.Exit(1)


def runs(
    source: Annotated[str | None, typer.Option(help="One source only.")] = None,
    duty: Annotated[str | None, typer.Option(help=f"One duty only: {', '.join(DUTIES)}.")] = None,
    session: Annotated[datetime | None, typer.Option(formats=_DAY, help="One session only.")] = None,
    most: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=2000)] = 50,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Every try of the collector, newest first.

    Example: oiflow runs --duty scan --session 2026-11-20
    """
    from usecases.collection import runs as tries

    one_of(duty, DUTIES, "--duty")
    one_of(source, ABOUT, "--source")
    with database("app_admin", demo) as db:
        found = tries(db, duty, source, session.date() if session else None, most)
    answer({"runs": [asdict(run) for run in found]}, as_json, lambda _: _lines(found, bool(duty or source or session)))


def gaps(
    hours: Annotated[int, typer.Option(help="So many hours back from now.", min=1, max=8784)] = 24,
    source: Annotated[str | None, typer.Option(help="One venue only.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Cycles of futures that gave no value, and why.

    Example: oiflow gaps --hours 48 --source okx
    """
    from core.clock import system_clock
    from usecases.futures import futures_health

    one_of(source, VENUES, "--source")
    with database("app_admin", demo) as db:
        found = [gap for gap in futures_health(db, hours, system_clock()).gaps if source in (None, gap.venue)]
    answer({"gaps": [asdict(gap) for gap in found]}, as_json, lambda _: _gap_lines(found, source, hours))


def _gap_lines(found: "list[Gap]", venue: str | None, hours: int) -> str:
    if not found:
        of = f" of {venue}" if venue else ""
        return f"No cycle{of} was missed in {counted(hours, 'hour')}. `oiflow sources` says how each venue stands."
    rows = [("venue", "symbol", "reason", "began", "ended", "cycles", "what was said")]
    for gap in found:
        ended = gap.ended_at.strftime(TIME) if gap.ended_at else "goes on"
        said = (gap.venue, gap.symbol or "all", gap.reason, gap.began_at.strftime(TIME), ended, str(gap.cycles))
        rows.append((*said, " ".join(gap.detail.split())[:70] or "-"))
    return aligned(rows)


@contextmanager
def _calls_not_logged() -> Iterator[None]:
    """Inside, the log does not name calls that failed, because the answer does."""
    calls = logging.getLogger("ingest.providers.client")
    before = calls.level
    calls.setLevel(logging.ERROR)
    try:
        yield
    finally:
        calls.setLevel(before)


def _words(done: Any) -> str:
    names = f"{done.names} of {counted(done.names_expected, 'name')}"
    lines = [
        f"{names} of session {done.session}.",
        f"{counted(done.rows_in, 'row')}: {done.published} published, {done.quarantined} kept aside, {done.duplicates} repeated.",
        f"{counted(done.calls, 'call')}, {counted(done.attempts, 'request')}, {done.seconds:.1f} s.",
    ]
    if done.fallback:
        lines.append(f"In its place: {done.fallback}.")
    said = "" if done.names else done.reason or ""  # where nothing came, standard error says why
    return "\n".join(lines + _not_come({name: why for name, why in done.failed.items() if why not in said}))


def _not_come(failed: dict[str, str]) -> list[str]:
    """Each reason once, with the names that did not come for it."""
    names_of: dict[str, list[str]] = {}
    for name, why in sorted(failed.items())[:_MOST_TOLD]:
        names_of.setdefault(why, []).append(name)
    left = len(failed) - _MOST_TOLD
    more = [f"  and {left} more; --json lists all"] if left > 0 else []
    return [f"  not come: {', '.join(names)}: {why}" for why, names in names_of.items()] + more


def _lines(found: "list[Run]", filtered: bool) -> str:
    if not found and filtered:
        return "No try fits these filters; `oiflow runs` without them lists the latest of all."
    if not found:
        return "Nothing was tried yet. SOURCES says what the collector fetches; `oiflow sources` lists what there is."
    rows = [("began", "duty", "source", "session", "status", "names", "calls", "seconds", "rows", "why")]
    for run in found:
        took = f"{(run.ended_at - run.started_at).total_seconds():.0f}" if run.ended_at else "-"
        instead = f"{run.source} ({run.fallback})" if run.fallback else run.source
        rows.append(
            (
                run.started_at.strftime(TIME), run.duty, instead, str(run.session), run.status,
                f"{run.names} of {run.names_expected}", str(run.calls), took, f"{run.published:,}", (run.reason or "-")[:90],
            )
        )  # fmt: skip
    return aligned(rows)
