"""The command that rebuilds days from raw bytes: to compare them with what is stored, or to fill an empty database."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.base import Demo, Json, answer, complain, connected, counted, note, opened, progress_bar, register, rows_told

if TYPE_CHECKING:
    from ingest.rebuild import Rebuilt
    from ingest.replay import Replay

_MOST = 20  # loads that are listed in words, and cells of each
_CELLS = 5


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the application."""
    register(app, {"replay": replay})


def replay(
    session: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="One quote session only.")] = None,
    source: Annotated[str | None, typer.Option(help="One source only.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="Fill this empty database from an archive folder (`raw` of another home).")
    ] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Rebuild days from their raw bytes and compare.

    Example: oiflow replay --session 2023-09-28 --source barchart

    Example: OIFLOW_HOME=new oiflow replay --from old/raw
    """
    if folder is None:
        _compare(session, source, demo, as_json)
    elif session or source:
        raise typer.BadParameter("--from brings everything: leave --session and --source out.")
    else:
        _fill(folder, demo, as_json)


def _compare(session: datetime | None, source: str | None, demo: bool, as_json: bool) -> None:
    from core.clock import system_clock
    from ingest.replay import replay as compare

    bar = progress_bar(as_json, "sessions")
    with opened() as settings, connected(settings, "ingest", demo) as db:
        found = compare(db, settings.oiflow_home, system_clock, session.date() if session else None, source, bar)
    answer(found, as_json, _words)
    if found.different or found.flags:
        raise typer.Exit(1)
    if not found.days:
        complain("no session is stored that fits.")
        raise typer.Exit(1)


def _fill(folder: Path, demo: bool, as_json: bool) -> None:
    from core.clock import system_clock
    from ingest.rebuild import rebuild

    with opened() as settings, connected(settings, "ingest", demo) as db:
        found = rebuild(db, settings.oiflow_home, folder, system_clock, progress_bar(as_json, "packs"))
        note(settings, demo, "rebuilt", str(folder), **asdict(found))
    answer(found, as_json, _filled)


def _words(found: "Replay") -> str:
    days, rows, equal = counted(found.days, "day"), counted(found.rows, "row"), counted(found.equal, "load")
    lines = [f"{days}, {rows}: {equal} equal, {found.different} different."]
    wrong = [load for load in found.loads if not load.equal]
    for load in wrong[:_MOST]:
        lines.append(f"  load {load.load_id}, {load.source} {load.slot} of {load.quote_session}, {load.file_name}: {load.why}")
        lines += [
            f"    {cell.table} {cell.row}: {cell.column} stored {cell.stored}, rebuilt {cell.rebuilt}"
            for cell in load.cells[:_CELLS]
        ]
    lines += [f"  and {len(wrong) - _MOST} more; --json lists all"] if len(wrong) > _MOST else []
    lines += [f"  flags differ: {each}" for each in found.flags[:_MOST]]
    return "\n".join(lines)


def _filled(found: "Rebuilt") -> str:
    left = [f"  left out: {count} {what}" for what, count in found.left.items()]
    first = f"{counted(found.packs, 'pack')}, {counted(found.files, 'file')}, {found.refused} refused, in {found.seconds:.1f} s."
    return "\n".join([first, rows_told(found), *left])
