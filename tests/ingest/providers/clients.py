"""Clients for tests, and how they are asked: time that is skipped instead of waited for, a limiter that always has room."""

import threading
import time
from typing import Any

import httpx
import pytest

from core.errors import ProviderError
from ingest.providers.client import Client
from ingest.providers.policy import Pace, Policy
from ingest.providers.replies import Reply

KEY = "canary-key-7f3a"  # sent in requests; no message or log may hold it


class Skipping:
    """Time in which a wait costs nothing: each thread is as far ahead as it has slept."""

    def __init__(self) -> None:
        self._own = threading.local()

    @property
    def slept(self) -> list[float]:
        """Waits of this thread. [s]"""
        if not hasattr(self._own, "slept"):
            self._own.slept = []
        return self._own.slept

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def pace(self) -> Pace:
        return Pace(self.monotonic, self.sleep)


class Free:
    """A limiter that always has room, and counts."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, within: float) -> bool:
        self.taken += 1
        return True


def client(time: Skipping | None = None, limiter: Any = None, **policy: Any) -> Client:
    """A client of the source `faulty`."""
    given = {"secrets": (KEY,)} | policy
    return Client(Policy("faulty", **given), limiter or Free(), (time or Skipping()).pace)


def ask(made, url, **given):
    """The error of a call."""
    with pytest.raises(ProviderError) as caught:
        made.send("GET", url, **given)
    return caught.value


def replying(*statuses, body=b"data", headers=None):
    """An attempt function that replies with one status after the other; a list of what it was given. [s]"""
    given, left = [], list(statuses)

    def attempt(seconds):
        given.append(seconds)
        status = left.pop(0)
        if isinstance(status, Exception):
            raise status
        return Reply(status, httpx.Headers(headers or {}), body)

    return attempt, given
