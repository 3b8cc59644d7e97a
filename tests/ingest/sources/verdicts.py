"""What a parser makes of a payload, held against a slow reading of the same bytes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from types import ModuleType
from typing import Any

import polars as pl

from core.errors import RefusedPayload
from ingest.sources import Payload, Raw, load
from ingest.sources.frames import CHAIN_SCHEMA
from tests.ingest.sources.samples.market import Sample
from tests.ingest.sources.samples.slow import Told

LATER = datetime(2026, 12, 1, tzinfo=UTC)
PLACE = ("slot", "session_date", "quote_session", "known_at", "volume_final")
COMPARED = tuple(name for name in CHAIN_SCHEMA if name != "line_number")


@dataclass
class Verdict:
    """Counts over payloads. crashes, unaccounted and the number of `denied` have to be 0; compared: values held against the slow
    reading; empty: rows kept aside without text or reason."""

    payloads: int = 0
    refused: int = 0
    rows_in: int = 0
    published: int = 0
    quarantined: int = 0
    duplicates: int = 0
    unaccounted: int = 0
    compared: int = 0
    empty: int = 0
    crashes: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return not (self.crashes or self.denied or self.unaccounted or self.empty)


def tried(found: Verdict, given: Iterable[tuple[str, Any]], read: Callable[[Any], Any]) -> Iterator[tuple[str, Any, Any]]:
    """What a parser says of each payload; one that it refuses or that stops it is counted and left out."""
    for name, one in given:
        found.payloads += 1
        try:
            said = read(one)
        except RefusedPayload as refused:
            found.refused += 1
            found.reasons[refused.reason] += 1
        except Exception as error:  # noqa: BLE001 - a crash is what is counted
            found.crashes.append(f"{name}: {type(error).__name__}: {error}"[:300])
        else:
            yield name, one, said


def judge(source: ModuleType, samples: Iterable[tuple[str, Sample]]) -> Verdict:
    """All of these payloads of a source through its parser."""
    found = Verdict()
    for name, sample, payload in tried(found, samples, partial(parsed, source)):
        _count(found, payload)
        found.denied += [f"{name}: {words}" for words in denied(payload, source, sample)]
    return found


def parsed(source: ModuleType, sample: Sample) -> Payload:
    """What the product reads."""
    raw = Raw("", sample.file_name, sample.body, LATER, sample.folder)
    payload = source.parse(raw) if hasattr(source, "parse") else load(source.__name__.rpartition(".")[2]).parse(raw)
    assert isinstance(payload, Payload), "one payload a sample"
    return payload


def _count(found: Verdict, payload: Payload) -> None:
    rows, aside = payload.rows, payload.quarantined
    found.rows_in += payload.rows_in
    found.published += len(rows)
    found.quarantined += len(aside)
    found.duplicates += payload.duplicates
    found.unaccounted += abs(payload.rows_in - len(rows) - len(aside) - payload.duplicates)
    found.unaccounted += len(rows) + len(aside) - pl.concat([rows["line_number"], aside["line_number"]]).n_unique()
    found.empty += int((aside["raw_text"].str.len_chars() == 0).sum() + (aside["reason"].str.len_chars() == 0).sum())
    found.reasons.update(aside["reason"])
    found.compared += len(rows) * len(COMPARED)


def denied(payload: Payload, source: ModuleType, sample: Sample) -> list[str]:
    """One line for whatever is published and that the slow reading does not find in the bytes."""
    try:
        told: Told = source.read(sample)
    except Exception as error:  # noqa: BLE001 - whatever stops it: it does not read what was published
        return [f"{len(payload.rows)} rows of a payload that cannot be read: {type(error).__name__}: {error}"[:300]]
    wrong = [f"{name} is {getattr(told, name)}, not {getattr(payload, name)}" for name in PLACE
             if getattr(told, name) != getattr(payload, name)]  # fmt: skip
    shown = None if payload.prices is None else payload.prices["spot"][0]
    if told.spot is not ... and not _same(shown, (told.spot or None) if told.quotes else None):
        wrong.append(f"the spot is {told.spot}, not {shown}")
    for row in payload.rows.iter_rows(named=True):
        said = told.rows.get(row["line_number"])
        differing = ["the whole row"] if said is None else [name for name in COMPARED if not _same(row[name], said[name])]
        wrong += [f"row {row['line_number']}: {name}: {row.get(name)!r}, not {said and said.get(name)!r}" for name in differing]
    return wrong


def _same(value: Any, said: Any) -> bool:
    return value == (float(said) if isinstance(said, Decimal) else said)
