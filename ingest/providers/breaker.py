"""The circuit breaker of a source: a provider that fails again and again is left alone for a while, then asked once."""

import threading
from collections.abc import Callable


class Breaker:
    """Closed: calls go. Open after `most` failures in a row: none goes. Half-open after a pause: one goes and decides.

    The pause [s] doubles with every probe that fails, up to `longest`. Safe to share between threads.
    """

    def __init__(self, most: int, pause: float, longest: float, monotonic: Callable[[], float]):
        self._most, self._first, self._longest, self._monotonic = most, pause, longest, monotonic
        self._lock = threading.Lock()
        self._failures, self._pause, self._opens, self._probing = 0, pause, 0.0, False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        with self._lock:
            if self._failures < self._most:
                return "closed"
            return "half-open" if self._probing or self._monotonic() >= self._opens else "open"

    def wait(self) -> float:
        """0 where a call may go now: it then has to end with `succeeded`, `failed` or `undecided`. Else seconds until one may."""
        with self._lock:
            if self._failures < self._most:
                return 0.0
            left = self._opens - self._monotonic()
            if left > 0:
                return left
            if self._probing:
                return self._first
            self._probing = True
            return 0.0

    def succeeded(self) -> None:
        """The provider answered."""
        with self._lock:
            self._failures, self._pause, self._probing = 0, self._first, False

    def failed(self) -> bool:
        """The provider did not answer; whether it is left alone from now on."""
        with self._lock:
            self._failures += 1
            if self._probing:
                self._pause = min(2 * self._pause, self._longest)
            elif self._failures != self._most:
                return False  # closed still, or a call that had begun before the breaker opened
            self._probing = False
            self._opens = self._monotonic() + self._pause
            return True

    def undecided(self) -> None:
        """The call ended before the provider was asked: another one may decide."""
        with self._lock:
            self._probing = False
