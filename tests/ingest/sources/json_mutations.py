"""What may happen to a JSON payload: to one value, to one record, to a key of all records, to the document around them."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.ingest.sources.values import NUMBERS, TEXTS

Change = Callable[[random.Random, Any, "Tokens"], Any]
MUTATORS: dict[str, Callable[[random.Random, bytes], bytes]] = {}
Place = tuple[Any, Any]
"""(object or list, key or place) of a value."""


class Tokens:
    """Raw text in the place of a value, as JSON writers of the wild produce it."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def put(self, text: str) -> str:
        self._texts.append(text)
        return f"@@{len(self._texts) - 1}@@"

    def written(self, document: Any) -> bytes:
        text = json.dumps(document)
        for number, token in enumerate(self._texts):
            text = text.replace(f'"@@{number}@@"', token)
        return text.encode("utf-8", "surrogatepass")


def mutator(change: Change) -> Change:
    def of_bytes(rng: random.Random, body: bytes) -> bytes:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):  # broken by another fault already
            return body
        tokens = Tokens()
        try:
            return tokens.written(change(rng, document, tokens))
        except RecursionError:
            return body

    MUTATORS[change.__name__] = of_bytes
    return change


def _on_values(name: str, *tokens: str) -> None:
    """A mutator that puts one of these texts in the place of one value of one record, or beside the records."""

    def change(rng: random.Random, document: Any, made: Tokens) -> Any:
        places = _values(rng, document)
        if places:
            holder, key = rng.choice(places)
            holder[key] = made.put(rng.choice(tokens))
        return document

    change.__name__ = name
    mutator(change)


for _name, _numbers in NUMBERS.items():
    _on_values(_name, *_numbers)
for _name, _texts in TEXTS.items():
    _on_values(_name, *(json.dumps(text) for text in _texts))
_on_values("null", "null")
_on_values("word_for_number", '"12.5"', '"0"', '"1e5"', '"N/A"', '"-"')
_on_values("truth", "true", "false")
_on_values("list_or_object", "[]", "{}", "[1]", '{"raw": 1, "fmt": "1"}')
_on_values("deep_nesting", "[" * 50 + "]" * 50, "[" * 2000 + "]" * 2000, '{"a":' * 3000 + "1" + "}" * 3000)
_on_values("half_a_surrogate", '"\\ud800"', '"A\\udfffB"')
_on_values("huge_value", f'"{"A" * 10_000_000}"', f'"{"A" * 200_000}"', "9" * 4000, f'"{"9" * 1_000_000}"', "1" + "0" * 5000)


def records(document: Any) -> list[Place]:
    """Places of the objects with several values that stand in lists and hold no such objects themselves."""
    found: list[Place] = []
    for holder, key, value in _nodes(document):
        if isinstance(holder, list) and isinstance(value, dict) and len(list(paths(value))) >= 4 and not _holds_records(value):
            found.append((holder, key))
    return found


def _holds_records(value: Any) -> bool:
    return any(isinstance(holder, list) and isinstance(each, dict) and len(each) >= 8 for holder, _, each in _nodes(value))


def paths(record: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Ways to each plain value of a record."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from paths(value, (*before, key))
        elif not isinstance(value, list):
            yield (*before, key)


def inner(record: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The object that holds the value at the end of a path."""
    for key in path[:-1]:
        record = record.get(key) if isinstance(record.get(key), dict) else {}
    return record


def _nodes(document: Any) -> Iterator[tuple[Any, Any, Any]]:
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in list(items):
        yield document, key, value
        yield from _nodes(value)


def _values(rng: random.Random, document: Any) -> list[Place]:
    """Plain values: mostly of records, at times those around them."""
    inside = [(inner(holder[key], path), path[-1]) for holder, key in records(document) for path in paths(holder[key])]
    if inside and rng.random() < 0.85:
        return inside
    known = {(id(holder), key) for holder, key in inside}
    return [(holder, key) for holder, key, value in _nodes(document)
            if not isinstance(value, dict | list) and (id(holder), key) not in known]  # fmt: skip


def _one(rng: random.Random, document: Any) -> tuple[list[Any], int] | None:
    found = records(document)
    return rng.choice(found) if found else None


def _everywhere(change: Callable[[random.Random, dict[str, Any], tuple[str, ...], tuple[str, ...]], None]) -> Change:
    """A change of one or two keys in all records alike."""

    def of_all(rng: random.Random, document: Any, _tokens: Tokens) -> Any:
        found = records(document)
        if found:
            ways = list(paths(found[0][0][found[0][1]])) * 2
            one, other = rng.sample(ways, 2)
            for holder, key in found:
                change(rng, holder[key], one, other)
        return document

    of_all.__name__ = change.__name__
    return mutator(of_all)


@_everywhere
def column_dropped(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    inner(record, one).pop(one[-1], None)


@_everywhere
def column_renamed(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    holder = inner(record, one)
    holder[f"{one[-1]}_v2"] = holder.pop(one[-1], None)


@_everywhere
def columns_swapped(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    here, there = inner(record, one), inner(record, other)
    here[one[-1]], there[other[-1]] = there.get(other[-1]), here.get(one[-1])


@_everywhere
def column_as_text(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    holder = inner(record, one)
    holder[one[-1]] = str(holder.get(one[-1]))


@_everywhere
def column_times_hundred(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    holder = inner(record, one)
    if isinstance(holder.get(one[-1]), int | float):
        holder[one[-1]] *= 100


@_everywhere
def column_empty(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    inner(record, one)[one[-1]] = None


@_everywhere
def column_added(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    record["brand_new"] = 1.5


@_everywhere
def keys_in_another_order(rng: random.Random, record: dict[str, Any], one: tuple[str, ...], other: tuple[str, ...]) -> None:
    for key in sorted(record, reverse=True):
        record[key] = record.pop(key)


@mutator
def record_twice(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        one[0].insert(rng.randrange(len(one[0]) + 1), one[0][one[1]])
    return document


@mutator
def contract_twice(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    """The same contract again with another figure."""
    if one := _one(rng, document):
        twin = json.loads(json.dumps(one[0][one[1]]))
        path = rng.choice(list(paths(twin)))
        holder = inner(twin, path)
        holder[path[-1]] = rng.choice((777, 0, 1.25, None, "777"))
        one[0].append(twin)
    return document


@mutator
def repeated_key(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    """One key twice in one object, with another value."""
    if one := _one(rng, document):
        record = one[0][one[1]]
        pairs = [*record.items(), (rng.choice(list(record)), rng.choice((1, 2.5, None, "x")))]
        rng.shuffle(pairs)
        one[0][one[1]] = tokens.put("{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs) + "}")
    return document


@mutator
def key_missing(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        record = one[0][one[1]]
        record.pop(rng.choice(list(record)))
    return document


@mutator
def values_swapped(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        record = one[0][one[1]]
        ways = list(paths(record)) * 2
        here, there = rng.sample(ways, 2)
        this, that = inner(record, here), inner(record, there)
        this[here[-1]], that[there[-1]] = that[there[-1]], this[here[-1]]
    return document


@mutator
def no_record(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        one[0][one[1]] = rng.choice((None, 5, "text", [], {}, True, [{}]))
    return document


@mutator
def records_shuffled(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        rng.shuffle(one[0])
    return document


@mutator
def records_lost(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    if one := _one(rng, document):
        del one[0][rng.randrange(len(one[0])) :]
    return document


@mutator
def around_changed(rng: random.Random, document: Any, tokens: Tokens) -> Any:
    """Something around the records lost, renamed or of another kind."""
    places = [(holder, key) for holder, key, _ in _nodes(document) if isinstance(holder, dict) and not records([holder])]
    if places:
        holder, key = rng.choice(places)
        value = holder.pop(key)
        if rng.random() < 0.7:
            holder[rng.choice((key, f"{key}2"))] = rng.choice((None, [], {}, "", 0, [value], {"inside": value}))
    return document
