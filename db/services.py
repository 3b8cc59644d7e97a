"""What services keep in the database: heartbeats, the lock of a service that runs once, requests of the web, housekeeping."""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg2
import psycopg2.extensions

from db.database import Database, queries
from db.words import as_json

_TIDY = ("tidy_tickets", "tidy_attempts", "tidy_sign_ins", "tidy_invitations", "tidy_known_browsers")


@dataclass(frozen=True)
class Request:
    """What the web asks: `import` of a body, `withdraw` or `undo_withdrawal` of a load, `collect` of a source."""

    request_id: int
    kind: str
    file_name: str | None
    body: bytes | None
    load_id: int | None
    why: str | None
    requested_by: str
    source: str | None = None
    session: date | None = None


class ServiceLock:
    """The right to be the one service of its name, held by a connection: it is free as soon as the holder is gone."""

    def __init__(self, database: Database, service: str):
        self.url, self.service = database.url, service
        self._connection: psycopg2.extensions.connection | None = None

    def held(self) -> bool:
        """Whether this process holds the lock now; tries to take it if not. Never raises, whatever the database does."""
        if self._connection is not None and self._asked("ping"):
            return True
        self.release()
        with suppress(psycopg2.Error):
            self._connection = psycopg2.connect(
                self.url, connect_timeout=5, application_name=f"oiflow {self.service} {os.getpid()}"
            )
            self._connection.autocommit = True
        if self._connection is not None and self._asked("try_service_lock"):
            return True
        self.release()
        return False

    def release(self) -> None:
        """Give the lock back: at once where the server answers, because it notices late that a connection has gone."""
        if self._connection is not None:
            self._asked("free_service_lock")
            self._connection.close()
        self._connection = None

    def _asked(self, name: str) -> bool:
        if self._connection is None:
            return False
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(queries()[name], {"service": self.service})
                row = cursor.fetchone()
        except psycopg2.Error:
            return False
        return row is not None and bool(row[0])


def beat(db: Database, service: str, started_at: datetime, beat_at: datetime, detail: dict[str, Any]) -> None:
    """Say that a service works."""
    db.execute("beat", service=service, started_at=started_at, beat_at=beat_at, detail=as_json(detail))


def take_request(db: Database) -> Request | None:
    """The oldest waiting request, now running; None where nothing waits."""
    with db.transaction() as work:
        row = work.one("take_request")
    if row is None:
        return None
    request_id, kind, file_name, body, *rest = row
    return Request(request_id, kind, file_name, None if body is None else bytes(body), *rest)


def finish_request(db: Database, request_id: int, state: str, answer: dict[str, Any], finished_at: datetime) -> None:
    """Store what became of a request: state `done` or `failed`, and an answer for the page."""
    text = as_json(answer)
    db.execute("finish_request", request_id=request_id, state=state, answer=text, finished_at=finished_at)


def requeue_requests(db: Database) -> int:
    """Let requests that a dead collector was at wait again; how many."""
    return db.execute("requeue_requests")


def tidy_accounts(auth: Database, now: datetime) -> dict[str, int]:
    """Delete what has run out in schema auth; rows deleted by query."""
    return {name.removeprefix("tidy_"): auth.execute(name, now=now) for name in _TIDY}
