"""One hash of everything visible: equal for equal data, whatever the order or time of import."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from core.clock import Clock
from core.errors import SessionNotFound
from db.database import Database

_FACTS = ("flow", "chains", "daily", "expiration", "prices", "bars", "rates", "actions", "adjustments", "names")
PARTS = tuple(f"fingerprint_{name}" for name in (*_FACTS, "sessions"))


@dataclass(frozen=True)
class Fingerprint:
    """sha256 over the visible facts, features and coverage, and how many bytes went in."""

    fingerprint: str
    as_of: datetime
    session: date | None
    bytes: int


class _Hash:
    """A stream that keeps nothing but the hash of what is written to it."""

    def __init__(self) -> None:
        self.hash, self.size = hashlib.sha256(), 0

    def write(self, chunk: bytes) -> int:
        self.hash.update(chunk)
        self.size += len(chunk)
        return len(chunk)


def fingerprint(db: Database, clock: Clock, session: date | None = None, as_of: datetime | None = None) -> Fingerprint:
    """Hash what is visible at `as_of` (default now), of one quote session or of all, in one snapshot of the database.

    SessionNotFound where nothing of that session was ever published; a moment before it was gives the hash of nothing.
    """
    as_of = as_of or clock()
    into = _Hash()
    with db.transaction() as work:
        work.execute("begin_snapshot")
        if session is not None and not work.rows("replay_sets", source=None, session=session):
            raise SessionNotFound
        for part in PARTS:
            into.write(f"{part}\n".encode())
            work.copy_out(part, into, as_of=as_of, quote_session=session)
    return Fingerprint(into.hash.hexdigest(), as_of, session, into.size)
