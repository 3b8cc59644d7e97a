"""What a browser may say on the pages' websocket: run the page, stop it, stay awake. All else ends the connection."""

from collections.abc import Awaitable, Callable

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

_SAID = {"rerun_script", "stop_script", "app_heartbeat"}
_UPLOADS = "file_urls_request"
_MOST = 2**20  # bytes; what filters and forms hold is some kilobytes
NOT_BINARY, NOT_ALLOWED, TOO_LONG = 1003, 1008, 1009
MayUpload = Callable[[Scope], Awaitable[bool]]


async def fault(message: Message, scope: Scope, may_upload: MayUpload) -> int | None:
    """The code to close with for what a browser sent; None where it may pass. Read as Streamlit will read it."""
    body = message.get("bytes")
    if body is None:
        return NOT_BINARY
    if len(body) > _MOST:
        return TOO_LONG
    try:
        said = BackMsg.FromString(body).WhichOneof("type")
    except DecodeError:
        return NOT_ALLOWED
    if said in _SAID or (said == _UPLOADS and await may_upload(scope)):
        return None
    return NOT_ALLOWED


async def guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send, may_upload: MayUpload) -> None:
    """Serve a websocket; at the first thing that may not be said it is closed, and the application sees its end."""
    closed = False

    async def heard() -> Message:
        nonlocal closed
        message = await receive()
        if message["type"] != "websocket.receive" or (code := await fault(message, scope, may_upload)) is None:
            return message
        closed = True
        await send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code, "reason": ""}

    async def answered(message: Message) -> None:
        if not closed:
            await send(message)

    await app(scope, heard, answered)
