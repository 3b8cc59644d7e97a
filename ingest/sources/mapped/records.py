"""JSON whose rows are objects: in a list, or below objects whose keys are values themselves, as days -> expiration -> strike."""

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Named
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from ingest.sources.mapped.extract import RAW_TEXT, Extract, brief, constants, series
from ingest.sources.mapped.spec import Lists, Mapping
from ingest.sources.reading.records import REPEATED, load_json, refuse_large, require, texts, value_at

Found = tuple[tuple[str, ...], Any]
"""The keys above a record, by level, and the record."""
_LOOKED_AT = 50
_SEGMENT = re.compile(r"(?P<name>[^.\[\]]*)(?P<list>\[\])?")


def document(content: bytes) -> Any:
    """The whole document; of lines that are objects each, their list. Refused: `too_large`, `not_json`."""
    content = content.strip()
    refuse_large(content)
    first, _, rest = content.partition(b"\n")
    if rest and first.startswith(b"{") and first.rstrip().endswith(b"}"):
        try:
            return [load_json(line) for line in content.split(b"\n") if line.strip()]
        except RefusedPayload:
            pass
    return load_json(content)


def first(mapping: Mapping, whole: Any) -> dict[str, Any]:
    """The first record among the first few; an empty one where there is none."""
    looked_at = islice(walk(whole, mapping.rows.records), _LOOKED_AT)
    return next((record for _, record in looked_at if isinstance(record, dict)), {})


def walk(whole: Any, path: str) -> Iterator[Found]:
    """Every record below a path; what lies where an object or list should be comes in a list, which is no record."""
    steps = [] if path == "[]" else [_SEGMENT.fullmatch(part).groups() for part in path.split(".")]  # type: ignore[union-attr]
    yield from _below(whole, [("", "[]")] if path == "[]" else steps, ())


def _below(node: Any, steps: list[Any], keys: tuple[str, ...]) -> Iterator[Found]:
    if not steps:
        yield keys, node
        return
    name, listed = steps[0]
    if name and not isinstance(node, dict):
        yield keys, [node]
        return
    for key, inner in _children(node, name):
        deeper = (*keys, key) if name.startswith("{") else keys
        if listed and not isinstance(inner, list):
            yield deeper, [inner]
            continue
        for each in inner if listed else (inner,):
            yield from _below(each, steps[1:], deeper)


def _children(node: Any, name: str) -> list[tuple[str, Any]]:
    """What stands under a name, under every key where it is a {level}, or the node itself where there is no name."""
    if not name:
        return [("", node)]
    if REPEATED in node:
        raise RefusedPayload("schema_drift", "An object above the rows has a key twice: nobody can say which counts.")
    return list(node.items()) if name.startswith("{") else [(name, node.get(name))]


def extract(mapping: Mapping, whole: Any, found: dict[str, str]) -> Extract:
    """The rows of a document. found: groups of the path. Refused: `schema_drift`, `no_rows`."""
    missing = [key for key in mapping.recognise.keys if isinstance(whole, dict) and key not in whole]
    if missing:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(missing)} is missing.")
    pairs = list(walk(whole, mapping.rows.records))
    records = [record for _, record in pairs]
    if not any(isinstance(record, dict) for record in records):
        raise RefusedPayload("no_rows", "There is no record in it.")
    warnings = require(records, list(mapping.recognise.record_keys))
    if mapping.rows.lists:
        pairs = list(_spread(pairs, mapping.rows.lists, whole, _read_by(mapping)))
        records = [record for _, record in pairs]
    faults = [
        "not_a_record" if not isinstance(record, dict) else "repeated_key" if REPEATED in record else None for record in records
    ]
    sound = records if not any(faults) else [record if isinstance(record, dict) else {} for record in records]
    cells = [_column(f"column:{key}", sound, key) for key in sorted({cell.column for cell in mapping.cells if cell.column})]
    cells += [
        series(f"level:{level}", [brief(keys[place]) if place < len(keys) else None for keys, _ in pairs])
        for place, level in enumerate(mapping.rows.levels)
    ]
    frame = pl.DataFrame([*cells, *constants(mapping, len(records), found, whole)])
    return Extract(frame, pl.Series(faults, dtype=pl.String), np.arange(1, len(records) + 1),
                   lambda asked: [_text(*pairs[place]) for place in asked], warnings)  # fmt: skip


def _column(place: str, records: list[dict[str, Any]], key: str) -> pl.Series:
    if "." in key:
        return series(place, [value_at(record, key) for record in records])
    return series(place, [record.get(key) for record in records])


def _read_by(mapping: Mapping) -> set[str]:
    """The keys of a record that a mapping names, and the one that marks repeated keys."""
    return {cell.column.partition(".")[0] for cell in mapping.cells if cell.column} | {*mapping.recognise.record_keys, REPEATED}


def _spread(pairs: list[Found], lists: Lists, whole: Any, read: set[str]) -> Iterator[Found]:
    """One record for each date of records that hold lists; one whose lists are of another length is no record.

    read: keys that each of them gets; a copy of all, for every date, is the square of a file.
    """
    over = value_at(whole, lists.over)
    dates = over if isinstance(over, list) else []
    for keys, record in pairs:
        inner = [record.get(key) for key in lists.keys] if isinstance(record, dict) else []
        if inner and dates and all(isinstance(each, list) and len(each) == len(dates) for each in inner):
            kept = {key: value for key, value in record.items() if key in read}
            for place, label in enumerate(dates):
                yield (*keys, label), _at(kept, lists.keys, inner, place)
        else:
            yield keys, [record]


def _at(record: Named[str, Any], keys: tuple[str, ...], inner: list[Any], place: int) -> dict[str, Any]:
    return {**record, **{key: each[place] for key, each in zip(keys, inner, strict=True)}}


def _text(keys: tuple[str, ...], record: Any) -> str:
    """A record with the keys above it, as JSON."""
    above = "".join(f"{json.dumps(brief(key))}: " for key in keys)
    return (above + texts([record])([1])[0])[:RAW_TEXT]
