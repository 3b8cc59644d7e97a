"""A visitor without a browser: speaks Streamlit's own protocol and keeps every byte that the server sends."""

import base64
import gzip
import re
import time
import zlib
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from webapp.server.websocket import TOO_MANY

_AGAIN = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_MOST = 64 * 2**20  # bytes of one frame


@dataclass(frozen=True)
class Shown:
    """What one run of a page sent."""

    address: str
    frames: bytes
    finished: bool

    @property
    def everything(self) -> bytes:
        """The frames, and behind them what is packed inside: charts carry their arrays as base64, some of it compressed."""
        return self.frames + b"\n" + b"\n".join(_unpacked(found) for found in _BASE64.findall(self.frames))

    @property
    def words(self) -> str:
        """The frames as text, what is not text replaced."""
        return self.frames.decode("utf-8", "replace")


def _unpacked(packed: bytes) -> bytes:
    try:
        body = base64.b64decode(packed + b"=" * (-len(packed) % 4))
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    except (ValueError, OSError, EOFError, zlib.error):  # a word that only looks like base64
        return b""


def opened(url: str, cookie: str, path: str, words: dict[str, str] | None = None, seconds: float = 30.0) -> Shown:
    """Open a page in a new tab, as a browser does, and read until it is drawn. words: of its address."""
    query, end = urlencode(words or {}), time.monotonic() + seconds
    ask = BackMsg()
    ask.rerun_script.query_string, ask.rerun_script.page_name = query, path.strip("/")
    frames, finished = _asked(url, cookie, ask.SerializeToString(), end)
    while frames is None:  # more was asked in a short time than one visitor may
        time.sleep(1)
        frames, finished = _asked(url, cookie, ask.SerializeToString(), end)
    return Shown(f"{path}?{query}" if query else path, b"\n".join(frames), finished)


def _asked(url: str, cookie: str, message: bytes, end: float) -> tuple[list[bytes] | None, bool]:
    """The frames of one connection and whether the page came to its end; None while the server puts visitors off."""
    headers, frames, finished = {"Cookie": f"oiflow={cookie}"} if cookie else {}, [], False
    address = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    try:
        with connect(address, origin=url, subprotocols=["streamlit"], additional_headers=headers, max_size=_MOST) as socket:
            socket.send(message)
            while not finished and (left := end - time.monotonic()) > 0:
                frame = socket.recv(timeout=left)
                frames.append(frame if isinstance(frame, bytes) else frame.encode())
                finished = _is_last(frames[-1])
    except InvalidStatus as refused:
        if refused.response.status_code != 403 or time.monotonic() > end:
            raise
        return None, False
    except ConnectionClosed as closed:
        if closed.rcvd is not None and closed.rcvd.code == TOO_MANY and time.monotonic() < end:
            return None, False
    except TimeoutError:
        pass
    return frames, finished


def _is_last(frame: bytes) -> bool:
    message = ForwardMsg.FromString(frame)
    return message.WhichOneof("type") == "script_finished" and message.script_finished != _AGAIN
