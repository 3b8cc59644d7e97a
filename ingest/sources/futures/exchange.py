"""Exchanges of ccxt: made here and nowhere else, and listened to.

ccxt knows the addresses and errors of the venues; limits and attempts are our own client's. Figures that ccxt makes are not used:
it mixes units of open interest, and a price step of 1e308 in a list keeps it busy for ever.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import requests
from requests.adapters import BaseAdapter

from core.clock import Clock
from core.errors import ProviderBusy, ProviderDown, ProviderError, ProviderRefused
from ingest.sources.futures.shapes import Answer, Exchange, Trouble, Venue

_OTHERWISE = (KeyError, TypeError, ValueError, AttributeError)  # what ccxt ends with where an answer has another shape
_DETAIL = 300  # characters of an error that are kept


class _TooSlow(Exception):
    """The look at a venue took longer than it may."""


def make_exchange(venue: Venue, adapter: BaseAdapter) -> Exchange:
    """ccxt's exchange for a venue. adapter: carries every request; limits, attempts and deadlines live there, not in ccxt."""
    import ccxt  # slow to import: only who asks a venue pays for it

    made = getattr(ccxt, venue.name)({"enableRateLimit": False})
    made.session.mount("https://", adapter)
    made.session.mount("http://", adapter)
    return made


@contextmanager
def listening(exchange: Exchange, clock: Clock, seconds: float) -> Iterator[list[Answer]]:
    """Inside, every answer is added to the list as it came. An answer after `seconds` ends the look with `_TooSlow`."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds

    def keep(response: requests.Response, **_: object) -> None:
        sent = response.request.body or b""
        text = sent.decode() if isinstance(sent, bytes) else str(sent)
        answers.append(Answer(str(response.url), text, response.status_code, response.content, clock()))
        if time.monotonic() > end:
            raise _TooSlow

    exchange.session.hooks["response"].append(keep)
    try:
        yield answers
    finally:
        exchange.session.hooks["response"].remove(keep)


def troubles() -> tuple[type[Exception], ...]:
    """What may go wrong at a venue: no answer, a refusal, or one that reads otherwise."""
    from ccxt import BaseError

    return (BaseError, ProviderError, requests.RequestException, _TooSlow, *_OTHERWISE)


def unknown_symbol(error: Exception) -> bool:
    """Whether a venue says that it does not know the instrument asked for."""
    from ccxt import BadSymbol

    return isinstance(error, BadSymbol) or (isinstance(error, ProviderRefused) and error.answered == 400)


def trouble(error: Exception, answers: Sequence[Answer]) -> Trouble:
    """The reason of a failure: one stable word, and what was said. The status of the last answer says more than the error."""
    import ccxt

    status = getattr(error, "answered", None) or (answers[-1].status if answers else 0)
    words: Sequence[tuple[bool | type[Exception], str]] = (
        (_TooSlow, "too_slow"),
        (ProviderDown, "left_alone"),
        (status in (418, 429), "rate_limited"),
        (status in (401, 403, 451), "refused"),
        (status >= 500, "unavailable"),
        (ProviderBusy, "rate_limited"),
        (ProviderRefused, "refused"),
        (ccxt.RateLimitExceeded, "rate_limited"),
        (ccxt.RequestTimeout, "timeout"),
        (ccxt.ExchangeNotAvailable, "unavailable"),
        (ccxt.NetworkError, "unreachable"),
        (requests.RequestException, "unreachable"),
        (ProviderError, "unreachable"),
        (ccxt.BaseError, "venue_error"),
    )
    found = (word for met, word in words if met is True or (isinstance(met, type) and isinstance(error, met)))
    return Trouble(next(found, "changed_format"), f"{type(error).__name__}: {error}"[:_DETAIL])
