"""Sources asked of stand-ins through their real client libraries, and parsed as of the instant of the fetch."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from core.clock import frozen
from core.settings import load
from ingest.providers.client import Client
from ingest.ready import policy_of
from ingest.sources import Fetcher
from tests.ingest.providers.clients import Free, Skipping
from tests.ingest.sources.samples.market import Market, market
from tests.standins.answering import Answering, answering

SECRETS = ("canary-app-key", "canary-app-secret", "canary-api-key", "canary-access", "canary-refresh", "canary-in-an-answer")
"""What stands in settings, token files and answers of these tests, and may stand in no message and no log."""


def look(seed: int = 1, **given: Any) -> Market:
    """A chain of eleven strikes and four expirations, seen five minutes after the close."""
    asked = {"strikes": 11, "expirations": 4, "symbol": "AAPL", "session": date(2026, 11, 18), "moment": 2} | given
    return market(random.Random(seed), **asked)


def token_file(folder: Path, access: str = "first", lasts: float = 1700, signed_in: datetime | None = None) -> Path:
    """A sign-in as `schwab-generate-token.py` writes it."""
    token = {"access_token": access, "refresh_token": "refresh", "token_type": "Bearer", "expires_in": 1800,
             "expires_at": int(time.time() + lasts)}  # fmt: skip
    path = folder / "schwab.json"
    path.write_text(
        json.dumps({"creation_timestamp": int((signed_in or datetime(2026, 11, 17, tzinfo=UTC)).timestamp()), "token": token})
    )
    return path


@contextmanager
def asked(
    source: ModuleType, table: dict[str, Any], at: datetime, settings: dict[str, Any] | None = None
) -> Iterator[tuple[Fetcher, Answering]]:
    """A source's fetcher and the provider that it asks. settings: its own."""
    given = load(_env_file=None, **(settings or {}))
    client = Client(policy_of(source, given), Free(), Skipping().pace)
    with answering(table) as provider:
        try:
            yield source.make(given, client, frozen(at), provider.url), provider
        finally:
            client.close()


def later(seen: Market, minutes: float = 0.1) -> datetime:
    """An instant after a look."""
    return seen.stamp + timedelta(minutes=minutes)
