"""What every command shares: the two common options and how an answer is printed."""

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import typer

Demo = Annotated[bool, typer.Option("--demo", help="Act on the simulated market's database.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def answer(result: Any, as_json: bool, text: Callable[[Any], str] = str) -> None:
    """Print a result: one JSON object with --json, words otherwise."""
    if as_json:
        print(json.dumps(asdict(result) if is_dataclass(result) and not isinstance(result, type) else result, default=str))
    else:
        print(text(result))
