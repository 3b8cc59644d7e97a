"""Doors through which the providers' own libraries speak by our client: limits, attempts and deadlines are the same for all.

Each door can lead to another base address than the library's (a stand-in, a proxy), and keeps the bodies that came through it.
"""

import io
import logging
import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.replies import Reply
from ingest.providers.wire import Exchange

# what these libraries log of a request may hold its key: addresses with their query, headers, tokens
_TALKATIVE = (
    "httpx", "httpcore", "urllib3", "requests_oauthlib", "authlib", "schwab", "yfinance", "peewee", "RESTClient", "ccxt",
)  # fmt: skip
_UNPACKED = {"content-encoding", "content-length", "transfer-encoding", "connection"}  # no longer true of an unpacked body
_NEVER_KEPT = re.compile(r"/oauth|/token$|/getcrumb$|consent|/login", re.I)  # bodies of these paths hold secrets, not data


class Door:
    """Sends by a client, to `base` if it is given, and keeps (address without secrets, body). Threads may share it.

    keeping: off where somebody else keeps the bodies, and nobody would take them from here.
    """

    def __init__(self, client: Client, base: str = "", keeping: bool = True):
        self.client, self.base, self._keeping = client, base, keeping
        self._kept: list[tuple[str, bytes]] = []
        self._lock = threading.Lock()
        hush()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        accept: frozenset[int] = frozenset(),
        may_be_empty: bool = False,
        exchange: Exchange | None = None,
        keep: bool = True,
    ) -> Reply:
        """As Client.send, with the address moved and the body kept."""
        to = addresses.moved(url, self.base)
        reply = self.client.send(
            method, to, headers, content=content, accept=accept, may_be_empty=may_be_empty, exchange=exchange
        )
        if keep and self._keeping and reply.body and not _NEVER_KEPT.search(httpx.URL(url).path):
            with self._lock:
                self._kept.append((addresses.shown(url, self.client.policy.secrets), reply.body))
        return reply

    def take(self) -> list[tuple[str, bytes]]:
        """What came through since the last time, in order: (address without secrets, body)."""
        with self._lock:
            taken, self._kept = self._kept, []
        return taken


class RequestsDoor(HTTPAdapter):
    """For a requests.Session: `session.mount("https://", door)`. ccxt's is `exchange.session`."""

    def __init__(self, client: Client, base: str = "", keeping: bool = True):
        super().__init__()
        self.door = Door(client, base, keeping)

    def send(self, request: requests.PreparedRequest, *_given: Any, **_more: Any) -> requests.Response:
        """One call; the session's own timeouts, proxies and attempts do not count."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if not isinstance(body, bytes | None):
            raise TypeError("A provider is sent bytes, not a stream.")
        headers = {name: value if isinstance(value, str) else value.decode("latin-1") for name, value in request.headers.items()}
        reply = self.door.send(request.method or "GET", request.url or "", headers, body)
        return self.build_response(request, _as_urllib3(reply, preload=False))


class HttpxDoor(httpx.BaseTransport):
    """For an httpx client: `httpx.Client(transport=door)`, or `lead_through` for one that is made already."""

    def __init__(self, client: Client, base: str = ""):
        self.door = Door(client, base)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One call; the client's own timeouts do not count."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
        reply = self.door.send(request.method, str(request.url), headers, request.read() or None)
        return httpx.Response(reply.status, headers=_plain(reply), content=reply.body, request=request)

    def lead_through(self, session: httpx.Client) -> None:
        """Make a session that a library has made, schwab-py's `client.session`, use this door. It offers no public way."""
        session._transport.close()
        session._transport, session._mounts = self, {}


class Urllib3Door:
    """In the place of a urllib3.PoolManager: `massive.RESTClient(...).client = door`."""

    def __init__(self, client: Client, base: str = ""):
        self.door = Door(client, base)

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **_more: Any,
    ) -> urllib3.HTTPResponse:
        """One call; fields become the query, as urllib3 does for GET."""
        if fields:
            url += ("&" if "?" in url else "?") + urlencode(fields)
        return _as_urllib3(self.door.send(method, url, headers or {}, body), preload=True)

    def clear(self) -> None:
        """Nothing: connections belong to the client."""


def hush() -> None:
    """Keep the libraries' talk about requests out of every log."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _plain(reply: Reply) -> list[tuple[str, str]]:
    return [(name, value) for name, value in reply.headers.multi_items() if name.lower() not in _UNPACKED]


def _as_urllib3(reply: Reply, preload: bool) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(
        body=io.BytesIO(reply.body),
        headers=urllib3.HTTPHeaderDict(_plain(reply)),
        status=reply.status,
        preload_content=preload,
        decode_content=False,
    )
