"""What a visitor sees when something fails: plain words and an id. The log has the rest under the same id."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from prometheus_client import Counter

from core.errors import DatabaseUnavailable, PlatformError
from webapp.parts import empty, notice

Result = TypeVar("Result")
FAILED = Counter("oiflow_web_failures", "Pages and requests that ended in an error", ["code"])


def note(error: Exception, where: str) -> str:
    """Log an error; the id under which it stands there. What the visitor did wrong is one line, our own fault has a trace."""
    error_id, code = secrets.token_hex(4), error.code if isinstance(error, PlatformError) else "unexpected"
    FAILED.labels(code).inc()
    if isinstance(error, PlatformError) and error.status < 500:
        structlog.get_logger().info("refused", where=where, code=code, error_id=error_id)
    else:
        structlog.get_logger().error("failed", where=where, code=code, error_id=error_id, exc_info=error)
    return error_id


def words(error: Exception) -> str:
    """What a visitor may read of an error: our own words, never a library's."""
    return str(error) if isinstance(error, PlatformError) and error.status < 500 else "Something went wrong. Nothing was lost."


def show(error: Exception) -> bool:
    """Put an error on the page. True: Streamlit adds nothing of its own."""
    error_id = note(error, "page")
    if isinstance(error, DatabaseUnavailable):
        empty.no_database(error_id)
    else:
        notice.wrong(f"{words(error)} Reload the page to try again. Error {error_id}")
    return True


@contextmanager
def told() -> Iterator[None]:
    """Inside, what a person did wrong is said on the page and ends the block; what is our own fault goes on to `show`."""
    try:
        yield
    except PlatformError as error:
        if error.status >= 500:
            raise
        notice.wrong(str(error))


def attempt(action: Callable[[], Result], done: str) -> Result | None:
    """What the action answers, None where it was refused; said either way."""
    result = None
    with told():
        result = action()
        notice.done(done)
    return result
