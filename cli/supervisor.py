"""What `oiflow up` does with processes: starts the services, keeps them running, stops all of them together.

A service dies with this process, even after kill -9: by the kernel's parent-death signal on Linux, and everywhere by the
guard, a small process that waits for the end of a pipe and then stops what is left, the embedded PostgreSQL included.
"""

import ctypes
import fcntl
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from core import private
from core.errors import AlreadyRunning, PortTaken

ROOT = Path(__file__).parent.parent
_PATIENCE = 4.0  # seconds that a service has between SIGTERM and SIGKILL
_LESS_PATIENCE = 1.0  # the same while the product still starts: there is no work to finish
_LONGEST_PAUSE = 30.0  # seconds between two starts of a service that keeps failing
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def claim(home: Path) -> IO[str]:
    """Hold the home for as long as the returned file is open, or raise AlreadyRunning with the address of the first."""
    private.folder(home)
    held = (home / "up.lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        told = held.read().strip()
        held.close()
        raise AlreadyRunning(f"OI Flow is already running on {home} ({told or 'starting'}). Stop it there first.") from None
    return held


def check_ports(wanted: dict[str, tuple[str, int]]) -> None:
    """Raise PortTaken for the first (host, port) that cannot be listened on; keys name the settings."""
    for setting, (host, port) in wanted.items():
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise PortTaken(f"Port {port} is taken: set {setting}=... or stop the other program.") from None


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent dies (Linux; nothing elsewhere)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))


@dataclass
class Service:
    """One program that has to run. `ready_url` gives where it says that it is ready, or None while that is unknown."""

    name: str
    command: list[str]
    ready_url: Callable[["Service"], str | None]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    next_start: float = field(default=0.0)

    def start(self, environment: dict[str, str], log: Path) -> int:
        """Start the program, its output into a rotating log. From the main thread only: the kernel watches the thread."""
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        self.started = time.monotonic()
        threading.Thread(target=_pump, args=(self.process.stdout, log), daemon=True, name=f"log of {self.name}").start()
        return self.process.pid

    def readiness(self) -> dict[str, Any]:
        """What the service answers about itself; `{}` while it does not answer."""
        url = self.ready_url(self)
        if url is None or self.process is None:
            return {}
        asked = urllib.request.Request(url, headers={"Host": "localhost"})  # noqa: S310  # BIND_ADDRESS is no name of the site
        try:
            with urllib.request.urlopen(asked, timeout=1) as answer:  # noqa: S310
                return json.load(answer) | {"ready": True}
        except urllib.error.HTTPError as error:
            with suppress(ValueError):
                return json.load(error)
        except (OSError, ValueError):
            pass
        return {}


class _Lines(RotatingFileHandler):
    """A log that loses lines where its disk is full; the service that says them goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing: a trace for each line would help nobody."""


def _pump(output: IO[bytes], log: Path) -> None:
    """Write a service's output into its log, 10 MB a file, three files."""
    handler = _Lines(log, maxBytes=10_000_000, backupCount=2, delay=True)
    handler.setFormatter(logging.Formatter("%(message)s"))
    with output:
        for line in output:
            handler.emit(logging.LogRecord("", logging.INFO, "", 0, line.decode(errors="replace").rstrip("\n"), None, None))
    with suppress(OSError):  # what a full disk did not take
        handler.close()


class StopWish:
    """Whether somebody wants everything to stop. Set by signal handlers, which may interrupt anything, even one another:
    so there is no lock in it (an Event has one, and a second signal in the wrong moment would wait for it for ever)."""

    def __init__(self) -> None:
        self._wanted = False
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)

    def set(self) -> None:
        """From now on wanted; whoever waits is woken."""
        self._wanted = True
        with suppress(BlockingIOError):
            os.write(self._write, b".")

    def is_set(self) -> bool:
        """Whether it is wanted."""
        return self._wanted

    def wait(self, seconds: float) -> bool:
        """Wait until it is wanted, or for so long; whether it is."""
        if not self._wanted:
            select.select([self._read], [], [], seconds)
        return self._wanted


class Supervisor:
    """Runs services until it is told to stop. `check` is called each second, to mend what is no service."""

    def __init__(self, home: Path, environment: dict[str, str], say: Callable[[str], None], check: Callable[[], None]):
        self.home, self.environment, self.say, self.check = home, environment, say, check
        self.stopping = StopWish()
        self.started = False
        self.services: list[Service] = []
        self.guard: subprocess.Popen[bytes] | None = None
        private.folder(home / "logs")

    def listen(self) -> None:
        """From now on SIGTERM, Ctrl-C and a closed terminal stop everything in order."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._told_to_stop())
        if _parent_name() == "make":
            die_with_parent(signal.SIGTERM)
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "cli.supervisor", str(self.home)], cwd=ROOT, env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def start(self, services: Iterable[Service]) -> None:
        """Start services; they are watched from then on."""
        for service in services:
            self.services.append(service)
            self._start(service)

    def restart(self, service: Service) -> None:
        """Start a service anew at once."""
        if service.process is not None:
            service.process.kill()
            service.process.wait()
        self._start(service)

    def wait_ready(self) -> bool:
        """Wait until every service says that it is ready, telling what they are at; False when told to stop meanwhile."""
        told: dict[str, str] = {}
        waiting = list(self.services)
        while waiting and not self.stopping.is_set():
            for service in list(waiting):
                if self.stopping.is_set():
                    break
                answer = service.readiness()
                if answer.get("ready"):
                    waiting.remove(service)
                elif (words := _at(answer)) and told.get(service.name) != words:
                    told[service.name] = words
                    self.say(f"  {service.name}: {words}")
            self._mend()
            self.stopping.wait(0.25)
        self.started = not self.stopping.is_set()
        return self.started

    def watch(self) -> None:
        """Keep everything running until told to stop."""
        while not self.stopping.wait(1.0):
            self._mend()
            self.check()

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is left when patience ends."""
        running = [service.process for service in self.services if service.process and service.process.poll() is None]
        for process in running:
            process.terminate()
        end = time.monotonic() + (_PATIENCE if self.started else _LESS_PATIENCE)
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        for process in running:
            with suppress(ProcessLookupError):  # what a service started itself shares its group
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def dismiss_guard(self) -> None:
        """Let the guard go: everything is stopped."""
        if self.guard is not None and self.guard.stdin is not None:
            with suppress(OSError):
                self.guard.stdin.write(b"done\n")
                self.guard.stdin.close()
            self.guard.wait()

    def _told_to_stop(self) -> None:
        """Note the wish. While the product still starts, end its services at once: there is no work to finish."""
        self.stopping.set()
        if not self.started:
            for service in self.services:
                if service.process is not None:
                    with suppress(ProcessLookupError):
                        os.killpg(service.process.pid, signal.SIGKILL)

    def _start(self, service: Service) -> None:
        if self.stopping.is_set():
            return
        pid = service.start(self.environment, self.home / "logs" / f"{service.name}.log")
        if self.guard is not None and self.guard.stdin is not None:
            with suppress(OSError):
                self.guard.stdin.write(f"{pid}\n".encode())
                self.guard.stdin.flush()

    def _mend(self) -> None:
        """Start again what stopped by itself, after a pause that doubles with each failure in a row."""
        now = time.monotonic()
        for service in self.services:
            if self.stopping.is_set():
                return
            if service.process is not None and (code := service.process.poll()) is not None:
                service.failures = 1 if now - service.started > 60 else service.failures + 1
                pause = min(_LONGEST_PAUSE, 2.0 ** (service.failures - 1))
                log = self.home / "logs" / f"{service.name}.log"
                self.say(f"  {service.name} stopped by itself (code {code}); it starts again in {pause:.0f} s. Its log: {log}")
                service.process, service.next_start = None, now + pause
            if service.process is None and service.next_start <= now:
                self._start(service)


def _at(answer: dict[str, Any]) -> str:
    """What keeps a service from being ready, in words; empty while it merely starts."""
    return " ".join(filter(None, answer.get("faults", {}).values())) or str(answer.get("doing", ""))


def _parent_name() -> str:
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text().strip()
    except OSError:
        return ""


def guard(home: Path, orders: IO[str]) -> None:
    """Wait until the supervisor is done or dead; if dead, end its services and leave the embedded PostgreSQL."""
    pids: set[int] = set()
    for order in orders:
        if order.strip() == "done":
            return
        pids.add(int(order))
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    from db import embedded  # late: a guard that only waits should stay small

    embedded.stop(home)


if __name__ == "__main__":
    guard(Path(sys.argv[1]), sys.stdin)
