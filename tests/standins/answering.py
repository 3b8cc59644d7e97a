"""A provider that answers: a table from paths to JSON, and what it was asked."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request that arrived. at: when. [s]"""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float = 0.0


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]  # status, JSON or bytes, headers


@dataclass
class Answering:
    """The provider's address, its table, and what arrived in order."""

    url: str = ""
    table: dict[str, Answer | Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


def _handler(provider: Answering) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            provider.connections += 1
            super().setup()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body, time.time())
            provider.asked.append(asked)
            found = provider.table.get(parts.path, (404, {"message": "not here"}))
            status, said, headers = (*(found(asked) if callable(found) else found), {})[:3]
            sent = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response_only(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(sent)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_words: object) -> None:
            pass

    return Handler


class QuietServer(ThreadingHTTPServer):
    """A server whose clients may hang up without a word."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_given: object) -> None:
        pass


@contextmanager
def answering(table: dict[str, Any], tls: ssl.SSLContext | None = None) -> Iterator[Answering]:
    """A provider on loopback for the time being."""
    provider = Answering(table=table)
    with QuietServer(("127.0.0.1", 0), _handler(provider)) as server:
        provider.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield provider
        server.shutdown()
