"""A provider that counts: it notes when each request arrives, and tells some to come back later, in both forms of Retry-After."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from threading import Lock, Thread

from tests.standins.answering import QuietServer


def crowded(arrivals: Iterable[float], limit: int, seconds: float) -> int:
    """Windows of that length, open at one end, with more than `limit` arrivals [s]."""
    at = sorted(arrivals)
    return sum(later - sooner < seconds for sooner, later in zip(at, at[limit:], strict=False))


@dataclass
class Counted:
    """What arrived: (instant [s], path), and when each path that was told to wait may come again."""

    url: str = ""
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    told: dict[str, float] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)  # path -> "seconds" or "date": told to wait once
    wait: int = 2
    lock: Lock = field(default_factory=Lock)

    def over(self, limit: int, seconds: float) -> int:
        """Windows of that length, open at one end, with more than `limit` arrivals."""
        return crowded((moment for moment, _ in self.arrivals), limit, seconds)

    def lateness(self) -> list[float]:
        """Seconds from the instant it was told to come again until it did; below 0 is too early."""
        return [max(at for at, path in self.arrivals if path == told) - then for told, then in self.told.items()]


def _handler(counted: Counted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            now = time.time()
            with counted.lock:
                counted.arrivals.append((now, self.path))
                form = counted.busy.pop(self.path, "")
                if form:
                    counted.told[self.path] = float(int(now) + counted.wait) if form == "date" else now + counted.wait
            body = b"come again" if form else b"here you are"
            self.send_response_only(429 if form else 200)
            self.send_header("Date", formatdate(now, usegmt=True))
            if form:
                self.send_header(
                    "Retry-After", formatdate(int(now) + counted.wait, usegmt=True) if form == "date" else str(counted.wait)
                )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    return Handler


@contextmanager
def counting(busy: dict[str, str] | None = None, wait: int = 2) -> Iterator[Counted]:
    """A provider on loopback for the time being."""
    counted = Counted(busy=dict(busy or {}), wait=wait)
    with QuietServer(("127.0.0.1", 0), _handler(counted)) as server:
        counted.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield counted
        server.shutdown()
