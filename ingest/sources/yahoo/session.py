"""Yahoo's door: yfinance has to speak as a browser does (curl_cffi), so each of its requests is one of curl under our client."""

import json as jsons
import math
import warnings
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx
from curl_cffi import CurlECode, CurlInfo, CurlOpt
from curl_cffi.curl import CURL_WRITEFUNC_ERROR, Curl
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import CertificateVerifyError, RequestException

from core.errors import ProviderRefused
from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.replies import MOST, Broken, Hopeless, Reply, Request
from ingest.providers.transports import Door

# pages that only hand out a cookie: one of them says 404 on every day, and none has to have a body
_COOKIE_HOSTS = ("fc.yahoo.com", "guce.yahoo.com", "consent.yahoo.com")
_WORDS: dict[int, str] = {
    CurlECode.OPERATION_TIMEDOUT: "no answer in time, or too slow a one",
    CurlECode.COULDNT_RESOLVE_HOST: "no connection (its name is not known)",
    CurlECode.COULDNT_CONNECT: "no connection",
    CurlECode.BAD_CONTENT_ENCODING: "the body is damaged (bad gzip)",
}


class YahooSession(Session):
    """A session for yfinance. base: another address for all of Yahoo's hosts; folder: where yfinance keeps its cookies.

    yfinance has one session, cookie and crumb for the whole process, so of several of these one speaks at a time: the one whose
    `ticker` was called last, with the cookie and crumb it had before. Callers take turns.
    """

    _speaking: ClassVar["YahooSession | None"] = None

    def __init__(self, client: Client, folder: Path, base: str = ""):
        silence = math.ceil(client.policy.read_timeout)
        super().__init__(
            impersonate="chrome",
            trust_env=False,
            curl_options={CurlOpt.LOW_SPEED_LIMIT: 1, CurlOpt.LOW_SPEED_TIME: silence},
        )
        self.door, self._folder = Door(client, base), folder
        self._cookie_page: Response | None = None
        self._pass: tuple[Any, Any] = (None, None)

    def ticker(self, symbol: str) -> Any:
        """yfinance's Ticker, asked through this session."""
        import yfinance  # a second to import: only where it is used

        warnings.filterwarnings("ignore", module=r"yfinance\.")  # of calls that pandas will drop, in tables nobody here looks at
        yfinance.set_tz_cache_location(str(self._folder))
        self._speak()
        return yfinance.Ticker(symbol, session=self)

    def _speak(self) -> None:
        """Hand yfinance this session with its own cookie and crumb: those of another would be refused."""
        from yfinance.data import YfData

        shared, before = YfData(session=self), YahooSession._speaking
        if before is not self:
            if before is not None:
                before._pass = (shared._cookie, shared._crumb)
            shared._cookie, shared._crumb = self._pass
            YahooSession._speaking = self

    def forget(self) -> None:
        """Drop the crumb and the cookie: yfinance fetches new ones with its next request."""
        from yfinance.data import YfData

        YfData(session=self)._crumb = None
        YfData(session=self)._cookie = None
        self.cookies.clear()
        self._cookie_page = None

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        data: Any = None,
        json: Any = None,
        **_more: Any,
    ) -> Response:
        """One call; timeouts and redirects are the client's. A crumb that is refused is forgotten."""
        to = httpx.URL(addresses.with_params(url, params))
        if to.host == _COOKIE_HOSTS[0] and self._cookie_page is not None:  # yfinance asks for it before every request
            return self._cookie_page
        content, kind = _content(data, json)
        try:
            response = self._sent(method, to, kind | (headers or {}), content)
        except ProviderRefused as error:
            if error.answered in (401, 403):
                self.forget()
            raise
        if to.host == _COOKIE_HOSTS[0]:
            self._cookie_page = response
        return response

    def _sent(self, method: str, to: httpx.URL, headers: dict[str, str], content: bytes | None) -> Response:
        got: list[Response] = []
        for_cookie = to.host in _COOKIE_HOSTS
        reply = self.door.send(
            method,
            str(to),
            headers,
            content,
            accept=frozenset({404}) if for_cookie else frozenset(),
            may_be_empty=for_cookie,
            exchange=lambda request, seconds: self._exchange(request, seconds, got),
            keep=not for_cookie,
        )
        got[-1].content, got[-1].url = reply.body, reply.url
        return got[-1]

    def _exchange(self, request: Request, seconds: float, got: list[Response]) -> Reply:
        """curl holds the whole time itself, names and TLS included; the body is counted as it comes."""
        body = _Body(self.curl, request)
        try:
            response = super().request(
                request.method,  # type: ignore[arg-type]
                request.url,
                headers=request.headers,
                content=request.content,
                timeout=max(seconds, 0.001),
                allow_redirects=False,
                content_callback=body.take,
            )
        except RequestException as error:
            response = error.response
            if response is None or not response.status_code or request.wants(response.status_code):
                raise body.fault or _why(error) from None
        got.append(response)
        headers = [(name, value or "") for name, value in response.headers.multi_items()]
        return Reply(response.status_code, httpx.Headers(headers), bytes(body.whole), url=request.url)


class _Body:
    """What curl hands over, unpacked already; it stops at too much, and at once where the status alone decides."""

    def __init__(self, curl: Curl, request: Request):
        self._curl, self._request = curl, request
        self.whole = bytearray()
        self.fault: Hopeless | None = None

    def take(self, piece: bytes) -> int:
        """The number of bytes taken, or curl's word for stop."""
        if not self._request.wants(int(self._curl.getinfo(CurlInfo.RESPONSE_CODE))):  # type: ignore[arg-type]
            return CURL_WRITEFUNC_ERROR
        self.whole += piece
        if len(self.whole) > MOST:
            self.fault = Hopeless(f"the body is larger than {MOST // 2**20} MB")
            return CURL_WRITEFUNC_ERROR
        return len(piece)


def _content(data: Any, json: Any) -> tuple[bytes | None, dict[str, str]]:
    """What is sent, and the header that says what it is."""
    if json is not None:
        return jsons.dumps(json).encode(), {"Content-Type": "application/json"}
    if not data:
        return None, {}
    text = data if isinstance(data, str) else urlencode(data, doseq=True)
    return text.encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _why(error: RequestException) -> Exception:
    """In our words: curl's may hold the address."""
    if isinstance(error, CertificateVerifyError):
        return Hopeless("its certificate is not valid: check this machine's clock and certificates")
    return Broken(_WORDS.get(error.code, "the connection broke off before the reply was whole"))
