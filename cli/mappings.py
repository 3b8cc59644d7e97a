"""Commands about mapping files: check."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.base import Json, aligned, answer, counted, register

if TYPE_CHECKING:
    from ingest.sources.mapped.preview import Preview


def add_to(app: typer.Typer) -> None:
    """Put `oiflow mapping ...` into the application."""
    words = "Mappings: how files of others are read.\n\nExample: oiflow mapping check acme.toml"
    group = typer.Typer(help=words, no_args_is_help=True)
    register(group, {"check": check})
    app.add_typer(group, name="mapping")


def check(
    mapping: Annotated[Path, typer.Argument(metavar="FILE", help="The mapping, a TOML file.")],
    data: Annotated[Path | None, typer.Argument(metavar="[DATAFILE]", help="A file to read with it; nothing is stored.")] = None,
    as_json: Json = False,
) -> None:
    """Show a mapping's faults, or what it makes of a file.

    Example: oiflow mapping check acme.toml acme-2026-11-20.csv
    """
    from core.clock import system_clock
    from core.errors import MissingFile
    from core.settings import load
    from ingest.pipeline import raw_of
    from ingest.sources.mapped import read_file
    from ingest.sources.mapped.preview import preview

    for path in (mapping, data):
        if path is not None and not path.is_file():
            raise MissingFile(f"There is no file {path}.")
    read, home = read_file(mapping), load().oiflow_home
    raw = None if data is None else raw_of(data, system_clock)
    answer(preview(read, raw), as_json, lambda found: "\n".join([*_words(found, data), _whereto(mapping, home / "mappings")]))


def _words(found: "Preview", data: Path | None) -> list[str]:
    lines = [f"{found.mapping} has no fault. {found.date_rule}"]
    if data is None:
        return lines
    aside = sum(found.quarantined.values())
    fates = f"{found.published} would be published, {aside} kept aside, {found.duplicates} repeated"
    lines += [f"{counted(found.rows_in, 'row')} in {counted(found.payloads, 'part')}: {fates}."]
    lines += [f"  kept aside: {count} {reason}" for reason, count in found.quarantined.items()]
    lines += [f"    line {row['line_number']}: {row['reason']}: {row['raw_text'][:100]}" for row in found.first_quarantined]
    names = ("slot", "session_date", "quote_session", "known_at", "rows")
    lines.append(aligned([list(names), *([str(getattr(load, name)) for name in names] for load in found.loads)]))
    lines += ["First rows:", *("  " + ", ".join(f"{name} {value}" for name, value in row.items()) for row in found.first_rows)]
    return lines


def _whereto(mapping: Path, folder: Path) -> str:
    """What is left to do, so that imports read by the mapping."""
    if mapping.resolve().parent == folder.resolve():
        return "It lies where imports look for it."
    return f"To import with it, put it into {folder}/."
