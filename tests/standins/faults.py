"""A provider that fails in every way: Toxiproxy's eight kinds of trouble on the line, times statuses, times broken bodies.

What is asked for stands in the path: /toxic/answer/body/number. Every request is counted by its path.
"""

import gzip
import itertools
import random
import socket
import struct
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread

TOXICS = ("latency", "down", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data")
REFUSALS = ("401", "403", "404")
PASSING = ("408", "425", "429-seconds", "429-date", "500", "502", "503", "504")
BODIES = ("html", "empty", "bad_gzip", "short")
WAIT = 3  # seconds that Retry-After asks for
HTML = b"<!doctype html><html><body><h1>We will be right back</h1></body></html>" * 3
_CUT = {"down", "timeout", "reset_peer", "limit_data"}  # no status ever arrives


@dataclass(frozen=True)
class Fault:
    """One kind of trouble, and how it has to end."""

    toxic: str
    answer: str
    body: str
    number: int = 0

    @property
    def path(self) -> str:
        return f"/{self.toxic}/{self.answer}/{self.body}/{self.number}"

    @property
    def ends(self) -> str:
        """`whole`, `refused`, `busy` or `unreachable`."""
        if self.toxic in _CUT:
            return "unreachable"
        if self.answer == "200":
            return "whole" if self.body == "html" else "unreachable"
        return "refused" if self.answer in REFUSALS else "busy" if self.answer.startswith("429") else "unreachable"

    @property
    def attempts(self) -> int:
        return 1 if self.ends in ("whole", "refused") else 5


def product(answers: tuple[str, ...] = ("200", *REFUSALS, *PASSING)) -> list[Fault]:
    """Every toxic with every answer and body."""
    return [Fault(*each, number) for number, each in enumerate(itertools.product(TOXICS, answers, BODIES))]


def sample(share: float, seed: int) -> list[Fault]:
    """A part of the product in which every toxic, answer and body is."""
    faults = random.Random(seed).sample(product(), round(share * len(product())))
    missing = [name for name in (*TOXICS, *REFUSALS, *PASSING, *BODIES) if not any(name in fault.path for fault in faults)]
    return faults + [next(fault for fault in product() if name in fault.path.split("/")) for name in missing]


@dataclass
class Faulty:
    """The provider's address, that of nobody at all, and requests so far by path."""

    url: str = ""
    nobody: str = ""
    silence: float = 0.3  # seconds until `timeout` hangs up
    requests: Counter[str] = field(default_factory=Counter)
    heads: list[bytes] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def at(self, fault: Fault) -> str:
        return (self.nobody if fault.toxic == "down" else self.url) + fault.path

    def asked(self, start: str) -> int:
        """Requests of all paths that begin so."""
        with self.lock:
            return sum(count for path, count in self.requests.items() if path.startswith(start))


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    """300 MB of nothing in 300 kB."""
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, other = (machine.compress(bytes(2**20)) + machine.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + 299 * other


def _body(kind: str) -> tuple[list[str], bytes]:
    """Headers and bytes of a body."""
    if kind == "empty":
        return ["Content-Length: 0"], b""
    if kind == "short":
        return [f"Content-Length: {3 * len(HTML)}"], HTML
    if kind == "short_chunk":
        return ["Transfer-Encoding: chunked"], b"%x\r\n%s\r\nff\r\ntoo" % (len(HTML), HTML)
    packed = {
        "bad_gzip": b"\x1f\x8b\x08\x00" + bytes(range(200)),
        "short_gzip": gzip.compress(HTML)[:-12],
        "gzip": gzip.compress(HTML),
    }
    if kind in (*packed, "bomb"):
        made = packed.get(kind) or _bomb()
        return ["Content-Encoding: gzip", f"Content-Length: {len(made)}"], made
    return [f"Content-Length: {len(HTML)}"], HTML


def _reply(answer: str, kind: str) -> bytes:
    status, _, form = answer.partition("-")
    headers, body = _body(kind)
    now = int(time.time())
    asked = {"seconds": str(WAIT), "date": formatdate(now + WAIT, usegmt=True), "year": str(365 * 86400)}
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: text/html", "Connection: close", f"Date: {formatdate(now, usegmt=True)}"]
    if form.startswith("http"):
        lines.append(f"Location: {form}")
    elif form in asked:
        lines.append(f"Retry-After: {asked[form]}")
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def _in_pieces(line: socket.socket, reply: bytes, size: int, pause: float) -> None:
    for start in range(0, len(reply), size):
        line.sendall(reply[start : start + size])
        time.sleep(pause)


def _wait_for_leaving(line: socket.socket, seconds: float) -> None:
    line.settimeout(seconds)
    with suppress(OSError):
        line.recv(1)


def _reset(line: socket.socket, _reply: bytes) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def _slow_body(line: socket.socket, reply: bytes) -> None:
    head, _, body = reply.partition(b"\r\n\r\n")
    line.sendall(head + b"\r\n\r\n")
    _in_pieces(line, body, 1, 1.0)


ACTS: dict[str, Callable[[socket.socket, bytes], None]] = {
    "plain": lambda line, reply: line.sendall(reply),
    "latency": lambda line, reply: (time.sleep(0.02), line.sendall(reply))[1],
    "bandwidth": lambda line, reply: _in_pieces(line, reply, 200, 0.01),
    "slow_close": lambda line, reply: (line.sendall(reply), _wait_for_leaving(line, 0.05))[1],
    "reset_peer": _reset,
    "slicer": lambda line, reply: _in_pieces(line, reply, 40, 0.001),
    "limit_data": lambda line, reply: line.sendall(reply[:10]),
    "slow_head": lambda line, reply: _in_pieces(line, reply, 1, 1.0),
    "slow_body": _slow_body,
}


def _handler(faulty: Faulty) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            head = b"".join(iter(self.rfile.readline, b"\r\n"))
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            with faulty.lock:
                faulty.requests[path] += 1
                faulty.heads.append(head)
            toxic, answer, kind = [*path.strip("/").split("/"), "200", "html"][:3]
            with suppress(OSError):
                if toxic == "timeout":
                    _wait_for_leaving(self.connection, faulty.silence)
                else:
                    ACTS[toxic](self.connection, _reply(answer, kind))

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    return Handler


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


@contextmanager
def faulty_provider(silence: float = 0.3) -> Iterator[Faulty]:
    """A provider on loopback for the time being."""
    faulty = Faulty(silence=silence)
    with socket.socket() as unheard, _Server(("127.0.0.1", 0), _handler(faulty)) as server:
        unheard.bind(("127.0.0.1", 0))  # and never listens
        faulty.nobody = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        faulty.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield faulty
        server.shutdown()
