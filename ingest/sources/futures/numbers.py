"""Numbers as venues write them: text, integers or floats; what cannot be read is None, never zero."""

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ingest.sources.futures.shapes import Answer


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def words(told: dict[str, Any], *names: str) -> tuple[str, ...]:
    """Fields as text, empty where they are none."""
    return tuple(found if isinstance(found := told.get(name), str) else "" for name in names)


def times(*values: object) -> float | None:
    """The product, or None where any part is unknown."""
    found = [number(value) for value in values]
    return None if None in found else math.prod(part for part in found if part is not None)


def instant(milliseconds: object) -> datetime | None:
    """Milliseconds since 1970 -> an aware instant, or None where it cannot be read or says nothing."""
    found = number(milliseconds)
    if not found or not 0 < found < 4e12:
        return None
    return datetime.fromtimestamp(found / 1000, UTC)


def decoded(body: bytes) -> Any:
    """What JSON says. ValueError where it is none, or nested so deep that it cannot be meant."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read(answers: Sequence[Answer], tail: str) -> Iterator[tuple[Answer, Any]]:
    """The good answers of one address, and what they say; those that are no JSON are noticed elsewhere."""
    for answer in answers:
        if answer.status == 200 and answer.path.endswith(tail):
            with suppress(ValueError):
                yield answer, decoded(answer.body)


def dicts(found: object, *keys: str | int) -> list[dict[str, Any]]:
    """The list of objects below some keys; empty where the shape is another one."""
    for key in keys:
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
