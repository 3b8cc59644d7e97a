"""The one way by which the collector speaks to providers: limits, attempts, deadlines and errors are the same for all."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

import httpx
import structlog
from prometheus_client import Counter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter, wait_random

from core.clock import Clock, system_clock
from core.errors import ProviderBusy, ProviderDown, ProviderError, ProviderRefused, ProviderUnreachable
from ingest.json_size import too_large
from ingest.providers import addresses
from ingest.providers.breaker import Breaker
from ingest.providers.policy import Limiter, Pace, Policy
from ingest.providers.replies import Broken, Hopeless, Reply, Request, transient, wait_asked
from ingest.providers.skew import Skew
from ingest.providers.wire import Exchange, Wire

log = structlog.get_logger()
CALLS = Counter("oiflow_provider_calls", "Calls of providers, by source and how they ended", ["source", "end"])
_ENDING = 0.2  # seconds of a deadline that are left for hanging up
_HOPS = 5  # redirects followed in one attempt
_BACK_OFF = wait_exponential_jitter(multiplier=1, max=30, jitter=1)  # seconds: 1 to 2, 2 to 3, 4 to 5, 8 to 9
_BEHIND = wait_random(0, 0.25)  # seconds after the instant that Retry-After names
_TO_CHECK = {
    400: "the provider does not understand the request",
    401: "check the key of this source",
    403: "check the key and what its plan includes; some providers say this of a symbol they do not have",
    404: "there is nothing at this address",
    410: "this address is gone for good",
    422: "the provider does not accept these values",
}


class _Again(Exception):
    """An attempt failed, and another may not. `wait`: what the provider asks for. [s]"""

    def __init__(self, reason: str, answered: int | None = None, wait: float | None = None):
        self.reason, self.answered, self.wait = reason, answered, wait


class _NoRoom(Exception):
    """A limit leaves no room before the deadline."""


@dataclass
class _Call:
    """One call under way. `ends`: instant of its deadline; `attempts`: requests so far; `told`: when to come, it itself."""

    attempt: Callable[[float], Reply]
    accept: frozenset[int]
    may_be_empty: bool
    place: str
    ends: float
    attempts: int = 0
    told: bool = False


class Client:
    """Asks one source. Threads may share it: a Retry-After holds all of them back, and the breaker counts all of their calls."""

    def __init__(
        self, policy: Policy, limiter: Limiter, pace: Pace | None = None, clock: Clock = system_clock, skew: Skew | None = None
    ):
        self.policy, self._limiter, self._pace, self._clock = policy, limiter, pace or Pace(), clock
        self._skew = skew
        self.breaker = Breaker(policy.failures, policy.pause, policy.longest_pause, self._pace.monotonic)
        self._wire = Wire(policy.read_timeout)
        self._quiet_until = float("-inf")
        self.calls = self.requests = 0  # made so far: a call that needs three attempts makes three requests
        self._counting = threading.Lock()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        accept: frozenset[int] = frozenset(),
        may_be_empty: bool = False,
        exchange: Exchange | None = None,
    ) -> Reply:
        """A whole reply with 2xx or a status of `accept`, else a ProviderError. exchange: another transport than our own.

        An empty body with 200 counts as broken off, unless it `may_be_empty`.
        """
        request = Request(method.upper(), addresses.with_params(url, params), dict(headers or {}), content, accept)
        by = exchange or self._wire.exchange
        place = addresses.place(request.url, self.policy.secrets)
        return self.call(lambda seconds: self._followed(request, seconds, by), accept, may_be_empty or method == "HEAD", place)

    def call(
        self, attempt: Callable[[float], Reply], accept: frozenset[int] = frozenset(), may_be_empty: bool = False, place: str = ""
    ) -> Reply:
        """The same for what brings its own transport: `attempt(seconds)` makes one request and takes no more than that.

        It returns the reply whatever its status, and raises Broken, OSError or httpx.TransportError where there is none.
        """
        left = self.breaker.wait()
        if left:
            CALLS.labels(self.policy.source, ProviderDown.code).inc()
            raise ProviderDown(self.policy.source, f"it failed several times in a row and is left alone for {left:.0f} s")
        try:
            ends = self._pace.monotonic() + self.policy.deadline - _ENDING
            reply = self._tried(_Call(attempt, accept, may_be_empty, place, ends))
        except ProviderError as error:
            self._count(error)
            raise
        except BaseException:  # Ctrl-C and faults of ours too: they say nothing about the provider, and its turn is given back
            self.breaker.undecided()
            raise
        self.breaker.succeeded()
        CALLS.labels(self.policy.source, "answered").inc()
        return reply

    def close(self) -> None:
        """Hang up the connections that were kept for the next call."""
        self._wire.close()

    def _tried(self, call: _Call) -> Reply:
        """Attempt after attempt, with growing waits between."""
        retrying = Retrying(
            sleep=self._pace.sleep,
            retry=retry_if_exception_type(_Again),
            wait=_wait,
            stop=lambda state: self._enough(call, state),
            reraise=True,
        )
        try:
            return retrying(self._once, call)
        except _Again as last:
            raise self._given_up(call, last) from None
        except _NoRoom as error:
            raise self._error(ProviderBusy, call, str(error)) from None
        except Hopeless as error:
            raise self._error(ProviderRefused, call, str(error)) from None

    def _enough(self, call: _Call, state: RetryCallState) -> bool:
        """Whether no attempt is left, or none would begin before the deadline."""
        return call.attempts >= self.policy.attempts or self._pace.monotonic() + state.upcoming_sleep >= call.ends

    def _once(self, call: _Call) -> Reply:
        self._permit(call.ends, call.told)
        call.attempts += 1
        call.told = False
        with self._counting:
            self.requests += 1
            self.calls += call.attempts == 1
        asked = self._pace.monotonic()
        try:
            reply = call.attempt(call.ends - asked).without(self.policy.secrets)
        except Broken as error:
            raise _Again(str(error)) from None
        except (OSError, httpx.TransportError) as error:  # what they say may hold the address, and that a key
            raise _Again(f"no whole reply ({type(error).__name__})") from None
        if why := too_large(reply.body):
            raise Hopeless(why)
        if self._skew is not None:
            self._skew.hear(self.policy.source, reply.headers, self._pace.monotonic() - asked)
        if reply.status == 200 and not reply.body and not call.may_be_empty:
            raise _Again("the reply is empty", 200)
        return self._judged(call, reply)

    def _judged(self, call: _Call, reply: Reply) -> Reply:
        """The reply with its attempts, or what its status means."""
        if 200 <= reply.status < 300 or reply.status in call.accept:
            return replace(reply, attempts=call.attempts)
        wait = wait_asked(reply.headers, self._clock)
        if wait is not None:  # a refusal may say it too: Binance's 418, to an address that did not listen to its 429
            self._quiet_until = self._pace.monotonic() + min(wait, self.policy.longest_told)
        if not transient(reply.status):
            hint = _TO_CHECK.get(reply.status, "asking again does not help")
            raise self._error(ProviderRefused, call, f"HTTP {reply.status}: {hint}", reply.status)
        call.told = wait is not None
        raise _Again(f"HTTP {reply.status}", reply.status, wait)

    def _permit(self, ends: float, told: bool = False) -> None:
        """Wait until the provider wants to be asked and its limit leaves room, no longer than until `ends`.

        told: the provider named the instant to this very call, and it has come; what it told others since does not count.
        """
        while True:
            now = self._pace.monotonic()
            quiet_until = now if told else self._quiet_until
            if quiet_until >= ends:
                raise _NoRoom(f"the provider asked for no calls for another {quiet_until - now:.0f} s")
            if quiet_until > now:
                self._pace.sleep(quiet_until - now)
            if not self._limiter.take(max(0.0, ends - self._pace.monotonic())):
                raise _NoRoom(f"its limit on calls leaves no room within {self.policy.deadline:g} s")
            if told or self._quiet_until <= self._pace.monotonic():
                return

    def _followed(self, request: Request, seconds: float, by: Exchange) -> Reply:
        """One request, and those that redirects of the same host lead to, each with a permit of its own."""
        ends = self._pace.monotonic() + seconds
        for _hop in range(_HOPS):
            reply = by(request, ends - self._pace.monotonic())
            if not reply.redirects:
                return reply
            request = self._redirected(request, reply)
            self._permit(ends)
        raise Hopeless(f"more than {_HOPS} redirects")

    def _redirected(self, request: Request, reply: Reply) -> Request:
        try:
            url = urljoin(request.url, reply.headers["location"])
            follow = addresses.may_follow(request.url, url, self.policy.redirects_to)
        except (ValueError, httpx.InvalidURL):
            raise Hopeless("it redirects to what is no address") from None
        if not follow:
            raise Hopeless(f"it redirects to another place ({addresses.place(url, self.policy.secrets)}), which is not followed")
        moved = replace(request, url=url, headers=addresses.fit_for(url, request.url, request.headers))
        if reply.status in (307, 308):
            return moved
        return replace(moved, method="HEAD" if request.method == "HEAD" else "GET", content=None)

    def _given_up(self, call: _Call, last: _Again) -> ProviderError:
        """Why there was no further attempt."""
        left = call.ends - self._pace.monotonic()
        if call.attempts >= self.policy.attempts:
            why = f"{last.reason}, {call.attempts} attempts"
        elif last.wait is not None and last.wait >= left > 0:
            why = f"{last.reason}, and it asks to wait {last.wait:.0f} s; {left:.0f} s are left of {self.policy.deadline:g} s"
        else:
            why = f"{last.reason}; no time is left of {self.policy.deadline:g} s after {call.attempts} attempts"
        return self._error(ProviderBusy if last.answered == 429 else ProviderUnreachable, call, why, last.answered)

    def _error(self, kind: type[ProviderError], call: _Call, reason: str, answered: int | None = None) -> ProviderError:
        where = f" ({call.place})" if call.place else ""
        return kind(self.policy.source, f"{reason}{where}", answered, call.attempts)

    def _count(self, error: ProviderError) -> None:
        """Tell the breaker, the log and the counter. A refusal is an answer; a limit of ours says nothing about the provider."""
        CALLS.labels(error.source, error.code).inc()
        log.warning(
            "provider_call_failed", source=error.source, status=error.answered, attempt=error.attempts, reason=error.reason
        )
        if isinstance(error, ProviderRefused) and error.answered is not None:
            self.breaker.succeeded()
        elif isinstance(error, ProviderBusy) and error.answered is None:
            self.breaker.undecided()
        elif self.breaker.failed():
            log.warning("provider_left_alone", source=error.source, seconds=round(self.breaker.wait()))


def _wait(state: RetryCallState) -> float:
    """Seconds to the next attempt: what the provider asks for, and never sooner; else longer from attempt to attempt."""
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.wait if isinstance(failure, _Again) else None
    return _BACK_OFF(state) if asked is None else asked + _BEHIND(state)
