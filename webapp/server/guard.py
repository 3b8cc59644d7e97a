"""Every request passes here first: right host, own origin, nothing internal; every answer leaves with the headers."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.access import Tier
from core.errors import PlatformError
from core.host import WRONG, named, right_host
from core.settings import Settings
from usecases.sign_in import Account
from webapp.server import websocket
from webapp.server.allowance import Allowance

_READING = {"GET", "HEAD", "OPTIONS"}
_PAGES = {"ws": "http", "wss": "https"}  # the scheme of the page that opened a websocket
_UPLOAD = "/_stcore/upload_file"
_STREAMLIT = {"/manifest.json", "/favicon.png", "/_stcore/health", "/_stcore/stream"}
_STREAMLIT_UNDER = ("/static/", "/component/", "/_stcore/bidi-components/", _UPLOAD + "/")
_HOST_CONFIG = {
    "allowedOrigins": [], "useExternalAuthToken": False, "enableCustomParentMessages": False, "enforceDownloadInNewTab": False,
    "metricsUrl": "", "blockErrorDialogs": False, "resourceCrossOriginMode": None,
}  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer browsers send `Origin: null`, and own_origin could not tell
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_CLOSED = {"type": "websocket.close", "code": websocket.NOT_ALLOWED}
Failed = Callable[[Request, Exception], Awaitable[Response]]
_HSTS = "max-age=63072000; includeSubDomains"


def own_origin(headers: Headers, scheme: str, settings: Settings) -> bool:
    """Whether a page of ours sent this. A request that says nothing of where it comes from is not ours.

    scheme: of the request as it arrived; at the public address the one of PUBLIC_URL counts, for TLS may end before us.
    """
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    host, public = headers.get("host", "").lower(), urlsplit(settings.public_url)
    if settings.public_url and named(headers) == (public.hostname or "").lower():
        scheme = public.scheme
    return headers.get("origin", "").lower() == f"{_PAGES.get(scheme, scheme)}://{host}"


def refusal(scope: Scope, settings: Settings, own: Sequence[BaseRoute]) -> Response | None:
    """Why a request goes no further, as an answer; None when it may pass: to a route of ours or a named part of Streamlit."""
    headers, path = Headers(scope=scope), scope["path"]
    if not right_host(headers, settings):
        return PlainTextResponse(WRONG, 400)
    if (scope["type"] == "websocket" or scope["method"] not in _READING) and not own_origin(headers, scope["scheme"], settings):
        return PlainTextResponse("This request does not come from a page of this site.", 403)
    if path == "/_stcore/host-config":
        return JSONResponse(_HOST_CONFIG)
    theirs = path in _STREAMLIT or path.startswith(_STREAMLIT_UNDER)
    if not theirs and not any(route.matches(scope)[0] is Match.FULL for route in own):
        return PlainTextResponse("Not Found", 404)
    return None


def _admin(account: Account | None) -> bool:
    return account is not None and account.tier is Tier.ADMIN


class Guard:
    """The outermost ASGI layer."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        own: Sequence[BaseRoute],
        account_of: Callable[[HTTPConnection], Account | None],
        failed: Failed,
    ):
        self.app, self.settings, self.own, self.account_of, self.failed = app, settings, own, account_of, failed
        self.allowance = Allowance()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on; add the headers either way."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = refusal(scope, self.settings, self.own)
        if scope["type"] == "websocket":
            await (self._websocket(scope, receive, send) if refused is None else send(_CLOSED))
            return
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(MutableHeaders(scope=message))
            await send(message)

        try:
            await (refused or await self._upload_refusal(scope) or self.app)(scope, receive, send_with_headers)
        except Exception as error:  # the last resort: whatever broke, words and headers leave, and nothing of the inside
            if begun:
                raise
            await (await self.failed(Request(scope), error))(scope, receive, send_with_headers)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        account = await self._account(connection)
        address = connection.client.host if connection.client else ""
        share = self.allowance.share(account.account_id if account else None, address)

        async def may_upload() -> bool:
            return _admin(await self._account(connection))

        await websocket.guarded(self.app, scope, receive, send, share, may_upload)

    async def _upload_refusal(self, scope: Scope) -> Response | None:
        if scope["path"].startswith(_UPLOAD) and not _admin(await run_in_threadpool(self.account_of, Request(scope))):
            return PlainTextResponse("Only admins load files here.", 403)
        return None

    async def _account(self, connection: HTTPConnection) -> Account | None:
        try:
            return await run_in_threadpool(self.account_of, connection)
        except PlatformError:  # nobody can say who it is while the database is away; the page says so
            return None
        except Exception as error:  # noqa: BLE001  # whatever else broke, the page will say what it can; the log has the trace
            structlog.get_logger().warning("websocket_of_nobody", exc_info=error)
            return None

    def _add_headers(self, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if self.settings.https:
            headers["Strict-Transport-Security"] = _HSTS
        if "immutable" not in headers.get("cache-control", ""):
            headers["Cache-Control"] = "no-store"
