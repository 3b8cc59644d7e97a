"""Helps tests that import files: a set of made-up files for a session, and what the store then shows."""

from datetime import UTC, date, datetime
from pathlib import Path

from core.clock import frozen
from db.database import Database
from ingest.pipeline import import_bodies
from ingest.publishing.importer import ImportReport
from tests.ingest import barchart_files as files
from usecases.fingerprint import fingerprint

NOW = frozen(datetime(2026, 11, 20, 21, 30, tzinfo=UTC))
SESSION = date(2026, 11, 2)
EMPTY = """
TRUNCATE loads, load_inputs, load_comparisons, quarantine, raw_payloads, requests, session_states, facts.options_flow,
         facts.oi_daily, facts.oi_expiration, facts.underlying_daily, facts.chain_snapshots, facts.bars, free_sessions,
         free_tickers, free_names, free_strikes, free_contracts, duties, runs CASCADE
"""
SLOTS = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")


def file(
    slot: str = "stocks-increase", session: date = SESSION, at: str = "02:41pm", lines: object = 12, seed: int = 0
) -> tuple[str, bytes]:
    """Name and bytes of one file, stamped at a minute of the session's afternoon in Chicago."""
    return f"{slot}-{session}-{at}-{seed}.csv", files.write("F", session, slot, lines, files.stamp(session, at), seed)  # type: ignore[arg-type]


def whole_set(session: date = SESSION, count: int = 12) -> list[tuple[str, bytes]]:
    """The four files of a session."""
    return [file(slot, session, f"02:4{place}pm", count) for place, slot in enumerate(SLOTS)]


def bring(db: Database, home: Path, *bodies: tuple[str, bytes]) -> ImportReport:
    """Import files in one command."""
    return import_bodies(db, home, bodies, NOW)


def empty(owner: Database) -> None:
    """Take everything out of the store but the names of contracts."""
    with owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(EMPTY)


def shown(db: Database, as_of: datetime | None = None) -> str:
    """The fingerprint of all that is visible."""
    return fingerprint(db, NOW, None, as_of).fingerprint


def flags(db: Database, as_of: datetime | None = None) -> dict[date, list[str]]:
    """Session -> flags, as a reader finds them at a moment."""
    found = db.dicts("fingerprint_sessions", as_of=as_of or NOW(), quote_session=None)
    return {row["quote_session"]: row["flags"] for row in found}
