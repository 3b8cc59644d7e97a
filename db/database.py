"""Connections and named queries: the only door to PostgreSQL.

A query has a name and lives in `db/queries/*.sql`; values are bound, never formatted.
"""

import os
import re
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import psycopg2
import psycopg2.extensions

from core.errors import DatabaseFull, DatabaseTooSlow, DatabaseUnavailable, NotAllowed, NotText, PlatformError

if TYPE_CHECKING:
    import pandas as pd

_QUERIES = Path(__file__).parent / "queries"
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.M)
_PATIENCE = 2.0  # seconds that a question waits for a free connection
Row = tuple[Any, ...]


@lru_cache(maxsize=1)
def queries() -> dict[str, str]:
    """Every named query of `db/queries/`, by name; a name given twice is an error."""
    found: dict[str, str] = {}
    for path in sorted(_QUERIES.glob("*.sql")):
        parts = _NAME.split(path.read_text())
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in found:
                raise ValueError(f"Query {name} stands twice; the second time in {path.name}.")
            found[name] = text.strip()
    return found


class Sink(Protocol):
    """What COPY writes into: a file, a buffer, a hash."""

    def write(self, chunk: bytes, /) -> object:
        """Take the next bytes."""


class Transaction:
    """One open transaction: named queries in order, committed together or not at all."""

    def __init__(self, connection: psycopg2.extensions.connection):
        self.connection = connection

    def _run(self, name: str, values: dict[str, Any]) -> psycopg2.extensions.cursor:
        if any(isinstance(value, str) and "\x00" in value for value in values.values()):
            raise NotText()  # PostgreSQL has no such text, and the driver would say so in words of its own
        cursor = self.connection.cursor()
        cursor.execute(queries()[name], values)
        return cursor

    def rows(self, name: str, **values: Any) -> list[Row]:
        """All rows of a query as tuples."""
        with self._run(name, values) as cursor:
            found: list[Row] = cursor.fetchall()
            return found

    def one(self, name: str, **values: Any) -> Row | None:
        """The first row of a query, or None."""
        with self._run(name, values) as cursor:
            found: Row | None = cursor.fetchone()
            return found

    def value(self, name: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.one(name, **values)
        return None if row is None else row[0]

    def dicts(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """All rows of a query as dicts by column name."""
        with self._run(name, values) as cursor:
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def frame(self, name: str, **values: Any) -> "pd.DataFrame":
        """All rows of a query as a DataFrame with the query's column names."""
        import pandas as pd  # slow to import: commands that need no frame answer at once

        with self._run(name, values) as cursor:
            return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])

    def execute(self, name: str, **values: Any) -> int:
        """Run a statement; the number of rows it touched."""
        with self._run(name, values) as cursor:
            return int(cursor.rowcount)

    def copy_out(self, name: str, into: Sink, form: str = "csv", **values: Any) -> None:
        """COPY of a named query into a stream: `csv`, `csv, header` or `binary`."""
        with self.connection.cursor() as cursor:
            text = cursor.mogrify(queries()[name].rstrip(";"), values).decode()
            cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT {form})", into)


class _Lost(DatabaseUnavailable):
    """The connection to the database was lost. Try again in a moment."""


class _Pool:
    """At most `most` connections of one login. A connection that the server has left is thrown away before it is handed out."""

    def __init__(self, url: str, most: int):
        self.url = url
        self.pid = os.getpid()
        self._places = threading.BoundedSemaphore(most)
        self._idle: list[psycopg2.extensions.connection] = []
        self._closed = False

    def take(self) -> psycopg2.extensions.connection:
        """A connection of one's own, DatabaseUnavailable after two seconds without a free place."""
        if not self._places.acquire(timeout=_PATIENCE):
            raise DatabaseUnavailable("The database is busy. Try again in a moment.")
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.closed and not _left_by_server(connection):
                    return connection
                connection.close()
            return psycopg2.connect(self.url, connect_timeout=5, application_name="oiflow")
        except psycopg2.OperationalError as error:
            self._places.release()
            raise DatabaseUnavailable() from error
        except BaseException:  # Ctrl-C too: a place that is not given back is lost for good
            self._places.release()
            raise

    def give_back(self, connection: psycopg2.extensions.connection) -> None:
        """Keep a healthy connection for the next one who asks; close any other."""
        clean = not connection.closed and connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE
        if clean and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()
        self._places.release()

    def close(self) -> None:
        """Close what is idle; what is in use closes when it comes back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


def _left_by_server(connection: psycopg2.extensions.connection) -> bool:
    """An idle connection has nothing to read, unless the server said goodbye."""
    waiting = select.poll()  # unlike select.select it takes descriptors above 1023
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _translated(error: psycopg2.Error, connection: psycopg2.extensions.connection) -> PlatformError | None:
    """What the other layers may know of a driver's error; None for a mistake in our own statement."""
    if isinstance(error, psycopg2.errors.QueryCanceled | psycopg2.errors.LockNotAvailable | psycopg2.errors.DeadlockDetected):
        return DatabaseTooSlow()
    if isinstance(error, psycopg2.errors.DiskFull):
        return DatabaseFull()
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return NotAllowed()
    if connection.closed or isinstance(error, psycopg2.errors.AdminShutdown | psycopg2.errors.CrashShutdown):
        return _Lost()
    return None


class Database:
    """A pool of connections of one login to one database. Safe to share between threads, and after a fork.

    demo: whether it is the simulated market's.
    """

    def __init__(self, url: str, most: int = 4, demo: bool = False):
        self.url = url
        self.most = most
        self.demo = demo
        self._made = _Pool(url, most)

    @property
    def _pool(self) -> _Pool:
        if self._made.pid != os.getpid():  # the connections of the parent are its own
            self._made = _Pool(self.url, self.most)
        return self._made

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit at the end, roll back on an error.

        DatabaseUnavailable for a lost connection or a full pool, DatabaseTooSlow for what a timeout cut off, DatabaseFull for
        a full disk, NotAllowed for what this login may not do; any other error of the driver is a mistake of ours and comes out
        as it is.
        """
        pool = self._pool
        connection = pool.take()
        try:
            yield Transaction(connection)
            connection.commit()
        except psycopg2.Error as error:
            translated = _translated(error, connection)
            if translated is None:
                raise
            raise translated from error
        finally:
            with suppress(psycopg2.Error):
                connection.rollback()
            pool.give_back(connection)

    def _retried(self, method: str, name: str, values: dict[str, Any]) -> Any:
        try:
            with self.transaction() as work:
                return getattr(work, method)(name, **values)
        except _Lost:  # the server left in the middle of the question
            with self.transaction() as work:
                return getattr(work, method)(name, **values)

    def rows(self, name: str, **values: Any) -> list[Row]:
        """See Transaction.rows; a transaction of its own, tried twice."""
        found: list[Row] = self._retried("rows", name, values)
        return found

    def one(self, name: str, **values: Any) -> Row | None:
        """See Transaction.one."""
        found: Row | None = self._retried("one", name, values)
        return found

    def value(self, name: str, **values: Any) -> Any:
        """See Transaction.value."""
        return self._retried("value", name, values)

    def dicts(self, name: str, **values: Any) -> list[dict[str, Any]]:
        """See Transaction.dicts."""
        found: list[dict[str, Any]] = self._retried("dicts", name, values)
        return found

    def frame(self, name: str, **values: Any) -> "pd.DataFrame":
        """See Transaction.frame."""
        found: pd.DataFrame = self._retried("frame", name, values)
        return found

    def execute(self, name: str, **values: Any) -> int:
        """See Transaction.execute; once, because a statement that writes is not tried again."""
        with self.transaction() as work:
            return work.execute(name, **values)

    def close(self) -> None:
        """Close the idle connections, and those in use as they come back; the next question opens new ones."""
        self._made.close()
        self._made = _Pool(self.url, self.most)
