"""The web application with a fault inside, named by a file: `uvicorn tests.walls.faulty:application`.

What breaks carries words that no visitor may read: a path, an address with a password, SQL.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import errors

from core.errors import InvalidFrame
from db import database
from webapp import cached
from webapp.app import application  # noqa: F401  # what uvicorn serves
from webapp.parts import frame
from webapp.server import downloads

SECRET = "postgresql://app_premium:hunter2-canary@db.internal:5432/oiflow"
INSIDE = f'/srv/oiflow/db/read.py line 41: SELECT secret FROM facts.options_flow {SECRET} "pg_hba.conf"'
_FILE = Path(os.environ["OIFLOW_FAULT"])
ACTS: dict[str, Callable[[], Any]] = {}


def act(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Name a fault."""

    def keep(function: Callable[[], Any]) -> Callable[[], Any]:
        ACTS[name] = function
        return function

    return keep


def wanted() -> list[str]:
    """Place and kind of the fault that is wanted now, empty for none."""
    return _FILE.read_text().split() if _FILE.exists() else []


def _raising(kind: type[BaseException]) -> Callable[[], Any]:
    def fail() -> Any:
        raise kind(INSIDE)

    return fail


DATABASE = {
    "unreachable": psycopg2.OperationalError,
    "timeout": errors.QueryCanceled,
    "permission": errors.InsufficientPrivilege,
    "sql": errors.UndefinedTable,
    "shutdown": errors.AdminShutdown,
}
CODE = {"key": KeyError, "value": ValueError, "file": FileNotFoundError, "frame": InvalidFrame, "memory": MemoryError}
for _name, _kind in (DATABASE | CODE).items():
    ACTS[_name] = _raising(_kind)


def _fail(place: str) -> None:
    found = wanted()
    if found and found[0] == place:
        ACTS[found[1]]()


def _break_database() -> None:
    run, connect, take = database.Transaction._run, psycopg2.connect, database._Pool.take

    def asked(self: Any, name: str, values: dict[str, Any]) -> Any:
        found = wanted()
        if found[:1] == ["database"] and found[1] != "unreachable":
            ACTS[found[1]]()
        if found[:1] == ["reading"] and "app_" in self.connection.info.user:
            ACTS[found[1]]()
        return run(self, name, values)

    def connected(*given: Any, **more: Any) -> Any:
        if wanted() == ["database", "unreachable"]:
            ACTS["unreachable"]()
        return connect(*given, **more)

    def taken(self: Any) -> Any:
        if wanted() == ["database", "unreachable"]:
            while self._idle:
                self._idle.pop().close()
        return take(self)

    database.Transaction._run, psycopg2.connect, database._Pool.take = asked, connected, taken


def _break_pages() -> None:
    page, answer, export = frame.page, cached._of, downloads.taken

    @contextmanager
    def drawn(*given: Any, **more: Any) -> Iterator[Any]:
        _fail("page")
        with page(*given, **more) as look:
            yield look
            _fail("end")

    def answered(*given: Any, **more: Any) -> Any:
        _fail("view")
        return None if wanted() == ["broken", "view"] else answer(*given, **more)

    def taken(*given: Any, **more: Any) -> Any:
        _fail("view")
        return export(*given, **more)

    frame.page, cached._of, downloads.taken = drawn, answered, taken


_break_database()
_break_pages()
