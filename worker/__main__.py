"""The worker service: housekeeping now, queued work later."""

import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable

import structlog

from core import health, log, private
from core.clock import system_clock
from core.errors import PlatformError
from core.settings import Settings, load
from db.connect import connect
from usecases import housekeeping
from usecases.health import readiness

_BEAT, _TIDY = 10.0, 3600.0  # seconds between two heartbeats, two rounds of housekeeping
logger = structlog.get_logger()


class Worker:
    """One worker process: tells both databases that it lives, and tidies their accounts."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.databases = [connect(settings, "worker", demo) for demo in (False, True)]
        self.accounts = [connect(settings, "auth", demo) for demo in (False, True)]
        self.started_at = system_clock()

    def health(self) -> health.Health:
        """What keeps the worker from working."""
        return readiness(self.databases[0], self.settings.oiflow_home)

    def beat(self) -> None:
        """Tell both databases that the worker lives."""
        for database in self.databases:
            housekeeping.beat(database, "worker", self.started_at, system_clock)

    def tidy(self) -> None:
        """Delete what has run out."""
        for database in self.accounts:
            logger.info("tidied", **housekeeping.tidy(database, system_clock))

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; what fails is logged and tried again at its next turn."""
        jobs: list[tuple[float, Callable[[], None]]] = [(_BEAT, self.beat), (_TIDY, self.tidy)]
        due = dict.fromkeys(range(len(jobs)), 0.0)
        while not stop.wait(0.5):
            for number, (every, job) in enumerate(jobs):
                if time.monotonic() >= due[number]:
                    due[number] = time.monotonic() + (every if _done(job) else _BEAT)


def _done(job: Callable[[], None]) -> bool:
    try:
        job()
    except PlatformError as error:
        logger.warning("job_failed", job=job.__name__, code=error.code, reason=str(error))
        return False
    except Exception:  # a job that fails must not end the others; the log has the trace
        logger.exception("job_failed", job=job.__name__, error_id=uuid.uuid4().hex[:8])
        return False
    return True


def main() -> int:
    """Run until SIGTERM."""
    private.mask()
    try:
        settings = load()
        log.configure(settings.log_level, "worker", settings.secrets)
        worker = Worker(settings)
    except PlatformError as error:
        print(f"worker: {error}", file=sys.stderr)  # noqa: T201
        return 1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health.serve("worker", worker.health, worker.health, settings, settings.worker_port)
    worker.run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
