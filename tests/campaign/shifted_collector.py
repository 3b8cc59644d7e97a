"""A collector whose clock is ahead of the machine's: `python -m tests.campaign.shifted_collector SECONDS`."""

import os
import sys
from datetime import datetime, timedelta

from core.clock import system_clock
from ingest import __main__ as collector


def ahead(seconds: float) -> datetime:
    """Now, so many seconds later."""
    return system_clock() + timedelta(seconds=seconds)


if __name__ == "__main__":
    shift = float(sys.argv[1])
    collector.system_clock = lambda: ahead(shift)  # type: ignore[attr-defined]
    code = collector.main()
    sys.stderr.flush()
    os._exit(code)
