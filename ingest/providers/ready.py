"""Providers ready to be asked: for each source of the plan its client, with limits shared by all processes, and its fetcher."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import structlog

from core.clock import Clock
from core.errors import PlatformError
from core.settings import Settings
from db.database import Database
from db.limiter import SharedLimiter
from ingest.providers.client import Client
from ingest.sources import Fetcher

log = structlog.get_logger()


class Providers:
    """Fetchers by source, in the order of the plan; a source whose client cannot be made is left out and said so."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, sources: Iterable[str]):
        self.fetchers: dict[str, Fetcher] = {}
        self.trouble: dict[str, str] = {}
        self._clients: dict[str, Client] = {}
        self._limiters: list[SharedLimiter] = []
        for source in sources:
            try:
                self.fetchers[source] = self._made(source, settings, db, clock)
            except PlatformError as error:
                self.trouble[source] = str(error)
                log.error("source_left_out", source=source, reason=str(error))

    def asked(self) -> tuple[int, int]:
        """(calls, requests) made of all providers so far: a call that needs three attempts makes three requests."""
        return sum(each.calls for each in self._clients.values()), sum(each.requests for each in self._clients.values())

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()
        for limiter in self._limiters:
            limiter.close()

    def _made(self, source: str, settings: Settings, db: Database, clock: Clock) -> Fetcher:
        module: Any = import_module(f"ingest.sources.{source}")
        limiter = SharedLimiter(db.url, source, module.POLICY.rates)
        client = Client(module.POLICY, limiter, clock=clock)
        self._limiters.append(limiter)
        self._clients[source] = client
        base = settings.source_url(source)
        made: Fetcher = module.make(settings, client, clock, base) if base else module.make(settings, client, clock)
        return made
