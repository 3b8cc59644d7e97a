"""Versions of rates.toml in a store: each is kept with the instant from which on it counted."""

from pathlib import Path

from core.clock import Clock
from db.database import Database
from ingest.pipeline import import_raws
from ingest.raw import read_raw
from ingest.sources import rates_file


def keep(db: Database, home: Path, clock: Clock, written: bytes) -> bool:
    """Store what the file says now, unless it is what counts already; whether it was stored. Refused: see `rates_file.parse`."""
    raw = rates_file.seen(written, clock())
    rates_file.parse(raw)
    if written == _in_force(db, home):
        return False
    import_raws(db, home, [raw], clock, "rates_file")
    return True


def _in_force(db: Database, home: Path) -> bytes | None:
    """The last version in the store."""
    found = db.value("latest_payload", source="rates_file")
    return None if found is None else rates_file.written(read_raw(db, home, found))
