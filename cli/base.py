"""What every command shares: the two common options, the database it acts on, and how an answer is printed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from db.database import Database

Demo = Annotated[bool, typer.Option("--demo", help="Act on the simulated market's database.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@contextmanager
def database(login: str, demo: bool) -> Iterator["Database"]:
    """The database of this installation by one login; starts the embedded server where nothing runs yet."""
    from core import settings
    from db import connect

    found = settings.load()
    with connect.open_databases(found):
        db = connect.connect(found, login, demo)
        try:
            yield db
        finally:
            db.close()


def answer(result: Any, as_json: bool, text: Callable[[Any], str] = str) -> None:
    """Print a result: one JSON object with --json, words otherwise."""
    if as_json:
        print(json.dumps(asdict(result) if is_dataclass(result) and not isinstance(result, type) else result, default=str))
    else:
        print(text(result))
