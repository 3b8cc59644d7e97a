"""Live payloads of every source whose open interest changed its meaning, beside an honest look of the session before."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from core.clock import frozen
from core.errors import RefusedPayload
from core.sessions import previous_session
from ingest.pipeline import publish_payloads, read
from ingest.sources import Payload, Raw
from ingest.sources.mapped import shelf
from ingest.timetable.standing import STANDING, compared, examine
from tests.ingest.real_files import files_of
from tests.ingest.sources.drift import miscounted, sample
from tests.ingest.sources.verdicts import LATER, parsed

MAPPINGS = shelf(Path("no home"))
"""Those that come along."""


def outcomes(databases: Any, source: ModuleType, seed: int = 1) -> Iterator[tuple[str, str]]:
    """(what changed, why it was refused or `accepted`) after an honest look was published; the first is the honest one itself."""
    usual = parsed(source, sample(source, seed))
    publish_before(databases, usual, seed)
    yield "nothing", held(databases, lambda: usual)
    for name, one in miscounted(source, seed):
        yield name, held(databases, lambda one=one: parsed(source, one))


def held(databases: Any, read: Any) -> str:
    """Why the collector does not believe a payload; `accepted` where it does, `unknown` where it says none."""
    try:
        payload = read()
        examine(databases.ingest, payload)
    except RefusedPayload as refused:
        return refused.reason
    return "unknown" if payload.rows["open_interest"].is_null().all() else "accepted"


def publish_before(databases: Any, payload: Payload, seed: int, days: int = 1) -> None:
    """Publish what the same source showed some sessions before: half of the open interest was another, by up to a tenth."""
    rng, session = random.Random(seed), payload.quote_session
    for _ in range(days):
        session = previous_session(session)
    factors = [rng.uniform(0.9, 1.1) if rng.random() < 0.5 else 1.0 for _ in range(len(payload.rows))]
    rows = payload.rows.with_columns(open_interest=(pl.col("open_interest") * pl.Series(factors)).round())
    earlier = replace(
        payload, rows=rows, rows_in=len(rows), duplicates=0, quarantined=payload.quarantined.clear(), quote_session=session,
        session_date=previous_session(session), known_at=payload.known_at - timedelta(days=days),
    )  # fmt: skip
    raw = Raw("", "before", f"{payload.source} {seed} {days}".encode(), LATER)
    publish_payloads(databases.ingest, databases.settings.oiflow_home, [(raw, earlier)], frozen(LATER))


def real_pairs(kind: str) -> Iterator[tuple[tuple[str, str, date], str | None]]:
    """((source, name, session), why it would be held back) for real sessions beside the stored one before."""
    found: dict[tuple[str, str], dict[date, Payload]] = {}
    for path in files_of(kind):
        raw = Raw("", path.name, path.read_bytes(), LATER, "/".join(path.parent.parts[-2:]))
        with suppress(RefusedPayload):
            for payload in read(raw, MAPPINGS):
                if payload.holds == "chains":
                    _latest(found.setdefault((payload.source, payload.slot), {}), payload)
    for (source, name), days in found.items():
        for before, now in pairwise(sorted(days)):
            apart = (days[now].session_date - days[before].session_date).days
            stands = days[before].rows.drop_nulls("open_interest").rename({"open_interest": "before"})
            yield (source, name, now), compared(stands.select(*STANDING), days[now].rows, apart)


def _latest(days: dict[date, Payload], payload: Payload) -> None:
    if payload.quote_session not in days or days[payload.quote_session].known_at < payload.known_at:
        days[payload.quote_session] = payload
