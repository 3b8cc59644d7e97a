"""The collector service: settings, clock, health and schedule, wired here and run here."""

import logging
import os
import signal
import sys
import threading

from core import health, log, private
from core.clock import system_clock
from core.errors import PlatformError
from core.settings import load
from ingest.collector import Collector
from ingest.schedule import scheduler

_PATIENCE = 3.0  # seconds an import may go on after SIGTERM; what it leaves staged is removed at the next start


def main() -> int:
    """Run until SIGTERM."""
    private.mask()
    try:
        settings = load()
        log.configure(settings.log_level, "collector", settings.secrets)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of each tick that waits for a long import
        collector = Collector(settings, system_clock)
    except PlatformError as error:
        print(f"collector: {error}", file=sys.stderr)  # noqa: T201
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health.serve("collector", collector.alive, collector.ready, settings, settings.collector_port)
    schedule = scheduler(collector.actions())
    schedule.start()
    stop.wait()
    schedule.shutdown(wait=False)
    collector.working.acquire(timeout=_PATIENCE)
    collector.close()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # an import that is still going on would hold up a normal exit
