"""The clock as an argument: only entry points know what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant, UTC, aware."""
    return datetime.now(UTC)


def frozen(at: datetime) -> Clock:
    """A clock that always shows `at`, which has to be aware."""
    if at.tzinfo is None:
        raise ValueError("A clock needs an aware datetime; add tzinfo, for example datetime.UTC.")
    return lambda: at
