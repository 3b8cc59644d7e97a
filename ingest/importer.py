"""One import: takes parsed payloads, stores them out of sight while more are read, and shows them all in one flip."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from core.clock import Clock
from core.errors import RefusedPayload
from db import write
from db.database import Database
from ingest.publish import flip
from ingest.raw import Archive
from ingest.sets import SessionSets
from ingest.sources import Payload, Raw
from ingest.staging import Parsed, Staged, is_finished, refused_row, stage
from ingest.versions import check

_WRITERS = 2


@dataclass
class ImportReport:
    """What an import did. rows_in = published + quarantined + duplicates; refused counts whole files."""

    files: int = 0
    refused: int = 0
    rows_in: int = 0
    published: int = 0
    quarantined: int = 0
    duplicates: int = 0
    sessions: int = 0
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    refusals: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)


class Importer:
    """Use as a context manager, within `only_importer`: leaving it without `finish` leaves nothing visible."""

    def __init__(self, db: Database, home: Path, clock: Clock):
        self.report = ImportReport()
        self._db, self._home, self._clock = db, home, clock
        self._archive, self._sets = Archive(home, clock), SessionSets(db, home)
        self._pool = ThreadPoolExecutor(_WRITERS, "stage")
        self._known: dict[str, int | RefusedPayload] = {}
        self._archived: set[str] = set()
        self._noted: set[tuple[str, str]] = set()
        self._pending: list[tuple[Raw, Payload]] = []
        self._month: tuple[int, int] | None = None
        self._writing: list[tuple[list[Staged], Future[dict[int, date]]]] = []
        self._refused: list[dict[str, Any]] = []
        self._reasons: Counter[str] = Counter()

    def __enter__(self) -> "Importer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._archive.drop()

    def meet(self, hashes: Sequence[str]) -> set[str]:
        """Look up payloads that are about to be taken; those that need no parsing, because they are published already."""
        known = {sha256: int(rows) for sha256, rows in self._db.rows("known_payloads", hashes=list(hashes))}
        self._known |= known
        self._archived |= {row[0] for row in self._db.rows("archived_payloads", hashes=list(hashes))}
        self._noted |= {(row[0], row[1]) for row in self._db.rows("refused_payloads", hashes=list(hashes))}
        return self._known.keys() & set(hashes)

    def take(self, raw: Raw, outcome: Payload | RefusedPayload | None) -> None:
        """One file. None: its bytes were met before, published or earlier in this import."""
        self.report.files += 1
        before = self._known.get(raw.sha256)
        if before is not None:
            self._again(raw, before)
        elif isinstance(outcome, Payload):
            self._take_payload(raw, outcome)
        elif outcome is not None:
            self._refuse(raw, outcome)

    def finish(self, started: float) -> ImportReport:
        """Wait until all is stored, seal the archive, flip. `started`: time.perf_counter() at the beginning."""
        self._store_pending()
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

    def _take_payload(self, raw: Raw, payload: Payload) -> None:
        try:
            check(payload)
        except RefusedPayload as refused:
            self._refuse(raw, refused, payload.source)
            return
        month = (payload.quote_session.year, payload.quote_session.month)
        if self._pending and month != self._month:
            self._store_pending()
        self._month = month
        self._known[raw.sha256] = payload.rows_in
        self._pending.append((raw, payload))

    def _refuse(self, raw: Raw, refused: RefusedPayload, source: str | None = None) -> None:
        self._known[raw.sha256] = refused
        self.report.refused += 1
        self.report.refusals.append({"file": raw.file_name, "reason": refused.reason, "message": str(refused)})
        if (raw.sha256, refused.reason) not in self._noted:
            self._noted.add((raw.sha256, refused.reason))
            self._refused.append({"raw": self._archived_row(raw), "load": refused_row(raw, source, refused.reason, str(refused))})

    def _archived_row(self, raw: Raw) -> dict[str, Any] | None:
        """The row of `raw_payloads` for a payload that the archive does not have yet."""
        if raw.sha256 in self._archived:
            return None
        self._archived.add(raw.sha256)
        return self._archive.add(raw)

    def _store_pending(self) -> None:
        """Hand what is pending, all of one month, to the writers: a finished month at once, else session by session."""
        pending, self._pending = self._pending, []
        parsed = self._sets.parsed(pending)
        chosen: list[Staged] = []
        for source in sorted({one.payload.source for one in parsed}):
            chosen += self._versions(source, [one for one in parsed if one.payload.source == source])
        groups: dict[date | None, list[Staged]] = {}
        for one in chosen:
            session = one.parsed.payload.quote_session
            groups.setdefault(None if is_finished(session, self._clock) else session, []).append(one)
        for day, group in groups.items():
            rows = [row for one in group if not one.version.again and (row := self._archived_row(one.parsed.raw)) is not None]
            self._writing.append((group, self._pool.submit(stage, self._db, group, rows, day is None, self._sets.ids)))

    def _versions(self, source: str, parsed: list[Parsed]) -> list[Staged]:
        sessions = sorted({one.payload.quote_session for one in parsed})
        if self._writing and any(one.parsed.payload.quote_session in sessions for group, _ in self._writing for one in group):
            for _, future in self._writing:  # a late part of a set already handed over: it has to see the others stored
                future.result()
        with self._db.transaction() as work:
            staged, unfit = self._sets.versions(work, source, sessions, parsed)
        for one, refused in unfit:
            self._refuse(one.raw, refused, source)
        return staged

    def _note_refused(self) -> None:
        with self._db.transaction() as work:
            write.insert_raw_payloads(work, [note["raw"] for note in self._refused if note["raw"]])
            write.insert_loads(work, [note["load"] for note in self._refused])

    def _count(self, stored: Iterable[Staged]) -> None:
        """Rows of this import's own payloads, as their last version shows them."""
        last: dict[str, Staged] = {}
        first: set[str] = set()
        for one in (one for one in stored if one.version.withdrawn_at is None):
            if not one.version.again:
                first.add(one.parsed.raw.sha256)
            known = last.get(one.parsed.raw.sha256)
            if known is None or one.version.known_at >= known.version.known_at:
                last[one.parsed.raw.sha256] = one
        for one in (last[sha256] for sha256 in first):
            payload, published = one.parsed.payload, len(one.rows)
            held = len(payload.rows) - published
            self.report.rows_in += payload.rows_in
            self.report.published += published
            self.report.quarantined += len(payload.quarantined) + held
            self.report.duplicates += payload.duplicates
            own = set(payload.quarantined["line_number"])
            self._reasons.update(payload.quarantined["reason"])
            self._reasons.update(reason for line, reason in one.version.held if line not in own)
            self.report.warnings += [{"file": one.parsed.raw.file_name, "warning": warning} for warning in payload.warnings]
        self.report.reasons = dict(self._reasons.most_common())
