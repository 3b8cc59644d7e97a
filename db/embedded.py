"""The PostgreSQL that comes with the product: started, joined, stopped by its last user.

Everything lies in OIFLOW_HOME/postgres. A user of the server holds a shared lock on the file `users`, so the kernel knows who
is left even after kill -9; the file `lock` lets one process at a time start or stop. A server counts as running when a
connection to it answered, never because a pid file says so.
"""

import fcntl
import json
import os
import secrets
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from core import private
from core.errors import DatabaseUnavailable
from db import cluster
from db.binaries import make_home, runner

_PATIENCE = 60  # seconds for crash recovery, or for another process that starts or stops the server


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL. Closing the last Server of a home stops it.

    A with statement closes it, so does the end of the program; one that nothing refers to any more closes too.
    """

    host: str
    port: int
    superuser_url: str = field(repr=False)
    _release: "weakref.finalize[[], Server] | None" = field(default=None, repr=False, compare=False)

    def close(self) -> None:
        """Leave the server; stop it if nobody else uses it."""
        if self._release is not None:
            self._release()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _User:
    """The open file whose shared lock says that this process uses the server."""

    def __init__(self, folder: Path):
        self.folder, self.pid = folder, os.getpid()
        self.file = (folder / "users").open("a")
        fcntl.flock(self.file, fcntl.LOCK_SH)

    def leave(self) -> None:
        if self.pid == os.getpid() and not self.file.closed:  # a forked child did not come in by itself
            fcntl.flock(self.file, fcntl.LOCK_UN)  # closing alone would leave the lock with forked children
            self.file.close()
            if self.folder.exists():
                stop(self.folder.parent)


def start(home: Path, durable: bool = True) -> Server:
    """Start the server of a home, or join it where it runs. `durable=False` gives up fsync, for tests only."""
    folder = _folder(home)
    try:
        make_home(folder.parent)
        private.folder(folder)
    except OSError as error:
        raise DatabaseUnavailable(f"{folder} cannot be made: {error.strerror}. Set OIFLOW_HOME to a folder of yours.") from error
    with _alone(folder):
        user = _User(folder)
        try:
            known = _running(folder) or _bring_up(folder, durable)
        except OSError as error:
            user.file.close()
            raise DatabaseUnavailable(f"The embedded PostgreSQL did not start: {error.strerror}.") from error
        except BaseException:  # Ctrl-C too: whoever did not get in must not count as a user
            user.file.close()
            raise
    server = Server(known.host, known.port, known.superuser_url)
    object.__setattr__(server, "_release", weakref.finalize(server, user.leave))
    return server


def stop(home: Path, force: bool = False) -> bool:
    """Stop the server of a home unless somebody uses it; `force` stops it all the same. Whether it is stopped now."""
    folder = _folder(home)
    if not folder.exists():
        return True
    with _alone(folder), (folder / "users").open("a") as users:
        if not force:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        cluster.halt(runner(folder).folder / "data")
        return True


def running(home: Path) -> bool:
    """Whether the server of a home lives, by its process; it may still be starting."""
    folder = _folder(home)
    return folder.exists() and cluster.postmaster(runner(folder).folder / "data") is not None


def address(home: Path) -> Server:
    """Where the server of a home was last started. Starts and asks nothing; DatabaseUnavailable where there is none."""
    folder = _folder(home)
    port = _last_port(folder)
    if port is None:
        raise DatabaseUnavailable(f"No database was started in {home}. `make run` starts it.")
    return _server(folder, port)


def _folder(home: Path) -> Path:
    return home.resolve() / "postgres"


def _last_port(folder: Path) -> int | None:
    with suppress(OSError, ValueError, KeyError):
        return int(json.loads((folder / "server.json").read_text())["port"])
    return None


def _server(folder: Path, port: int) -> Server:
    try:
        password = (folder / "superuser").read_text()
    except OSError as error:
        raise DatabaseUnavailable(f"{folder / 'superuser'} cannot be read: {error.strerror}.") from error
    return Server(cluster.HOST, port, f"postgresql://postgres:{password}@{cluster.HOST}:{port}/postgres")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of starting and stopping; the kernel frees it when a process dies."""
    with (folder / "lock").open("a") as lock:
        end = time.monotonic() + 2 * _PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise DatabaseUnavailable(f"Another process has held {folder / 'lock'} for two minutes.") from None
                time.sleep(0.02)
        yield


def _running(folder: Path) -> Server | None:
    """The server if it answers; waits for one that is still starting or recovering."""
    port = _last_port(folder)
    data = runner(folder).folder / "data"
    if port is None or not (data / "PG_VERSION").exists():
        return None
    end = time.monotonic() + _PATIENCE
    known = _server(folder, port)
    while cluster.postmaster(data) is not None and time.monotonic() < end:
        if _answers(known.superuser_url, data):
            return known
        time.sleep(0.05)
    return None


def _answers(url: str, data: Path) -> bool:
    """Whether a connection works and is ours: another program may have taken the port."""
    try:
        connection = psycopg2.connect(url, connect_timeout=5)
    except psycopg2.OperationalError:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            row = cursor.fetchone()
            return row is not None and Path(row[0]) == data
    except psycopg2.Error:
        return False
    finally:
        connection.close()


def _bring_up(folder: Path, durable: bool) -> Server:
    """Make the data folder if there is none, clear what a crash left, start, wait for an answer."""
    way = runner(folder)
    data = way.folder / "data"
    if not (data / "PG_VERSION").exists():
        password = secrets.token_urlsafe(32)
        cluster.write_private(folder / "superuser", password)
        cluster.initialise(way, password, durable)
    cluster.check_version(data)
    cluster.clear_leftovers(data)
    wanted = _last_port(folder)
    for _ in range(5):  # between the look at a port and the start another program may take it
        port = cluster.free_port(wanted)
        cluster.configure(way, port, durable)
        cluster.write_private(folder / "server.json", json.dumps({"host": cluster.HOST, "port": port}))
        code = cluster.launch(way, _PATIENCE)
        known = _server(folder, port)
        if _answers(known.superuser_url, data):
            return known
        if code == 0 or cluster.port_is_free(port):
            break
    raise DatabaseUnavailable(f"The embedded PostgreSQL did not start: {cluster.why_not(way)}")
