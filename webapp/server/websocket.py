"""What a browser may say on the pages' websocket: run the page, stop it, stay awake. All else ends the connection."""

from collections.abc import Awaitable, Callable

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from webapp.server.allowance import Share

_SAID = {"rerun_script", "stop_script", "app_heartbeat"}
_UPLOADS = "file_urls_request"
MOST = 2**18  # bytes; what filters and forms hold is some kilobytes
_CONTROLS = 1000  # states of widgets in a message; no page of ours has a tenth of them
NOT_BINARY, NOT_ALLOWED, TOO_LONG, TOO_MANY = 1003, 1008, 1009, 1013
MayUpload = Callable[[], Awaitable[bool]]


async def fault(message: Message, may_upload: MayUpload) -> int | None:
    """The code to close with for what a browser sent; None where it may pass. Read as Streamlit will read it."""
    body = message.get("bytes")
    if body is None:
        return NOT_BINARY
    if len(body) > MOST:
        return TOO_LONG
    try:
        said = BackMsg.FromString(body)
    except DecodeError:
        return NOT_ALLOWED
    if len(said.rerun_script.widget_states.widgets) > _CONTROLS:
        return TOO_LONG
    kind = said.WhichOneof("type")
    return None if kind in _SAID or (kind == _UPLOADS and await may_upload()) else NOT_ALLOWED


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send, share: Share, may_upload: MayUpload) -> None:
    """Serve a websocket; at the first thing that may not be said it is closed, and the application sees its end."""
    closed = False

    async def heard() -> Message:
        nonlocal closed
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        code = await fault(message, may_upload) if share.spend() else TOO_MANY
        if code is None:
            return message
        closed = True
        await send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code, "reason": ""}

    async def answered(message: Message) -> None:
        if not closed:
            await send(message)

    with share.connection() as within:
        if within:
            await app(scope, heard, answered)
        else:
            await send({"type": "websocket.close", "code": TOO_MANY})
