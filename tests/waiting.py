"""Waiting for what happens in other processes, and doing something meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def wait_until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


@contextmanager
def meanwhile(work: Callable[[], object], every: float = 0.05) -> Iterator[None]:
    """Something is done in a thread at once, and again every so many seconds until the block ends."""
    stop = threading.Event()

    def working() -> None:
        work()
        while not stop.wait(every):
            work()

    thread = threading.Thread(target=working)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
