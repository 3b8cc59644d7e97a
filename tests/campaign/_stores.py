"""What campaigns that import share: a server, databases of their own, and the row of a count that has to be 0."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.settings import LOGINS, load
from db import address, embedded, migrate, roles
from db.connect import connect


@contextmanager
def server(durable: bool = True) -> Iterator[tuple[embedded.Server, Path]]:
    """A server in a folder that is removed at the end, and the folder. durable: with fsync."""
    with (
        tempfile.TemporaryDirectory(prefix="oiflow-import-") as scratch,
        embedded.start(Path(scratch) / "server", durable) as started,
    ):
        yield started, Path(scratch)
        embedded.stop(Path(scratch) / "server", force=True)


@contextmanager
def database(server: embedded.Server, home: Path, name: str) -> Iterator[Any]:
    """A fresh database by the logins that imports and their readers use."""
    passwords = {f"{login}_password": f"password-of-{login}-in-campaigns" for login in LOGINS}
    url = address.with_database(server.superuser_url, name)
    settings = load(oiflow_home=home / name, database_url=url, **passwords)
    roles.ensure(server.superuser_url, settings)
    migrate.migrate(settings)
    opened = SimpleNamespace(settings=settings, **{login: connect(settings, login) for login in LOGINS})
    yield opened
    for login in LOGINS:
        getattr(opened, login).close()


def count_row(bar: str, what: str, figure: float) -> dict[str, Any]:
    return {"bar": bar, "what": what, "figure": figure, "target": "0", "met": figure == 0}
