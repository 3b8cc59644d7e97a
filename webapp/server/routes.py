"""Routes beside the pages: sign-in and sign-out, exports, the start page, health. Each checks for itself who asks."""

from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from core import health
from core.access import FEATURES
from core.clock import system_clock
from core.errors import PlatformError, SignInError
from usecases import sign_in
from usecases.audit import Visit
from usecases.health import readiness
from usecases.sign_in import Account
from webapp import failure, menu, pools, visitor
from webapp.server import downloads
from webapp.server.start_page import EARLY, start_page

_MOST_FORM = 4096  # bytes
_YEAR = 365 * 24 * 3600  # seconds


def visit_of(request: HTTPConnection) -> Visit:
    """Address, cookies and browser of a request or websocket."""
    return visitor.visit_of(request.client.host if request.client else "", request.cookies, request.headers)


def _set_cookie(response: Response, suffix: str, value: str, seconds: int | None) -> None:
    settings = pools.settings()
    response.set_cookie(
        settings.cookie_name + suffix, value, max_age=seconds, path="/", secure=settings.https, httponly=True, samesite="lax"
    )


def own_path(wanted: str) -> str:
    """The path and query a visitor came from if it is a page of ours, else the first page."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # such as //[
        return "/"
    known = parts.path[:1] == "/" and parts.path[1:] in menu.paths()
    plain = wanted.isascii() and wanted.isprintable() and len(wanted) <= 2000
    foreign = parts.scheme or parts.netloc or "\\" in wanted or not wanted.startswith("/") or wanted.startswith("//")
    if not known or not plain or foreign or parts.path in ("/sign_in", "/set_password", "/sign_up"):
        return "/"
    return wanted


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM:
            raise SignInError("This form is too long.")
    return {name: values[0] for name, values in parse_qs(body.decode("latin-1"), keep_blank_values=True).items()}


async def ticket(request: Request) -> Response:
    """POST: a ticket becomes a sign-in, the browser gets its cookies and goes back to the page it wanted."""
    form, visit = await _form(request), visit_of(request)
    wanted = own_path(form.get("next", "/"))
    signed_in = await run_in_threadpool(
        sign_in.redeem_ticket, pools.database("auth"), form.get("ticket", ""), visit, system_clock
    )
    response = RedirectResponse(wanted, 303)
    _set_cookie(response, "", signed_in.cookie, int((signed_in.expires_at - system_clock()).total_seconds()))
    _set_cookie(response, "-browser", signed_in.browser, _YEAR)
    return response


async def sign_out(request: Request) -> Response:
    """POST: the sign-in ends in PostgreSQL and the cookie goes."""
    visit = visit_of(request)
    await run_in_threadpool(sign_in.sign_out, pools.database("auth"), visit.cookie, visit, system_clock)
    response = RedirectResponse("/", 303)
    _set_cookie(response, "", "", 0)
    return response


async def export(request: Request) -> Response:
    """GET: all filtered rows of a page as CSV or Parquet, for those whose tier exports."""
    feature, form = request.path_params["feature"], request.path_params["form"]
    if feature not in FEATURES or form not in downloads.MEDIA:
        return PlainTextResponse("Not Found", 404)
    body = await run_in_threadpool(downloads.taken, feature, form, dict(request.query_params), visit_of(request))
    name = f"oiflow_{feature}.{form}"
    return Response(body, media_type=downloads.MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def home(request: Request) -> Response:
    """GET: the first page has one address."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{query}", 303)


async def early(_request: Request) -> Response:
    """GET: the script that runs before Streamlit's."""
    return Response(EARLY, media_type="text/javascript")


async def failed(request: Request, error: Exception) -> Response:
    """Words and an id in place of what went wrong."""
    error_id = failure.note(error, request.url.path)
    status = error.status if isinstance(error, PlatformError) else 500
    headers = {"Retry-After": "5"} if status == 503 else {}
    text = f"{failure.words(error)} Error {error_id}"
    return PlainTextResponse(text, status, headers)


def account_of(request: HTTPConnection) -> Account | None:
    """Whose sign-in a request or websocket carries."""
    visit = visit_of(request)
    return sign_in.current_account(pools.database("auth"), visit.cookie, system_clock, address=visit.address)


def routes() -> list[BaseRoute]:
    """Every route of ours."""
    start = start_page()

    async def page(request: Request) -> Response:
        """GET: the start page for every page's address, with the cookie that a ticket will be bound to."""
        response = Response(start, media_type="text/html")
        if not visit_of(request).pre_sign_in:
            _set_cookie(response, "-visit", sign_in.secret(), None)
        return response

    def ready() -> health.Health:
        return readiness(pools.database("app_free"), pools.settings().oiflow_home)

    return [
        *health.routes(lambda: health.Health({}), ready),
        Route("/auth/ticket", ticket, methods=["POST"]),
        Route("/auth/sign-out", sign_out, methods=["POST"]),
        Route("/export/{feature}.{form}", export),
        Route("/early.js", early),
        Route("/home", home),
        *(Route(f"/{path}", page, name=f"page {name}") for path, name in menu.paths().items()),
    ]
