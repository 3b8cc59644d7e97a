"""The names that a site answers to. Another name leads here only by a trick: a page elsewhere that has it point to us."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import LOOPBACK, Settings

WRONG = "This is not the address of this site."


def named(headers: Headers) -> str:
    """The host that a request names, without port and last dot; empty where it names none that could be one."""
    try:
        return (urlsplit(f"//{headers.get('host', '')}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def right_host(headers: Headers, settings: Settings) -> bool:
    """Whether a request names this site: the host of PUBLIC_URL, or this machine."""
    host = named(headers)
    return host in LOOPBACK or (bool(host) and host == urlsplit(settings.public_url).hostname)


def _plain() -> Response:
    return PlainTextResponse(WRONG, 400)


class RightHost:
    """Lets a request pass that names this site, and answers every other one with `refusal`."""

    def __init__(self, app: ASGIApp, settings: Settings, refusal: Callable[[], Response] = _plain):
        self.app, self.settings, self.refusal = app, settings, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it. What is no request (the start of the program) passes."""
        wrong = scope["type"] in ("http", "websocket") and not right_host(Headers(scope=scope), self.settings)
        await (self.refusal() if wrong else self.app)(scope, receive, send)
