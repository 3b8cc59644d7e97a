"""Whether this machine's clock is right, by the Date header of every reply of a provider.

A provider's time is kept as its distance from seconds that only go up, so that it stays true when the machine's clock is set.
The clock is wrong where no provider agrees with it: one that is wrong itself stops nothing while another is right.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from core.clock import Clock
from ingest.providers.replies import instant

log = structlog.get_logger()
WARNED, REFUSED = 2.0, 300.0
"""Seconds off from which on we warn, and from which on nothing is published that our clock dates."""
WRONG = "wrong_clock"
"""The reason of what is held back."""
_SECOND = 1.0  # a Date has whole seconds


def _since_start() -> float:
    """Seconds since the machine started, those it slept included where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Skew:
    """What the providers' replies say about a clock. Threads may share it. elapsed: seconds that only go up, in sleep too."""

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = _since_start):
        self._clock, self._elapsed = clock, elapsed
        self._heard: dict[str, tuple[float, float]] = {}  # source -> bounds of its time less ours that only goes up [s]
        self._lock = threading.Lock()
        self._said = ""

    def hear(self, source: str, headers: Mapping[str, str], seconds: float) -> None:
        """A reply that has just come, so many seconds after it was asked for. headers: found by any case."""
        theirs = _date(headers)
        if theirs is None:
            return
        with self._lock:
            now = self._elapsed()
            self._heard[source] = (theirs - now, theirs + _SECOND - now + seconds)
        self._say()

    def seconds(self) -> float | None:
        """How far our clock is ahead (below 0: behind) of the provider that agrees best; None where none was heard yet."""
        ours = self._clock().timestamp() - self._elapsed()
        with self._lock:
            heard = list(self._heard.values())
        return min((_outside(ours, *bounds) for bounds in heard), key=abs, default=None)

    def words(self) -> str:
        """What is wrong with the clock; nothing where it is right enough."""
        off = self.seconds()
        if off is None or abs(off) <= WARNED:
            return ""
        way = "ahead" if off > 0 else "behind"
        until = ": nothing that it dates is published until it is set right." if abs(off) > REFUSED else "."
        return f"This machine's clock is {_length(abs(off))} {way}, by the providers' replies{until}"

    def refusal(self) -> str:
        """Why nothing may be published that our clock dates; nothing where it may."""
        off = self.seconds()
        return f"{WRONG}: {self.words()}" if off is not None and abs(off) > REFUSED else ""

    def _say(self) -> None:
        """In the log, once when the clock becomes wrong, once when it is right again."""
        words, refusal = self.words(), self.refusal()
        event = "clock_wrong" if refusal else "clock_skewed" if words else ""
        with self._lock:
            before, self._said = self._said, event
        if event == before:
            return
        if event:
            (log.error if refusal else log.warning)(event, words=words)
        else:
            log.info("clock_right_again")


def _outside(value: float, low: float, high: float) -> float:
    """How far a value lies above (below 0: below) a range; 0 within."""
    return value - high if value > high else min(0.0, value - low)


def _date(headers: Mapping[str, str]) -> float | None:
    """The provider's time when it sent this [s since 1970]: its Date, and how long a cache has held the reply since."""
    found = instant(headers.get("date", ""))
    if found is None:
        return None
    age = headers.get("age", "").strip()
    return found.timestamp() + (int(age) if re.fullmatch(r"[0-9]{1,9}", age) else 0)


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else str(timedelta(seconds=round(seconds)))
