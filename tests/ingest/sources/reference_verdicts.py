"""What parsers make of payloads of reference, held against a slow reading of the same bytes."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl

from ingest.sources import Payload, Raw, load
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.slow_reference import READ, Told
from tests.ingest.sources.verdicts import Verdict, tried

LATER = datetime(2026, 12, 1, tzinfo=UTC)
_KEYS = {
    "rates": ("described",), "actions": ("symbol", "kind", "ex_date", "known_at"), "adjustments": ("memo", "root"),
    "names": ("symbol",),
}  # fmt: skip
"""What no two published facts of a payload may have in common."""


def judge(source: str, mutants: Iterable[tuple[str, bytes]]) -> Verdict:
    """All of these payloads of a source through its parser."""
    found = Verdict()
    for name, body, said in tried(found, mutants, partial(parsed, source)):
        _count(found, name, source, body, said)
    return found


def parsed(source: str, body: bytes) -> Sequence[Payload]:
    """What the product reads, as of a live fetch."""
    said = load(source).parse(Raw(source, "mutant", body, LATER, LIVE))
    return said if isinstance(said, list) else [said]


def _count(found: Verdict, name: str, source: str, body: bytes, said: Sequence[Payload]) -> None:
    try:
        told = READ[source](body, LATER)
    except Exception as error:  # noqa: BLE001 - whatever stops it: it does not read what was published
        found.denied.append(f"{name}: a payload that cannot be read: {type(error).__name__}: {error}"[:300])
        return
    published = [row for payload in said for row in payload.rows.iter_rows(named=True)]
    aside = pl.concat([payload.quarantined for payload in said])
    again, rows_in = sum(payload.duplicates for payload in said), sum(payload.rows_in for payload in said)
    lines = {row["line_number"] for row in published} | set(aside["line_number"])
    found.rows_in, found.published = found.rows_in + rows_in, found.published + len(published)
    found.quarantined, found.duplicates = found.quarantined + len(aside), found.duplicates + again
    found.unaccounted += abs(told.lines - rows_in) + abs(rows_in - len(published) - len(aside) - again)
    found.unaccounted += len(published) + len(aside) - len(lines)
    found.empty += int((aside["raw_text"].str.len_chars() == 0).sum() + (aside["reason"].str.len_chars() == 0).sum())
    found.reasons.update(aside["reason"])
    found.compared += sum(len(row) - 1 for row in published)
    found.denied += [f"{name}: {words}" for words in _denied(published, told, _KEYS[said[0].holds])]


def _denied(published: list[dict[str, Any]], told: Told, key: tuple[str, ...]) -> Iterator[str]:
    """One line for whatever is published and that the slow reading does not find in the bytes, or finds twice."""
    said: dict[tuple[Any, ...], list[Any]] = {}
    for fact in told.facts.values():
        said.setdefault(tuple(fact[name] for name in key), []).append(fact)
    for row in published:
        number = row.pop("line_number")
        fact = told.facts.get(number)
        if fact is None:
            yield f"line {number}: {row} is not what it says"[:400]
            continue
        yield from (f"line {number}: {name}: {value!r}, not {fact.get(name)!r}"[:300] for name, value in row.items()
                    if not _same(value, fact.get(name)))  # fmt: skip
        others = said[tuple(fact[name] for name in key)]
        yield from (f"line {number}: {other} contradicts it"[:300] for other in others if not _alike(other, fact))


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(_same(one[name], other[name]) for name in one)


def _same(value: Any, said: Any) -> bool:
    if isinstance(value, list) and isinstance(said, list):
        return len(value) == len(said) and all(_same(*pair) for pair in zip(value, said, strict=True))
    if isinstance(value, float) and isinstance(said, float):
        return math.isclose(value, said, rel_tol=1e-9, abs_tol=1e-13)
    return bool(value == said)
