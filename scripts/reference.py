"""Write docs/reference.md from the code: settings, commands, columns, reasons, errors. A test keeps the file equal."""

import sys
from collections.abc import Iterator
from pathlib import Path

from api.app import application
from cli import app
from core import errors, vocabulary
from core.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"
INTRODUCTION = "# Reference\n\nWritten by `.venv/bin/python scripts/reference.py` from the code; do not edit by hand.\n"


def settings() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each setting."""
    for name, field in Settings.model_fields.items():
        default = getattr(field.default, "get_secret_value", lambda value=field.default: value)()
        shown = str(int(default)) if isinstance(default, bool) else str(default)
        yield f"`{name.upper()}`", f"`{shown}`" if shown else "", field.description or ""


def commands() -> Iterator[tuple[str, str]]:
    """Each command and the first line of its help."""
    from typer.main import get_command

    yield from _commands(get_command(app), "oiflow")


def _commands(command: object, path: str) -> Iterator[tuple[str, str]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield f"`{path}`", " ".join((getattr(command, "help", "") or "").split())
        return
    for name in sorted(inner):
        yield from _commands(inner[name], f"{path} {name}")


def endpoints() -> Iterator[tuple[str, str]]:
    """Method and path of each endpoint, and what it answers."""
    for path, methods in application.openapi()["paths"].items():
        for method, endpoint in methods.items():
            yield f"`{method.upper()} {path}`", endpoint["summary"]


def columns() -> Iterator[tuple[str, str, str, str, str]]:
    """Each column with title, unit, meaning with its caveat, and formula."""
    for name, column in vocabulary.COLUMNS.items():
        meaning = f"{column.meaning}. {column.caveat}." if column.caveat else f"{column.meaning}."
        yield f"`{name}`", column.title, column.unit, meaning, column.formula


def error_codes(parent: type[errors.PlatformError] = errors.PlatformError) -> Iterator[tuple[str, str, str]]:
    """Code, HTTP status and default message of each error of `core.errors`, parents first."""
    yield f"`{parent.code}`", str(parent.status), " ".join((parent.__doc__ or "").split())
    for child in parent.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from error_codes(child)


def table(titles: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def page() -> str:
    """The whole page."""
    parts = {
        "Settings": table(("setting", "default", "meaning"), settings()),
        "Commands": table(("command", "does"), commands()),
        "Endpoints": table(("address", "answers"), endpoints()),
        "Columns": table(("column", "title", "unit", "meaning", "formula"), columns()),
        "Errors": table(("code", "HTTP", "message"), error_codes()),
    }
    return INTRODUCTION + "".join(f"\n## {title}\n\n{body}" for title, body in parts.items())


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.name} written\n")
