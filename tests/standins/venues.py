"""Five crypto venues in one: real paths, envelopes and errors, made-up figures. Over sockets, or straight to `requests`.

    world = World(coins=8)
    with served(world) as base: make_exchange(venue, base=f"{base}/{venue.name}")
    make_exchange(venue, Carried(world))

What is open stands in `venue_market`, how each venue says it in `venue_answers`.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from tests.standins.venue_answers import ANSWERS, BUSY
from tests.standins.venue_market import Market

HOSTS = {"fapi.binance.com": "binance", "dapi.binance.com": "binance", "api.bybit.com": "bybit", "www.okx.com": "okx",
         "www.deribit.com": "deribit", "api.hyperliquid.xyz": "hyperliquid"}  # fmt: skip
Reply = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


@dataclass
class World(Market):
    """A market whose venues answer. failing: venue -> how it fails: 429, 500, 403, html, cut, drift, refused (no connection)."""

    failing: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, venue: str, method: str, url: str, body: bytes) -> Reply:
        """What the venue answers; ConnectionError where it cannot be reached."""
        parts = urlsplit(url)
        self.asked.append(f"{venue} {parts.path.removeprefix('/' + venue)}")
        how = self.failing.get(venue)
        if how == "refused":
            raise requests.ConnectionError("nobody listens")
        if how in ("429", "500", "403"):
            told = BUSY[venue] if how == "429" else {"error": "no"}
            return int(how), JSON | {"Retry-After": "1"}, json.dumps(told).encode()
        if how == "html":
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>maintenance</body></html>"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told = ANSWERS[venue](self, parts.path.removeprefix(f"/{venue}"), query, body)
        made = json.dumps(told).encode()
        if how == "drift":
            made = made.replace(b'penInterest"', b'penVolume"').replace(b'"oi"', b'"o"').replace(b'"open_interest"', b'"oi"')
        status = 400 if isinstance(told, dict) and told.get("code") == -1121 else 200
        return status, JSON, made[: len(made) // 2] if how == "cut" else made


class Carried(BaseAdapter):
    """A `requests` adapter that asks the world and no network."""

    def __init__(self, world: World):
        super().__init__()
        self.world = world

    def send(self, request, *_, **__):
        venue = HOSTS[urlsplit(request.url).hostname]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        response = requests.Response()
        response.status_code, headers, response._content = self.world.answer(venue, request.method, request.url, body)
        response.headers.update(headers)
        response.reason = responses[response.status_code]
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


@contextmanager
def served(world: World) -> Iterator[str]:
    """The world on a loopback port; the address, below which each venue has its own folder."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version, disable_nagle_algorithm = "HTTP/1.1", True  # head and body are two packets

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, made = world.answer(self.path.split("/")[1], self.command, self.path, body)
            except requests.ConnectionError:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(made))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(made)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
