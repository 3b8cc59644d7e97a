"""Words of others as PostgreSQL can keep them: a NUL as \\x00, half of a pair of surrogates as \\udNNN.

Providers, file names and headers may hold both; one of them must not keep a whole import from being stored.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

_UNSTORABLE = ("\\u0000", "\\ud")  # as JSON spells them; a backslash of their own before it only costs a second look


def storable(words: str) -> str:
    """The same words, without what no text of PostgreSQL holds."""
    return words.replace("\0", r"\x00").encode("utf-8", "backslashreplace").decode()


def as_json(told: Any) -> str:
    """JSON of rows or of one answer, every word storable; instants and days as text."""
    text = json.dumps(told, default=str)
    return json.dumps(_cleaned(told), default=str) if any(mark in text for mark in _UNSTORABLE) else text


def _cleaned(told: Any) -> Any:
    if isinstance(told, str):
        return storable(told)
    if isinstance(told, Mapping):
        return {_cleaned(key): _cleaned(value) for key, value in told.items()}
    if isinstance(told, Iterable) and not isinstance(told, bytes):
        return [_cleaned(each) for each in told]
    return told
