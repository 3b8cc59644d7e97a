"""One import: takes parsed payloads, stores them out of sight while more are read, and shows them all in one flip."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from core.clock import Clock
from core.errors import RefusedPayload
from core.sources import ABOUT, REFERENCE, SCANS, About
from db import write
from db.database import Database
from ingest.publishing.counts import Counts
from ingest.publishing.publish import flip
from ingest.publishing.sets import SessionSets
from ingest.publishing.versions import check
from ingest.raw import Archive, doubt
from ingest.sources import Payload, Raw
from ingest.sources.reading.near import Identity, identity
from ingest.staging import Parsed, Staged, is_finished, refused_row, stage

_WRITERS = 2
_MOST_WAITING, _PER_PAYLOAD = 2_000_000, 50
"""Rows that wait for the rest of their month at most; a payload of few rows costs as much memory as some more."""
Month = tuple[int, int]


@dataclass
class ImportReport(Counts):
    """What an import did."""

    sessions: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    refusals: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)


Reasons = Mapping[tuple[str, str], RefusedPayload]
"""sha256 and file name of files, and why each is kept aside."""


@dataclass
class Parts:
    """How many payloads a file has, and what became of those that were refused."""

    count: int
    refused: int = 0
    note: dict[str, str] = field(default_factory=dict)


class Importer:
    """Use as a context manager, within `only_importer`: leaving it without `finish` leaves nothing visible.

    held: files that are kept aside whatever they say. Their bytes alone do not tell why, so the archive does.
    """

    def __init__(self, db: Database, home: Path, clock: Clock, held: Reasons | None = None):
        self.report = ImportReport()
        self._db, self._home, self._clock = db, home, clock
        self._archive, self._sets = Archive(home, clock, db.demo), SessionSets(db, home)
        self._pool = ThreadPoolExecutor(_WRITERS, "stage")
        self._known: dict[Identity, int | RefusedPayload] = {}
        self._archived: set[Identity] = set()
        self._raw_rows: dict[Identity, dict[str, Any]] = {}
        self._held: Reasons = held or {}
        self._noted: set[tuple[str, str]] = set()
        self._declared: set[str] = set()
        self._pending: dict[Month, list[tuple[Raw, Payload]]] = {}
        self._weight = 0
        self._handed: set[tuple[str, date]] = set()
        self._parts: dict[Identity, Parts] = {}
        self._writing: list[tuple[list[Staged], Future[dict[int, date]]]] = []
        self._refused: list[dict[str, Any]] = []
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> "Importer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._archive.drop()
        if kind is not None and self._archive.sealed is not None:
            doubt(self._db, self._archive.sealed)

    def meet(self, payloads: Sequence[Identity]) -> set[Identity]:
        """Look up payloads that are about to be taken; those that need no parsing, because they are published already."""
        hashes, scans = [sha256 for sha256, _ in payloads], list(SCANS)
        known = self._db.rows("known_payloads", hashes=hashes, scans=scans)
        archived = self._db.rows("archived_payloads", hashes=hashes, scans=scans)
        self._known |= {(sha256, scan): int(rows) for sha256, scan, rows in known}
        self._archived |= {(sha256, scan) for sha256, scan in archived}
        self._noted |= {(row[0], row[1]) for row in self._db.rows("refused_payloads", hashes=hashes)}
        return self._known.keys() & set(payloads)

    def take(self, raw: Raw, outcome: list[Payload] | RefusedPayload | None) -> None:
        """One file. None: its bytes were met before, published or earlier in this import."""
        self.report.files += 1
        before, outcome = self._known.get(identity(raw)), self._held.get((raw.sha256, raw.file_name), outcome)
        if before is not None:
            self._again(raw, before)
        elif isinstance(outcome, RefusedPayload):
            self._refuse(raw, outcome)
        elif outcome is not None:
            self._take_payloads(raw, outcome)

    def finish(self, started: float) -> ImportReport:
        """Wait until all is stored, seal the archive, flip. `started`: time.perf_counter() at the beginning."""
        self._store_pending(list(self._pending))
        stored = self._stored()
        staged: write.Staged = {}
        for load_id, one in stored.items():
            staged.setdefault(one.parsed.payload.source, {})[load_id] = one.parsed.payload.quote_session
        self._archive.seal()
        if self._refused:
            self._note_refused()
        if staged:
            ended = {load_id: one.version.withdrawn_at for load_id, one in stored.items() if one.version.withdrawn_at}
            flip(self._db, staged, self._clock(), ended, self._sets.dropped)
        self._count(stored.values())
        self.report.sessions = len({(source, day) for source, loads in staged.items() for day in loads.values()})
        self.report.seconds = round(time.perf_counter() - started, 3)
        return self.report

    def _stored(self) -> dict[int, Staged]:
        """Load id -> what was stored under it, without what a later part of this import made wrong."""
        stored = [pair for group, future in self._writing for pair in zip(future.result(), group, strict=True)]
        return {load_id: one for load_id, one in stored if load_id not in self._sets.dropped}

    def _again(self, raw: Raw, before: int | RefusedPayload) -> None:
        if isinstance(before, RefusedPayload):
            self._refuse(raw, before)
        else:
            self.report.rows_in += before
            self.report.duplicates += before

    def _take_payloads(self, raw: Raw, payloads: list[Payload]) -> None:
        try:
            for payload in payloads:
                check(payload)
        except RefusedPayload as refused:
            self._declare(payload.about or ABOUT[payload.source])
            self._refuse(raw, refused, payload.source)
            return
        self._known[identity(raw)] = sum(payload.rows_in for payload in payloads)
        self._parts[identity(raw)] = Parts(len(payloads))
        touched: set[Month] = set()
        for payload in sorted(payloads, key=lambda each: each.quote_session):
            self._declare(payload.about or ABOUT[payload.source])
            month = (payload.quote_session.year, payload.quote_session.month)
            touched.add(month)
            self._pending.setdefault(month, []).append((raw, payload))
            self._weight += _PER_PAYLOAD + len(payload.rows)
        full = self._weight > _MOST_WAITING
        self._store_pending([month for month in self._pending if full or month not in touched])

    def _declare(self, about: About) -> None:
        """Write down what is known about a source, once: its loads name it."""
        if about.source not in self._declared:
            with self._db.transaction() as work:
                write.declare_sources(work, [asdict(about)])
            self._declared.add(about.source)

    def _refuse(self, raw: Raw, refused: RefusedPayload, source: str | None = None) -> None:
        self._known[identity(raw)] = refused
        self.report.refused += 1
        self.report.refusals.append({"file": raw.file_name, "reason": refused.reason, "message": str(refused)})
        self._note(raw, refused, source)

    def _refuse_part(self, one: Parsed, refused: RefusedPayload, source: str) -> None:
        """Refuse one payload of a file; all of them is the whole file."""
        parts = self._parts[identity(one.raw)]
        if parts.count == 1:
            self._refuse(one.raw, refused, source)
            return
        parts.refused += 1
        if parts.refused == 1:
            self.report.refusals.append(parts.note)
        last = f"{one.payload.slot} of {one.payload.quote_session}"
        words = f"{refused} That holds for {parts.refused} of its {parts.count} parts, the last {last}."
        parts.note |= {"file": one.raw.file_name, "reason": refused.reason, "message": words}
        self.report.refused += parts.refused == parts.count
        self._note(one.raw, refused, source)

    def _note(self, raw: Raw, refused: RefusedPayload, source: str | None) -> None:
        if (raw.sha256, refused.reason) not in self._noted:
            self._noted.add((raw.sha256, refused.reason))
            if source is None and raw.source in ABOUT:
                source = raw.source
                self._declare(ABOUT[source])
            self._refused.append({"raw": self._archived_row(raw), "load": refused_row(raw, source, refused.reason, str(refused))})

    def _archived_row(self, raw: Raw) -> dict[str, Any] | None:
        """The row of `raw_payloads` for a payload that was not archived before this import.

        Whoever stores a part of the file stores the row: parts go in at once, and none may lean on another's transaction.
        """
        payload = identity(raw)
        if payload in self._archived:
            return None
        if payload not in self._raw_rows:
            self._raw_rows[payload] = self._archive.add(raw, self._held.get((raw.sha256, raw.file_name)))
        return self._raw_rows[payload]

    def _store_pending(self, months: list[Month]) -> None:
        """Hand what is pending of some months to the writers: a finished month at once, else session by session."""
        pending = [pair for month in sorted(months) for pair in self._pending.pop(month)]
        if not pending:
            return
        self._weight -= sum(_PER_PAYLOAD + len(payload.rows) for _, payload in pending)
        parsed = self._sets.parsed(pending)
        by_source: dict[str, list[Parsed]] = {}
        for one in parsed:
            by_source.setdefault(one.payload.source, []).append(one)
        groups: dict[tuple[object, ...], list[Staged]] = {}
        for staged in (each for source in sorted(by_source) for each in self._versions(source, by_source[source])):
            groups.setdefault(self._group(staged.parsed.payload), []).append(staged)
        for (finished, *_), group in groups.items():
            raws = {identity(one.parsed.raw): one.parsed.raw for one in group if not one.version.again}
            rows = [row for payload in sorted(raws) if (row := self._archived_row(raws[payload])) is not None]
            self._writing.append((group, self._pool.submit(stage, self._db, group, rows, bool(finished), self._sets.ids)))

    def _group(self, payload: Payload) -> tuple[object, ...]:
        """What is stored together: a finished month, a session, or, where rows lie in no table of their own, all there is."""
        session = payload.quote_session
        if payload.holds in ("prices", "bars", *REFERENCE):
            return True, payload.holds
        return (True, session.year, session.month) if is_finished(session, self._clock) else (False, session)

    def _versions(self, source: str, parsed: list[Parsed]) -> list[Staged]:
        sessions = sorted({one.payload.quote_session for one in parsed})
        if not self._handed.isdisjoint((source, session) for session in sessions):
            for _, future in self._writing:  # a late part of a set already handed over: it has to see the others stored
                future.result()
        self._handed.update((source, session) for session in sessions)
        with self._db.transaction() as work:
            staged, judged = self._sets.versions(work, source, sessions, parsed)
        for one, refused in judged.refused:
            self._refuse_part(one, refused, source)
        for one in judged.repeated:
            self.report.rows_in += one.payload.rows_in
            self.report.duplicates += one.payload.rows_in
        return staged

    def _note_refused(self) -> None:
        with self._db.transaction() as work:
            write.insert_raw_payloads(work, [note["raw"] for note in self._refused if note["raw"]])
            write.insert_loads(work, [note["load"] for note in self._refused])

    def _count(self, stored: Iterable[Staged]) -> None:
        """Rows of this import's own payloads, as their last version shows them."""
        last: dict[tuple[object, ...], Staged] = {}
        first: set[tuple[object, ...]] = set()
        for one in (one for one in stored if one.version.withdrawn_at is None):
            payload = one.parsed.payload
            key = (one.parsed.raw.sha256, payload.source, payload.slot, payload.quote_session, payload.known_at)
            if not one.version.again:
                first.add(key)
            known = last.get(key)
            if known is None or one.version.known_at >= known.version.known_at:
                last[key] = one
        for one in (last[key] for key in first):
            payload, published = one.parsed.payload, len(one.rows)
            held = len(payload.rows) - published
            self.report.rows_in += payload.rows_in
            self.report.published += published
            self.report.quarantined += len(payload.quarantined) + held
            self.report.duplicates += payload.duplicates
            if len(payload.quarantined) or one.version.held:
                own = set(payload.quarantined["line_number"])
                self._reasons.update(payload.quarantined["reason"])
                self._reasons.update(reason for line, reason in one.version.held if line not in own)
            self.report.warnings += [{"file": one.parsed.raw.file_name, "warning": warning} for warning in payload.warnings]
        self.report.reasons = dict(self._reasons.most_common())
