"""Parsed rows into the store: loads that nobody sees yet, each kind of rows into its own table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from core.clock import Clock
from db import write
from db.database import Database, Transaction
from ingest.sources import Payload, Raw
from ingest.staging import chains, changes, given, reference
from ingest.staging.contracts import ContractIds
from ingest.staging.loads import AMBIGUOUS, Loads, Version


@dataclass(frozen=True)
class Parsed:
    """A payload on its way into the store; `rows` and `aside`, its readable rows kept aside, have their contract ids."""

    raw: Raw
    payload: Payload
    rows: pl.DataFrame
    aside: pl.DataFrame | None = None


@dataclass(frozen=True)
class Staged:
    """One load to store: a version of a payload, and the payload."""

    parsed: Parsed
    version: Version

    @property
    def rows(self) -> pl.DataFrame:
        """The rows without those held back because of another slot."""
        if not self.version.held:
            return self.parsed.rows
        return self.parsed.rows.filter(~pl.col("line_number").is_in([line for line, _ in self.version.held]))


def is_finished(session: date, clock: Clock) -> bool:
    """Whether the month of a session is over."""
    today = clock()
    return (session.year, session.month) < (today.year, today.month)


def stage(
    db: Database, staged: Sequence[Staged], raw_rows: list[dict[str, Any]], finished: bool, ids: Mapping[str, ContractIds]
) -> dict[int, date]:
    """Store loads of one session, or of one finished month, in one transaction. Returns load id -> session, in order."""
    with db.transaction() as work:
        work.rows("join_staging")
        work.execute("commit_lazily")
        return stage_within(work, staged, raw_rows, finished, ids)


def stage_within(
    work: Transaction, staged: Sequence[Staged], raw_rows: list[dict[str, Any]], finished: bool, ids: Mapping[str, ContractIds]
) -> dict[int, date]:
    """The same within a transaction of the caller's."""
    if raw_rows:
        write.insert_raw_payloads(work, raw_rows)
    load_ids = write.insert_loads(work, [_load_row(one) for one in staged])
    write.insert_quarantine(work, [row for load_id, one in zip(load_ids, staged, strict=True) for row in _aside(load_id, one)])
    loads = [(load_id, one.parsed.payload, one.rows) for load_id, one in zip(load_ids, staged, strict=True)]
    _copy_rows(work, loads, finished, ids)
    return dict(zip(load_ids, (one.parsed.payload.quote_session for one in staged), strict=True))


def refused_row(raw: Raw, source: str | None, reason: str, detail: str) -> dict[str, Any]:
    """The row of `loads` for a payload kept aside as a whole; source None: nobody recognised it."""
    counts = dict.fromkeys(("rows_in", "rows_published", "rows_quarantined", "rows_duplicate"), 0)
    named = {"source": source, "payload_sha256": raw.sha256, "file_name": raw.file_name}
    return named | counts | {
        "received_at": raw.received_at, "state": "refused", "reason": reason, "detail": detail[:500], "cut": False,
    }  # fmt: skip


def _load_row(one: Staged) -> dict[str, Any]:
    raw, payload, version = one.parsed.raw, one.parsed.payload, one.version
    published = len(one.rows)
    return {
        "source": payload.source, "slot": payload.slot, "asset_class": payload.asset_class, "session_date": payload.session_date,
        "quote_session": payload.quote_session, "known_at": version.known_at, "received_at": raw.received_at, "state": "staged",
        "coverage": payload.coverage, "volume_final": payload.volume_final, "cut": payload.cut,
        "reason": AMBIGUOUS if version.again else None, "detail": "; ".join(payload.warnings)[:500] or None,
        "rows_in": payload.rows_in, "rows_published": published, "rows_duplicate": payload.duplicates,
        "rows_quarantined": payload.rows_in - published - payload.duplicates, "payload_sha256": raw.sha256,
        "file_name": raw.file_name,
    }  # fmt: skip


def _aside(load_id: int, one: Staged) -> list[dict[str, Any]]:
    """Rows of `quarantine` for a load: what the parser kept aside, and what another slot contradicts or says too."""
    payload, sha256 = one.parsed.payload, one.parsed.raw.sha256
    if payload.quarantined.is_empty() and not one.version.held:
        return []
    kept = [(row["line_number"], row["reason"], row["raw_text"]) for row in payload.quarantined.iter_rows(named=True)]
    own = {line for line, _, _ in kept}
    held = [(line, reason) for line, reason in sorted(one.version.held) if line not in own]
    if held:
        lines = one.parsed.raw.content.split(b"\n")
        kept += [(line, why, lines[line - 1].decode("utf-8", "backslashreplace").rstrip("\r")) for line, why in held]
    return [
        {
            "load_id": load_id,
            "payload_sha256": sha256,
            "line_number": line,
            "reason": reason,
            "raw_text": text.replace("\0", r"\x00"),
        }
        for line, reason, text in kept
    ]


def _copy_rows(work: Transaction, loads: Loads, finished: bool, ids: Mapping[str, ContractIds]) -> None:
    """Each kind of rows into its table, and what their sources give beside them."""
    for holds, copy in (("changes", changes.copy), ("chains", chains.copy)):
        filled = [load for load in loads if load[1].holds == holds and len(load[2])]
        if filled:
            copy(work, filled, finished)
    given.copy_rows(work, loads, ids)
    given.copy_sums(work, loads, ids)
    reference.copy(work, loads, ids)
