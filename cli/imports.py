"""Commands that change what is shown: import, withdraw, derive."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.base import Demo, Json, answer, complain, connected, counted, database, note, opened, progress_bar, register, rows_told


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    register(app, {"import": import_files, "withdraw": withdraw, "derive": derive})


def import_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders with files.")],
    source: Annotated[
        str | None, typer.Option(help="Read them as of this source or mapping, instead of recognising them.")
    ] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Import files, recognised by what is in them.

    Example: oiflow import downloads/

    Example: oiflow import chains.csv --source acme   (by OIFLOW_HOME/mappings/acme.toml; docs/mappings.md)
    """
    from core.clock import system_clock
    from core.errors import MissingFile
    from ingest.pipeline import import_paths

    with opened() as settings, connected(settings, "ingest", demo) as db:
        report = import_paths(db, settings.oiflow_home, paths, system_clock, source, progress_bar(as_json, "files"), demo)
    if not report.files:
        raise MissingFile(f"There is no file in {', '.join(map(str, paths))}.")
    answer(report, as_json, lambda done: _words(done, demo, settings.oiflow_demo))
    if report.refused == report.files:
        for line in ["Every file was refused."] if as_json else _refusals(report):
            complain(line)
        raise typer.Exit(1)


def withdraw(
    load: Annotated[int, typer.Argument(metavar="LOAD", help="Number of the load; `oiflow sessions` lists them.")],
    why: Annotated[str, typer.Option(help="The reason, kept with the load; required unless --undo.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Bring a withdrawn load back.")] = False,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Take a wrongly published load out of view, or back in.

    Example: oiflow withdraw 17 --why "wrong day"
    """
    from core.clock import system_clock
    from ingest.publishing import publish

    if not why.strip() and not undo:
        raise typer.BadParameter("Say why with --why, so that others understand it later.")
    with opened() as settings, connected(settings, "ingest", demo) as db:
        if undo:
            version = publish.undo_withdrawal(db, settings.oiflow_home, load, system_clock)
        else:
            version = publish.withdraw(db, settings.oiflow_home, load, why.strip(), system_clock)
        note(settings, demo, "load_restored" if undo else "load_withdrawn", f"load {load}", load_id=load, why=why.strip())
    done = "restored" if undo else "withdrawn"
    answer({"load": load, "state": done, "data_version": version}, as_json, lambda _: f"Load {load} is {done}.")


def derive(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First quote session.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last quote session.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Derive changes between chains, and flags, once more.

    Example: oiflow derive --from 2023-09-01 --to 2023-09-29
    """
    from core.clock import system_clock
    from ingest.publishing.publish import derive_again

    with database("ingest", demo) as db:
        found = derive_again(db, system_clock, first.date() if first else date.min, last.date() if last else date.max)
        answer(found, as_json, lambda answer: f"{counted(answer.sessions, 'session')} derived in {answer.seconds:.1f} s")


def _refusals(report: Any) -> list[str]:
    return [f"{each['file']}: {each['reason']}: {each['message']}" for each in report.refusals]


def _words(report: Any, demo: bool, demo_shown: bool) -> str:
    files, sessions = counted(report.files, "file"), counted(report.sessions, "session")
    lines = [
        f"{files}, {report.refused} refused, {sessions} published in {report.seconds:.1f} s.",
        rows_told(report),
    ]
    lines += [f"  kept aside: {count} {reason}" for reason, count in report.reasons.items()]
    if report.refused < report.files:  # else they go to standard error alone
        lines += [f"  refused: {line}" for line in _refusals(report)]
    lines += [f"  note: {warning['file']}: {warning['warning']}" for warning in report.warnings[:20]]
    if report.published and demo == demo_shown:
        lines.append("Reload the page to see it.")
    elif report.published and not demo:
        lines.append("Look at it with: OIFLOW_DEMO=0 make run")
    return "\n".join(lines)
