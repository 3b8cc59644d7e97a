"""What a source is asked under: limits, attempts, deadlines; and how time passes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pyrate_limiter import Rate


class Limiter(Protocol):
    """Permits of one source."""

    def take(self, within: float) -> bool:
        """Wait up to `within` seconds for one; whether it was given."""


@dataclass(frozen=True)
class Pace:
    """How time passes: seconds that only go up, and waiting. Tests bring their own."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Policy:
    """How one source is asked. Times in seconds.

    rates: calls in a window, all of which hold; deadline: for a whole call with all attempts and waits; read_timeout: longest
    silence; failures: calls in a row that fail before the source is left alone, for `pause`, doubled up to `longest_pause`;
    longest_told: a Retry-After is believed up to this; redirects_to: other hosts a redirect may lead to (`.name`: all below);
    secrets: texts that no message, log or body may hold.
    """

    source: str
    rates: tuple[Rate, ...] = ()
    attempts: int = 5
    deadline: float = 120.0
    read_timeout: float = 15.0
    failures: int = 5
    pause: float = 60.0
    longest_pause: float = 1800.0
    longest_told: float = 1800.0
    redirects_to: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
