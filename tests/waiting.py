"""Waiting for what happens in other processes."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False
