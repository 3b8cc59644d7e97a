"""Providers ready to be asked: for each source its client, with limits shared by all processes, and what asks by it."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

import structlog

from core.clock import Clock
from core.errors import PlatformError
from core.settings import Settings
from core.sources import ABOUT, secrets
from db.database import Database
from db.limiter import SharedLimiter
from ingest.providers.client import Client
from ingest.providers.policy import Pace, Policy
from ingest.providers.skew import Skew
from ingest.providers.transports import RequestsDoor
from ingest.sources import Fetcher
from ingest.sources.futures import Venue, make_exchange
from ingest.sources.futures.shapes import Exchange

log = structlog.get_logger()


class Clients:
    """One client for each policy; threads may share it. The limits are those of all processes on the database.

    skew: hears from every reply whether our clock is right.
    """

    def __init__(self, db: Database, clock: Clock, pace: Pace | None = None, skew: Skew | None = None):
        self._db, self._clock, self._pace, self._skew = db, clock, pace, skew
        self._made: dict[str, Client] = {}
        self._limiters: list[SharedLimiter] = []
        self._lock = threading.Lock()

    def of(self, policy: Policy) -> Client:
        """The client of a source."""
        with self._lock:
            if policy.source not in self._made:
                self._limiters.append(SharedLimiter(self._db.url, policy.source, policy.rates))
                self._made[policy.source] = Client(policy, self._limiters[-1], self._pace, self._clock, self._skew)
            return self._made[policy.source]

    def asked(self) -> tuple[int, int]:
        """(calls, requests) made of all providers so far: a call that needs three attempts makes three requests."""
        made = list(self._made.values())
        return sum(each.calls for each in made), sum(each.requests for each in made)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            for client in self._made.values():
                client.close()
            for limiter in self._limiters:
                limiter.close()


class Providers:
    """Fetchers by source, in the order of the plan; a source whose client cannot be made is left out and said so.

    skew: hears from every reply whether our clock is right.
    """

    def __init__(self, settings: Settings, db: Database, clock: Clock, sources: Iterable[str], skew: Skew | None = None):
        self.skew = skew or Skew(clock)
        self.fetchers: dict[str, Fetcher] = {}
        self.trouble: dict[str, str] = {}
        self._clients = Clients(db, clock, skew=self.skew)
        self.asked, self.close = self._clients.asked, self._clients.close
        for source in sources:
            try:
                self.fetchers[source] = self._made(source, settings, clock)
            except PlatformError as error:
                self.trouble[source] = str(error)
                log.error("source_left_out", source=source, reason=str(error))

    def _made(self, source: str, settings: Settings, clock: Clock) -> Fetcher:
        module: Any = import_module(f"ingest.sources.{source}")
        client = self._clients.of(policy_of(module, settings))
        base = settings.source_url(source)
        made: Fetcher = module.make(settings, client, clock, base) if base else module.make(settings, client, clock)
        return made


def policy_of(module: Any, settings: Settings) -> Policy:
    """How the source of a module is asked, with what its answers may not say back."""
    policy: Policy = module.POLICY
    return replace(policy, secrets=secrets(ABOUT[policy.source], settings))


class Exchanges:
    """ccxt's exchanges of venues of futures: they ask by our clients, at another address where SOURCE_URLS names one."""

    def __init__(self, settings: Settings, clients: Clients):
        self._settings, self._clients = settings, clients

    def make(self, venue: Venue) -> Exchange:
        """The exchange of a venue, for one thread."""
        door = RequestsDoor(self._clients.of(venue.policy), self._settings.source_url(venue.name), keeping=False)
        return make_exchange(venue, door)
