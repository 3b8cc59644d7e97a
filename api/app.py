"""The REST API: application, headers and the one shape of errors. Served by `uvicorn api.app:application`."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import Resources
from api.models import ErrorBody, ErrorDetail
from api.routes import router
from core import health, log, private
from core.errors import PlatformError
from core.host import WRONG, RightHost
from core.settings import Settings, load

logger = structlog.get_logger()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Headers:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with headers added to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def create(settings: Settings) -> FastAPI:
    """The API for these settings."""
    given = Resources(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        private.mask()
        log.configure(settings.log_level, "api", settings.secrets)
        yield

    app = FastAPI(
        title="OI Flow", version=version("oiflow"), openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
        lifespan=lifespan, responses={"default": {"model": ErrorBody, "description": "Any error"}},
        routes=health.routes(given.health, given.health),
    )  # fmt: skip
    app.state.resources = given
    app.include_router(router)
    app.add_middleware(RightHost, settings=settings, refusal=_wrong_host)
    app.add_middleware(Headers)  # added last, it is the outermost: a refusal has the headers too
    app.add_exception_handler(PlatformError, _platform_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _answer(code: str, message: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    error_id = uuid.uuid4().hex[:8]
    level = logger.error if status >= 500 else logger.info
    level("request_failed", code=code, status=status, error_id=error_id)
    body = ErrorBody(error=ErrorDetail(code=code, message=message, id=error_id))
    return JSONResponse(body.model_dump(), status, headers)


def _wrong_host() -> JSONResponse:
    return _answer("bad_request", WRONG, 400)


async def _platform_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PlatformError)  # noqa: S101 - registered for it
    retry = {"Retry-After": "5"} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return _answer(error.code, str(error), error.status, retry)


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    phrase = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers) if error.headers else None
    return _answer(phrase.lower().replace(" ", "_"), f"{phrase}.", error.status_code, headers)


async def _wrong_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    faults = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors())
    return _answer("wrong_request", f"The request cannot be read. {faults}.", 422)


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    logger.error("unexpected_error", exc_info=error)
    return _answer("error", str(PlatformError()), 500)


application = create(load())
