"""What a full disk says, in our words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DiskFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def told() -> Iterator[None]:
    """Inside, a full disk is DiskFull; every other OSError comes out as it is."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull() from error
        raise
