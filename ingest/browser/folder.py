"""The folder of one browser under OIFLOW_HOME/run: a fresh profile, a fresh folder for each download.

A lock says that its browser lives. What a killed process left is found by the next one that starts a browser: the processes
noted there are ended and the folder is removed, so that the space taken is that of the living.

Temporary files lie in a folder of the system's, noted here too: a browser's socket may have no longer path than 107 characters.
"""

import fcntl
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import structlog

from core import private
from ingest.browser import processes as browser_processes

log = structlog.get_logger()

_LOCK, _PROCESSES, _TEMPORARY = "lock", "processes.json", "temporary"
_PREFIX = "oiflow-browser-"
_SAME = 5.0  # seconds; the instant a process began is counted from the machine's start, which a clock set right moves a little


class BrowserFolder:
    """Made on construction, removed by `drop`."""

    def __init__(self, home: Path):
        with _swept(home) as root:
            self.path = root.resolve() / uuid.uuid4().hex[:12]
            self.path.mkdir(mode=0o700)
            self._lock = _hold(self.path / _LOCK)
        self.temporary = Path(tempfile.mkdtemp(prefix=_PREFIX))
        (self.path / _TEMPORARY).symlink_to(self.temporary)
        self._processes: list[tuple[int, int, float]] = []

    def fresh(self, name: str) -> Path:
        """A new empty folder in it, never one that was there before."""
        for number in range(1, 10_000):
            path = self.path / "downloads" / f"{name}-{number}"
            private.folder(path.parent)
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
                return path
        raise FileExistsError(name)

    def make(self, name: str) -> Path:
        """A folder in it with this name."""
        path = self.path / name
        private.folder(path)
        return path

    def note(self, leader: int, processes: Iterable[psutil.Process]) -> None:
        """Write down processes of the browser, for whoever finds them without us. leader: of their session, a driver."""
        self._processes += [(leader, process.pid, process.create_time()) for process in processes]
        with open(self.path / _PROCESSES, "w", opener=private.opener) as file:
            json.dump(self._processes, file)

    def drop(self) -> None:
        """Remove it with all that is in it."""
        _remove(self.path)
        os.close(self._lock)


def sweep(home: Path) -> None:
    """End and remove what killed processes left behind; each new browser does it too."""
    with _swept(home):
        pass


@contextmanager
def _swept(home: Path) -> Iterator[Path]:
    """The folder of all browsers, cleared of what is left over; nobody else makes one while the block runs."""
    root = home / "run" / "browsers"
    private.folder(root)
    with _locked(root / _LOCK):
        for left in [path for path in root.iterdir() if path.is_dir()]:
            _sweep(left)
        yield root


def _hold(path: Path) -> int:
    """Take a lock that nobody holds, or BlockingIOError. It goes with the process or with the descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait for a lock that others hold shortly."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """End and remove what a killed process left; a folder whose browser lives is left alone."""
    try:
        held = _hold(path / _LOCK)
    except BlockingIOError:
        return
    try:
        _end_noted(path / _PROCESSES)
        _remove(path)
        log.info("browser_swept", folder=path.name)
    finally:
        os.close(held)


def _remove(path: Path) -> None:
    with suppress(OSError):
        temporary = (path / _TEMPORARY).readlink()
        if temporary.name.startswith(_PREFIX):
            shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


def _end_noted(path: Path) -> None:
    """End noted processes that are still the same ones: a process id may be another program's by now."""
    try:
        noted = [(int(leader), int(pid), float(at)) for leader, pid, at in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        return
    for leader, pid, at in noted:
        same = [process for process in browser_processes.known([pid]) if _began(process, at)]
        if same and browser_processes.session_of(pid) == leader:
            browser_processes.end(leader, same)


def _began(process: psutil.Process, at: float) -> bool:
    try:
        return abs(process.create_time() - at) < _SAME
    except psutil.Error:
        return False
