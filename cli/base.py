"""What every command shares: the two common options, the database it acts on, and how an answer is printed."""

import getpass
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from core.settings import Settings
    from db.database import Database

_BAR = 30
TIME = "%Y-%m-%d %H:%M UTC"
Demo = Annotated[bool, typer.Option("--demo", help="Act on the simulated market's database.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def register(app: typer.Typer, commands: dict[str, Callable[..., None]]) -> None:
    """Put commands into the application or a group of it, each under its name."""
    for name, command in commands.items():
        app.command(name)(command)


@contextmanager
def opened(upgrade: bool = False) -> Iterator["Settings"]:
    """The settings of this installation, with both its databases open; starts the embedded server where nothing runs yet."""
    from core import log
    from core.settings import load
    from db.connect import open_databases

    settings = load()
    log.configure("WARNING", "command", settings.secrets)
    with open_databases(settings, upgrade):
        yield settings


@contextmanager
def connected(settings: "Settings", login: str, demo: bool) -> Iterator["Database"]:
    """One of the databases that stand open, by one login."""
    from db.connect import connect

    db = connect(settings, login, demo)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def database(login: str, demo: bool) -> Iterator["Database"]:
    """The same two at once, for a command that asks nothing of the settings."""
    with opened() as settings, connected(settings, login, demo) as db:
        yield db


def actor() -> str:
    """Who acts, as the audit log names a person at a terminal."""
    return f"command ({getpass.getuser()})"


def note(settings: "Settings", demo: bool, action: str, subject: str, **detail: Any) -> None:
    """Write what a command did into the audit log of the database it acted on."""
    from core.clock import system_clock
    from usecases import audit

    with connected(settings, "auth", demo) as db:
        audit.done(db, actor(), action, subject, system_clock, **detail)


def one_of(value: str | None, known: Iterable[str], option: str) -> None:
    """Refuse the value of a filter that nothing can have, and name those that there are."""
    if value is not None and value not in (names := list(known)):
        raise typer.BadParameter(f"{value!r} is none of {', '.join(names)}.", param_hint=option)


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 file, 2 files."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rows_told(counts: Any) -> str:
    """How many rows came, and what became of them."""
    fates = f"{counts.published} published, {counts.quarantined} kept aside, {counts.duplicates} repeated"
    return f"{counted(counts.rows_in, 'row')}: {fates}."


def aligned(rows: list[Any]) -> str:
    """Rows of words as columns, the first row above them."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def progress_bar(as_json: bool, what: str) -> Callable[[int, int], None] | None:
    """A bar on standard error, where a person looks at it. what: the things that are counted."""
    if as_json or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        filled = _BAR * done // max(1, total)
        end = "\n" if done == total else ""
        print(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total} {what}", end=end, file=sys.stderr, flush=True)

    return show


def answer(result: Any, as_json: bool, text: Callable[[Any], str] = str) -> None:
    """Print a result: one JSON object with --json, words otherwise."""
    if as_json:
        print(json.dumps(asdict(result) if is_dataclass(result) and not isinstance(result, type) else result, default=str))
    else:
        print(plain(text(result)))


def complain(words: str) -> None:
    """Say on standard error what did not go as wished."""
    print(f"oiflow: {plain(words)}", file=sys.stderr)


def plain(words: str) -> str:
    """Words that may be a file's or a provider's, without what a terminal would obey or could not show."""
    return "".join(mark if mark.isprintable() or mark in "\n\t" else mark.encode("unicode_escape").decode() for mark in words)
