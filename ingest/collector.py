"""The collector: of all that are started one works. It takes files from the inbox and what the web asks for."""

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import structlog

from core import private
from core.clock import Clock
from core.errors import DatabaseUnavailable, DiskFull, PlatformError, RobotFailed
from core.health import Health
from core.settings import Settings
from db import services
from db.connect import connect
from db.health import health
from ingest import demo, jobs
from ingest.futures.cycle import Desk, cycle
from ingest.inbox import take_inbox
from ingest.providers.skew import Skew
from ingest.ready import Clients, Exchanges, Providers
from ingest.retention import prune_scans
from ingest.sources import Raw
from ingest.sources.futures import switched_on
from ingest.timetable.collecting import Collecting
from ingest.timetable.plan import plan
from ingest.timetable.reference import Reference

log = structlog.get_logger()


class Collector:
    """The state of one collector process and its jobs. `leading` is whether this one works or waits to take over."""

    def __init__(self, settings: Settings, clock: Clock):
        self.settings, self.clock, self.home = settings, clock, settings.oiflow_home
        self.real = connect(settings, "ingest")
        self.demo = connect(settings, "ingest", demo=True)
        self.lock = services.ServiceLock(self.real, "collector")
        self.started_at = clock()
        self.leading = self.settled = False
        self.doing = ""
        self.working = threading.Lock()  # held while a job of the work lane runs
        self.plan = plan(settings)
        self.skew = Skew(clock)
        self.providers: Providers | None = None
        self.collecting: Collecting | None = None
        self.desk: Desk | None = None
        self.venues = Clients(self.real, clock, skew=self.skew)
        self.reference: Reference | None = None
        self.trouble: dict[str, str] = {}
        self.stuck: dict[str, str] = {}  # jobs that database or disk keep from their work, and the code of why

    def actions(self) -> dict[str, Callable[[], None]]:
        """What each job of the schedule does."""
        return {
            "beat": self._guarded("beat", self.beat),
            "lead": self._guarded("lead", self.lead),
            "requests": self._led("requests", self._requests),
            "inbox": self._led("inbox", lambda: take_inbox(self.real, self.home, self.clock)),
            "demo": self._led("demo", self._refresh_demo),
            "prune": self._led("prune", self._prune, alone=False),
            "collect": self._led("collect", self._collect, alone=False),
            "futures": self._led("futures", self._look_at_venues, alone=False),
            "reference": self._led("reference", self._look_up, alone=False),
        }

    def alive(self) -> Health:
        """What keeps the collector from working: database, migrations, disk."""
        return health(self.real, self.home)

    def ready(self) -> Health:
        """As `alive`, and what it still does before it can begin."""
        return Health(self.alive().faults, self.doing, self.settled)

    def lead(self) -> None:
        """Take or keep the lock; whoever has just taken it clears what the one before left."""
        held = self.lock.held()
        if held and not self.leading:
            for database in (self.real, self.demo):
                jobs.clear_leftovers(database, self.home, self.clock)
            for name in ("inbox", "mappings"):  # where people put what is theirs
                private.folder(self.home / name)
            self._forget()
            if not self.stuck:
                log.info("collector_leads")
        self.leading = held
        if held and not self.settled:
            self._refresh_demo()
        self.doing, self.settled = "", True

    def beat(self) -> None:
        """Tell both databases that the collector works; one that only waits says nothing."""
        if self.leading:
            for database in (self.real, self.demo):
                services.beat(database, "collector", self.started_at, self.clock(), self._said())

    def close(self) -> None:
        """Give back the lock and the connections."""
        self._forget()
        self.lock.release()
        self.venues.close()
        self.real.close()
        self.demo.close()

    def _said(self) -> dict[str, Any]:
        """What the pages show of this collector's work."""
        said: dict[str, Any] = {"working": self.working.locked(), "waiting": self.plan.waiting | self.trouble}
        said |= {"clock": self.skew.words(), "clock_off": self.skew.seconds()}
        if self.collecting is not None:
            said |= self.collecting.doing | {"trouble": self.collecting.trouble}
        if self.reference is not None:
            said["waiting"] = said["waiting"] | self.reference.trouble
        return said

    def _collect(self) -> None:
        """What the timetable asks for, of the sources that SOURCES names."""
        if self.collecting is None:
            self.providers = Providers(self.settings, self.real, self.clock, self.plan.chains, self.skew)
            self.trouble = self.providers.trouble
            self.collecting = Collecting(
                self.real, self.home, self.clock, self.plan, self.providers.fetchers, self.providers.asked, self._lists, self.skew
            )  # fmt: skip
        self.collecting.tick()

    def _lists(self, slots: Sequence[str]) -> Iterable[Raw | RobotFailed]:
        """Barchart's downloads, by a browser."""
        from ingest.sources.barchart import robot  # brings Selenium: only who drives a browser pays for it

        return robot.fetch(self.settings, slots, self.clock)

    def _look_up(self) -> None:
        """What chains are read with: rates, dividends and splits, names."""
        if self.reference is None:
            providers = Providers(self.settings, self.real, self.clock, self.plan.reference, self.skew)
            self.reference = Reference(self.real, self.home, self.clock, self.plan, providers)
        self.reference.tick()

    def _forget(self) -> None:
        """What was remembered before another led is stale; its connections are given back."""
        self.collecting = None
        if self.reference is not None:
            self.reference.close()
            self.reference = None
        if self.providers is not None:
            self.providers.close()
            self.providers = None
        if self.desk is not None:
            self.desk.close()
            self.desk = None

    def _look_at_venues(self) -> None:
        """Open interest of futures, each venue at its own interval; with none switched on, that they are off is written down."""
        if self.desk is None:
            self.desk = Desk(
                self.real, self.home, self.clock, switched_on(self.settings), self.settings.futures_min_volume_usd,
                Exchanges(self.settings, self.venues).make, self.settings.futures_minutes_days, skew=self.skew,
            )  # fmt: skip
        cycle(self.desk)

    def _requests(self) -> None:
        for database in (self.real, self.demo):
            while jobs.take_request(database, self.home, self.clock, database is self.demo, self.settings):
                pass

    def _refresh_demo(self) -> None:
        if self.settings.oiflow_demo:
            if not self.demo.value("has_loads"):
                self.doing = "the simulated market is being made, once (about 15 s)"
            demo.refresh_demo(self.demo, self.home, self.clock)

    def _prune(self) -> None:
        prune_scans(self.real, self.clock, self.settings.scan_chains_days)

    def _led(self, name: str, action: Callable[[], object], alone: bool = True) -> Callable[[], None]:
        """The action, only while this collector leads. alone: not beside another of these."""

        def run() -> None:
            if self.leading:
                with self.working if alone else nullcontext():
                    action()

        return self._guarded(name, run)

    def _guarded(self, name: str, action: Callable[[], None]) -> Callable[[], None]:
        """The action; its failure is logged, and the next run tries again."""

        def run() -> None:
            try:
                action()
                if self.leading:
                    self.stuck.pop(name, None)
            except (DatabaseUnavailable, DiskFull) as error:
                self.leading = False  # the lock went with the connection; `lead` takes it again and clears up
                if self.stuck.get(name) != error.code:  # once: the log lies on the same disk
                    log.warning("database_unavailable" if error.code != "disk_full" else "disk_full", job=name, reason=str(error))
                self.stuck[name] = error.code
            except PlatformError as error:
                log.warning("job_failed", job=name, code=error.code, reason=str(error))
            except Exception:  # a job that fails must not end the others; the log has the trace
                log.exception("job_failed", job=name, error_id=uuid.uuid4().hex[:8])

        return run
