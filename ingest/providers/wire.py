"""One HTTP exchange that ends in time, whatever the other side does: name, connection, TLS, head and body share one end.

A read timeout alone does not end a reply that comes one byte a second; here every wait is cut to what is left of the whole.
"""

import queue
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from socket import SOCK_STREAM, getaddrinfo
from typing import Any

import httpcore
import httpx

from ingest.providers.replies import Broken, Hopeless, Reply, Request, unpacked

_CONNECT = 10.0  # seconds for one address of a provider
_SLICE = 2**16  # bytes sent before the end is looked at again
_UNMOVED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}  # the wire's own
_ends: ContextVar[float] = ContextVar("ends")  # monotonic instant at which the exchange of this thread is over


def _left(most: float | None) -> float:
    """Seconds for the next wait: `most`, or what is left."""
    left = _ends.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("over")
    return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the exchange."""

    def __init__(self, inner: httpcore.NetworkStream):
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes."""
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes."""
        for start in range(0, len(buffer), _SLICE):
            self._inner.write(buffer[start : start + _SLICE], _left(timeout))

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """As the connection below says."""
        return self._inner.get_extra_info(info)


class _Network(httpcore.SyncBackend):
    """Connections to any of a host's addresses, and names that are looked up no longer than there is time."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first address that answers."""
        failed: Exception = httpcore.ConnectError("no address")
        for address in _addresses(host, port, _left(timeout)):
            try:
                return _Stream(super().connect_tcp(address, port, _left(_CONNECT), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """Addresses of a name. Nothing can interrupt the system's look-up, so it has a thread of its own."""
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(getaddrinfo(host, port, type=SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # a part of a name with more than 63 letters is no name
            found.put(error)

    threading.Thread(target=look_up, daemon=True, name="look-up").start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout("name") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(answer)
    return list(dict.fromkeys(str(entry[4][0]) for entry in answer))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Wire:
    """Connections that are kept for the next exchange. Threads may share it. read_timeout: longest silence [s]."""

    def __init__(self, read_timeout: float):
        self._read_timeout = read_timeout
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(), max_connections=40, max_keepalive_connections=10, keepalive_expiry=15, network_backend=_Network()
        )

    def exchange(self, request: Request, seconds: float) -> Reply:
        """One reply within `seconds`, redirects not followed. Broken where another attempt may help, Hopeless where none will."""
        before = _ends.set(time.monotonic() + seconds)
        try:
            return self._exchange(request)
        except httpcore.ConnectError as error:
            raise _unconnected(error) from None
        except httpcore.TimeoutException:
            raise Broken(f"no answer within {self._read_timeout:g} s, or too slow a one") from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise Broken("the connection broke off before the reply was whole") from None
        finally:
            _ends.reset(before)

    def _exchange(self, request: Request) -> Reply:
        url = httpx.URL(request.url)
        at = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _UNMOVED]
        headers.append(("Accept-Encoding", "gzip, deflate"))
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._read_timeout)
        with self._pool.stream(
            request.method, at, headers=headers, content=request.content, extensions={"timeout": waits}
        ) as answer:
            found = httpx.Headers(answer.headers)
            encoding = found.get("content-encoding", "")
            body = unpacked(answer.iter_stream(), encoding) if request.wants(answer.status) else b""
            return Reply(answer.status, found, body, url=request.url)

    def close(self) -> None:
        """Hang up everywhere."""
        self._pool.close()


def _unconnected(error: httpcore.ConnectError) -> Exception:
    """In words; a certificate that is not valid now will not be valid in a second."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Hopeless("its certificate is not valid: check this machine's clock and certificates")
    return Broken(f"no connection ({cause.strerror})" if isinstance(cause, OSError) and cause.strerror else "no connection")


Exchange = Callable[[Request, float], Reply]
