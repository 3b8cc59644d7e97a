"""The end of a try that could not be stored: it has a reason, and does not stand there as running until the collector ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.clock import Clock
from core.errors import DatabaseUnavailable, DiskFull, ImportBusy, PlatformError
from db import collection
from db.database import Database


@contextmanager
def ended(db: Database, clock: Clock, run: int) -> Iterator[None]:
    """Inside, an error ends the try, as `lost` and to be made up for where another import held the store, and goes on.

    Without database or disk nothing can be written down: whoever leads next reports the try as lost.
    """
    try:
        yield
    except (DatabaseUnavailable, DiskFull):
        raise
    except Exception as error:
        words = f"{error.code}: {error}" if isinstance(error, PlatformError) else f"failed: {type(error).__name__}"
        collection.end_run(db, run, clock(), "lost" if isinstance(error, ImportBusy) else "failed", words)
        raise
