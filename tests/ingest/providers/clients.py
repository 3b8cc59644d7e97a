"""Clients for tests: time that is skipped instead of waited for, and a limiter that always has room."""

import threading
import time
from typing import Any

from ingest.providers.client import Client
from ingest.providers.policy import Pace, Policy

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
