"""Every way by which a request gets to a provider, the real libraries among them, and how calls of a faulty one end."""

import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ccxt
import httpx
import requests
import structlog
from massive import RESTClient
from yfinance.data import YfData

from core.errors import ProviderBusy, ProviderError, ProviderRefused, ProviderUnreachable
from ingest.providers.client import Client
from ingest.providers.transports import HttpxDoor, RequestsDoor, Urllib3Door
from ingest.sources.schwab.account import schwab_library
from ingest.sources.yahoo.session import YahooSession
from tests.ingest.providers.clients import KEY, Skipping, client
from tests.standins.faults import Fault, Faulty

DEADLINE = 120.0  # seconds of a call
ENDS = {"refused": ProviderRefused, "busy": ProviderBusy, "unreachable": ProviderUnreachable}
_URL = f"https://provider.example/data?apikey={KEY}"
_HEADERS = {"Authorization": f"Bearer {KEY}"}
_ONE_YAHOO = threading.Lock()  # yfinance has one session for the whole process


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="oiflow-yahoo-"))


def _requests(asked: Client, base: str) -> None:
    with requests.Session() as session:
        session.mount("https://", RequestsDoor(asked, base))
        session.get(_URL, headers=_HEADERS)


def _httpx(asked: Client, base: str) -> None:
    with httpx.Client(transport=HttpxDoor(asked, base)) as session:
        session.get(_URL, headers=_HEADERS)


def _curl(asked: Client, base: str) -> None:
    with YahooSession(asked, _folder(), base) as session:
        session.get(_URL, headers=_HEADERS)


def _yfinance(asked: Client, base: str) -> None:
    with _ONE_YAHOO, YahooSession(asked, _folder(), base) as session:
        ticker = session.ticker("AAPL")
        YfData(session=session)._crumb = YfData(session=session)._cookie = KEY
        ticker.options  # noqa: B018


def _schwab(asked: Client, base: str) -> None:
    token = {"access_token": KEY, "refresh_token": KEY, "token_type": "Bearer", "expires_at": int(time.time()) + 1800}
    kept = {"creation_timestamp": int(time.time()), "token": token}
    make = schwab_library().auth.client_from_access_functions
    library = make(KEY, KEY, lambda: kept, lambda *_given, **_more: None)
    HttpxDoor(asked, base).lead_through(library.session)
    library.get_option_chain("AAPL")


def _massive(asked: Client, base: str) -> None:
    library = RESTClient(KEY)
    library.client = Urllib3Door(asked, base)
    list(library.list_snapshot_options_chain("AAPL", params={"apiKey": KEY}))


def _ccxt(asked: Client, base: str) -> None:
    exchange = ccxt.deribit({"enableRateLimit": False, "apiKey": KEY, "secret": KEY})
    exchange.session.mount("https://", RequestsDoor(asked, base))
    exchange.privateGetGetPositions({"currency": "BTC"})


WAYS: dict[str, Callable[[Client, str], Any]] = {
    "own": lambda asked, base: asked.send("GET", f"{base}/data", _HEADERS, {"apikey": KEY}),
    "requests": _requests,
    "httpx": _httpx,
    "urllib3": lambda asked, base: Urllib3Door(asked, base).request("GET", _URL, headers=_HEADERS),
    "curl": _curl,
    "yfinance": _yfinance,
    "schwab": _schwab,
    "massive": _massive,
    "ccxt": _ccxt,
}


@dataclass(frozen=True)
class Outcome:
    """How one call ended; `told`: attempts by its error, `seen`: by the provider; seconds with those that were skipped."""

    way: str
    fault: Fault
    end: str
    told: int
    seen: int
    seconds: float
    words: str

    @property
    def right(self) -> bool:
        counts = {self.told} if self.fault.toxic == "down" else {self.told, self.seen}
        return self.end == self.fault.ends and counts == {self.fault.attempts}


def ask(faulty: Faulty, way: str, fault: Fault, **policy: Any) -> Outcome:
    """One call by one way."""
    skipping = Skipping()
    asked = client(skipping, deadline=DEADLINE, **policy)
    base = f"{faulty.at(fault)}/{way}"
    begun, end, told, words = skipping.monotonic(), "whole", 1, ""
    try:
        WAYS[way](asked, base)
    except ProviderError as error:
        end = next(name for name, kind in ENDS.items() if isinstance(error, kind))
        told, words = error.attempts, f"{error} {error!r} {error.__cause__!r}"
    except (ValueError, ccxt.BaseError) as error:  # what a library says of a page where it wants data
        end = "whole" if fault.ends == "whole" else repr(error)
    seconds = skipping.monotonic() - begun
    asked.close()
    return Outcome(way, fault, end, told, faulty.asked(f"{fault.path}/{way}/"), seconds, words)


def ask_all(faulty: Faulty, calls: list[tuple[str, Fault]], **policy: Any) -> tuple[list[Outcome], str]:
    """Many calls at once; and all that was logged meanwhile."""
    with structlog.testing.capture_logs() as logged, ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda call: ask(faulty, *call, **policy), calls))
    return outcomes, repr(logged)
