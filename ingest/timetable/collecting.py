"""What the collector does by the clock: duties of each session, scans of the day, and the first look of all."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import structlog

from core.clock import Clock
from core.errors import ProviderDown, RefusedPayload, RobotFailed
from core.sessions import EASTERN
from core.sources import ABOUT
from db import collection
from db.collection import Standing
from db.database import Database
from ingest.pipeline import publish_payloads
from ingest.providers.skew import Skew
from ingest.publishing.importer import ImportReport
from ingest.sources import Fetcher, Payload, Raw
from ingest.sources.frames import KEY
from ingest.sources.reading.near import EXPIRATIONS
from ingest.sources.reading.stamps import live_look
from ingest.timetable import ledger
from ingest.timetable.aside import Aside
from ingest.timetable.duties import DUTIES, due_scan, pause
from ingest.timetable.ending import ended
from ingest.timetable.gather import Gathered, gather, gather_lists
from ingest.timetable.plan import Plan
from ingest.timetable.standing import examine

log = structlog.get_logger()
READ_AGAIN_AFTER = timedelta(seconds=55)
"""Two reads of open interest that are to agree lie at least so far apart."""
ASK_AGAIN_AFTER = timedelta(minutes=5)
"""While the clock is wrong, a provider is asked what time it is so often."""
SHOWN_EVERY = 5.0
"""Seconds after which the first look shows what has come so far."""
Pairs = dict[str, tuple[Raw, Payload]]
Lists = Callable[[Sequence[str]], Iterable[Raw | RobotFailed]]


def _no_lists(_slots: Sequence[str]) -> Iterable[Raw | RobotFailed]:
    return ()


class Collecting:
    """One collector's work by the clock. `doing`: what it is at, for the pages; `trouble`: why nothing comes.

    asked: how many calls and requests were made of providers so far. lists: brings the lists of some slots. skew: says
    whether the clock is right.
    """

    def __init__(
        self,
        db: Database,
        home: Path,
        clock: Clock,
        plan: Plan,
        fetchers: Mapping[str, Fetcher],
        asked: Callable[[], tuple[int, int]],
        lists: Lists = _no_lists,
        skew: Skew | None = None,
    ):
        self._db, self._home, self._clock, self._plan, self._asked = db, home, clock, plan, asked
        self._fetchers = {name: fetchers[name] for name in plan.chains if name in fetchers}
        self._lists, self._tries, self._aside, self._skew = lists, 0, Aside(), skew
        self._wrong_since: datetime | None = None
        self._next_look: datetime | None = None
        self._held: dict[tuple[str, Any], Pairs] = {}
        self._read: dict[tuple[str, Any, str], tuple[int, datetime]] = {}
        self.doing: dict[str, Any] = {}
        self.trouble = ""

    def tick(self) -> None:
        """Whatever is due now."""
        if not self._fetchers and not self._plan.lists:
            return
        if self._clock_is_wrong():
            return
        ledger.write_down(self._db, self._plan, self._clock())
        if self._fetchers:
            self._first_look()
        for standing in ledger.to_try(ledger.review(self._db, self._plan, self._clock), self._clock()):
            if standing.duty in DUTIES and not self._refused:  # the last reply may have told that our clock is wrong
                self._do(standing)
        if self._fetchers and not self._refused:
            self._scan()
        ledger.review(self._db, self._plan, self._clock)

    @property
    def _refused(self) -> str:
        """Why nothing may be published that our clock dates."""
        return self._skew.refusal() if self._skew else ""

    def _clock_is_wrong(self) -> bool:
        """Whether nothing may be done by the clock; then one name is asked for now and then, only to be told the time."""
        now, before = self._clock(), self._wrong_since
        if self._skew is None or not self._refused:
            self._wrong_since, self.trouble = None, "" if before else self.trouble
            return False
        self._next_look, self._tries, self.trouble = None, 0, self._skew.words()
        if before is None or abs(now - before) >= ASK_AGAIN_AFTER:
            self._wrong_since = now
            gather(self._plan.names[:1], self._fetchers, now.date(), EXPIRATIONS)
        return bool(self._refused)

    # ------------------------------------------------------------ duties
    def _do(self, standing: Standing) -> None:
        """One try of a duty. It shows when all is there, or at the end of its time what is."""
        key = (standing.duty, standing.session)
        held = self._held.setdefault(key, {})
        wanted = [name for name in standing.missing if name not in held]
        run = self._begin(standing.duty, standing.source, standing.session, standing.opens_at, len(wanted))
        with ended(self._db, self._clock, run):
            if DUTIES[standing.duty].holds == "chains":
                got = self._gather(standing.duty, wanted, standing.session, None)
            else:
                got = gather_lists(standing.source, wanted, self._lists, standing.session)
            held |= self._agreed(standing, got) if DUTIES[standing.duty].twice else got.found
            report = ImportReport()
            complete = not set(standing.missing) - held.keys()
            if held and (complete or self._clock() >= standing.due_at):
                report = self._publish(list(held.values()))
                self._held.pop(key)
        waiting = None if complete else f"{len(set(standing.missing) - held.keys())} names are still to come"
        self._end(run, got, report, got.reason or waiting)

    def _agreed(self, standing: Standing, got: Gathered) -> Pairs:
        """Names whose open interest is the same as at an earlier read: sources alternate between two days in the morning."""
        agreed, now = {}, self._clock()
        for name, pair in got.found.items():
            key, said = (standing.duty, standing.session, name), _levels(pair[1])
            before = self._read.get(key)
            if before is not None and before[0] == said and now - before[1] >= READ_AGAIN_AFTER:
                agreed[name] = pair
            elif before is None or before[0] != said:
                self._read[key] = (said, now)
        return agreed

    # ------------------------------------------------------------ scans
    def _scan(self) -> None:
        """The scan that is due, and those that were missed."""
        now, source = self._clock(), next(iter(self._fetchers))
        session = now.astimezone(EASTERN).date()
        known = collection.planned(self._db, "scan", source, session)
        planned_at, missed = due_scan(now, [instant for instant, lost in known.items() if not lost])
        for instant in missed if known else []:  # before the first scan of a day nobody waited for any
            if instant in known:
                continue  # it is reported as lost
            collection.miss_run(self._db, "scan", source, session, instant, now, len(self._plan.names), "nothing ran at its time")
        if planned_at is not None:
            run = self._begin("scan", source, session, planned_at, len(self._plan.names))
            with ended(self._db, self._clock, run):
                got = self._gather("scan", self._plan.names, session, EXPIRATIONS)
                report = self._publish(list(got.found.values()))
            self._end(run, got, report, got.reason)

    # ------------------------------------------------------------ the first look
    def _first_look(self) -> None:
        """Where nothing of the names was ever stored: what the source shows now, piece by piece as it arrives."""
        if self._db.value("has_chains", sources=list(self._fetchers)):
            return
        now = self._clock()
        if self._next_look is not None and now < self._next_look:
            return
        self._tries += 1
        self._next_look = now + pause(self._tries)
        try:
            look = live_look(now)
        except RefusedPayload:  # between two days: a little later
            return
        run = self._begin("start", next(iter(self._fetchers)), look.quote_session, now, len(self._plan.names))
        with ended(self._db, self._clock, run):
            got, report = self._piece_by_piece(look.quote_session)
        self._end(run, got, report, got.reason)

    def _piece_by_piece(self, session: date) -> tuple[Gathered, ImportReport]:
        """All names, shown as they arrive."""
        report, got, shown, since = ImportReport(), Gathered(), set[str](), time.monotonic()
        for start in range(0, len(self._plan.names), 4):
            part = self._gather("start", self._plan.names[start : start + 4], session, None, start)
            got.found |= part.found
            got.failed |= part.failed
            got.fallback |= part.fallback
            got.calls, got.requests = got.calls + part.calls, got.requests + part.requests
            if time.monotonic() - since >= SHOWN_EVERY or start + 4 >= len(self._plan.names):
                report.add(self._publish([pair for name, pair in got.found.items() if name not in shown]))
                shown, since = set(got.found), time.monotonic()
        return got, report

    # ------------------------------------------------------------ parts
    def _gather(self, duty: str, names: Sequence[str], session: date, nearest: int | None, before: int = 0) -> Gathered:
        def progress(done: int, _of: int) -> None:
            self.doing = {"duty": duty, "done": before + done, "of": max(len(names), len(self._plan.names))}

        calls, requests = self._asked()
        progress(0, len(names))
        try:
            got = gather(names, self._fetchers, session, nearest, progress, partial(examine, self._db), self._skew)
        finally:
            self.doing = {}
        if held := self._aside.fresh(got.held, session):
            publish_payloads(self._db, self._home, [], self._clock, held)
        after = self._asked()
        got.calls, got.requests = after[0] - calls, after[1] - requests
        self._tell(got)
        return got

    def _tell(self, got: Gathered) -> None:
        """Say once that no source answers, and once that one does again. Of a wrong clock the log has been told already."""
        if self._skew and self._refused:
            self.trouble = self._skew.words()
            return
        left_alone = all(f" {ProviderDown.code}: " in part for why in got.failed.values() for part in why.split("; "))
        if self.trouble and got.failed and not got.found and left_alone:
            return  # why it is left alone was told before
        words = f"No source answers; the collector keeps trying. {_causes(got)}"
        trouble = words if got.failed and not got.found else ""
        if bool(trouble) != bool(self.trouble):
            log.warning("no_source_answers", reason=got.reason) if trouble else log.info("sources_answer_again")
        self.trouble = trouble

    def _publish(self, pairs: list[tuple[Raw, Payload]]) -> ImportReport:
        return publish_payloads(self._db, self._home, pairs, self._clock) if pairs else ImportReport()

    def _begin(self, duty: str, source: str, session: date, planned_at: datetime, names: int) -> int:
        return collection.begin_run(self._db, duty, source, session, planned_at, self._clock(), names)

    def _end(self, run: int, got: Gathered, report: ImportReport, reason: str | None) -> None:
        collection.end_run(
            self._db, run, self._clock(), got.status, reason,
            names=len(got.found), expirations=_expirations(got), calls=got.calls, attempts=got.requests,
            fallback=", ".join(sorted(got.fallback)) or None, **report.fates,
        )  # fmt: skip


def _causes(got: Gathered) -> str:
    """Why each source gives nothing, its first reason without the address that was asked: for people."""
    said: dict[str, str] = {}
    for part in (part for why in got.failed.values() for part in why.split("; ")):
        source, code, reason = (*part.split(": ", 2), "", "")[:3]
        if source in ABOUT and code != ProviderDown.code:
            said.setdefault(ABOUT[source].label, reason.partition(", ")[0])
    return "; ".join(f"{label}: {reason}" for label, reason in said.items())


def _levels(payload: Payload) -> int:
    """A number that is the same for the same open interest of the same contracts."""
    rows = payload.rows.select(*KEY, "open_interest").sort(KEY)
    return int(rows.hash_rows(seed=7).cast(pl.UInt64).sum() or 0) ^ len(rows)


def _expirations(got: Gathered) -> int:
    return sum(payload.rows["expiration"].n_unique() for _, payload in got.found.values())
