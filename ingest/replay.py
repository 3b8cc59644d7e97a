"""Days rebuilt from their raw bytes: read again by today's code, stored beside what stands, compared cell by cell, taken back.

    replay(db, home, clock, session, source).different       # 0: the archive gives exactly what readers see

A replay changes nothing that anybody sees: what it stores is rolled back session by session. A contract that only today's
reading names may stay behind in the list of contracts, with no figure.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import RawPayloadLost, RefusedPayload
from core.sources import DERIVED, SCAN
from db import replay as compared
from db.database import Database, Transaction
from db.replay import Cell
from ingest.derive import between, derive
from ingest.pipeline import read
from ingest.publishing.publish import clean_staged, only_importer
from ingest.publishing.sets import SessionSets, whole
from ingest.publishing.versions import visible
from ingest.raw import read_raw
from ingest.sources import Payload, Raw
from ingest.sources.mapped import shelf
from ingest.sources.reading.near import as_came
from ingest.staging import Parsed, Staged, stage_within

MOST_CELLS = 20  # of one load that are listed
_MOST_ROWS = 3_000_000  # of files that are held while their sessions are replayed
Progress = Callable[[int, int], None]
Load = dict[str, Any]
_File = tuple[Raw, dict[tuple[Any, ...], list[Payload]]]


@dataclass(frozen=True)
class ReplayedLoad:
    """One load that readers see at some moment. why: '' where every cell is equal; cells: the first that differ."""

    load_id: int
    source: str
    slot: str
    session_date: date
    quote_session: date
    known_at: datetime
    file_name: str
    rows: int
    equal: bool
    why: str = ""
    cells: tuple[Cell, ...] = ()


@dataclass
class Replay:
    """What came of it. flags: sessions whose derived flags differ; days: (source, quote session) that were replayed."""

    days: int = 0
    equal: int = 0
    different: int = 0
    rows: int = 0
    flags: list[str] = field(default_factory=list)
    loads: list[ReplayedLoad] = field(default_factory=list)
    seconds: float = 0.0


def replay(
    db: Database,
    home: Path,
    clock: Clock,
    session: date | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> Replay:
    """Rebuild every session, or one of them, of every source, or of one, and say where a cell differs from what is stored."""
    started, found = time.perf_counter(), Replay()
    with only_importer(db):
        clean_staged(db, home, clock)
        days, again = compared.sets(db, source, session), _Again(db, home, clock)
        for done, (of_source, day) in enumerate(days, start=1):
            found.loads += again.day(of_source, day)
            if progress:
                progress(done, len(days))
        for of_source in sorted({of_source for of_source, _ in days}):
            found.flags += _flags(db, of_source, [day for each, day in days if each == of_source])
    found.days, found.rows = len(days), sum(load.rows for load in found.loads)
    found.equal = sum(load.equal for load in found.loads)
    found.different = len(found.loads) - found.equal
    found.seconds = round(time.perf_counter() - started, 3)
    return found


class _Again:
    """Reads kept bytes again; remembers the files whose sessions follow each other."""

    def __init__(self, db: Database, home: Path, clock: Clock):
        self._db, self._home, self._clock = db, home, clock
        self._mappings, self._sets = shelf(home), SessionSets(db, home)
        self._read: dict[tuple[Any, ...], _File] = {}
        self._sizes: dict[tuple[Any, ...], int] = {}
        self._rows = 0

    def day(self, source: str, day: date) -> list[ReplayedLoad]:
        """Every load of a session of a source that some reader sees at some moment."""
        loads = self._db.dicts("set_loads", source=source, sessions=[day])
        if source == DERIVED:
            return self._following(day, {load["load_id"]: load | {"source": source} for load in loads})
        pairs, faults = [], {}
        bases = [load for load in loads if load["reason"] is None]
        for load in bases:
            try:
                pairs.append((load["load_id"], *self._part(source, load)))
            except (RefusedPayload, RawPayloadLost) as error:
                faults[load["load_id"]] = str(error)
        parsed = self._sets.parsed([(raw, payload) for _, raw, payload in pairs])
        files = {pair[0]: one for pair, one in zip(pairs, parsed, strict=True)}
        staged = self._wanted([load for load in bases if load["load_id"] in files], files)
        with self._db.transaction() as work:
            try:
                stood = [_Seen(*(load[name] for name in ("load_id", "slot", "known_at", "withdrawn_at"))) for load in loads]
                by_id = {load["load_id"]: load | {"source": source} for load in loads}
                return _held_against(work, by_id, stood, _stored(work, staged, self._sets), faults)
            finally:
                work.connection.rollback()

    def _following(self, day: date, loads: dict[int, Load]) -> list[ReplayedLoad]:
        """What follows from chains has no bytes of its own: it is derived anew from those that stand."""
        with self._db.transaction() as work:
            try:
                twins, wrong = between.again(work, sorted({load["session_date"] for load in loads.values()}), self._clock())
                pairs = [pair for pair in twins if pair[0] in loads]
                cells = compared.differences(work, day, pairs) if pairs else []
            finally:
                work.connection.rollback()
        found = [_replayed(loads[pair[0]], "", differ) for pair, differ in zip(pairs, cells, strict=True)]
        return found + [_replayed(loads[each], "it follows from no chains that stand", []) for each in wrong if each in loads]

    def _wanted(self, bases: list[Load], files: dict[int, Parsed]) -> list[Staged]:
        """The loads that these files ask for by themselves, or, as parts of a set of changes, together."""
        if files and bases[0]["holds"] == "changes":
            return self._sets.anew(bases, files)
        ends = {load["load_id"]: load["withdrawn_at"] for load in bases}
        return [Staged(one, replace(whole(one), withdrawn_at=ends[load_id])) for load_id, one in files.items()]

    def _part(self, source: str, load: Load) -> tuple[Raw, Payload]:
        """The raw bytes of a load, and the part of what they say that it was made of."""
        raw, parts = self._file(source, load)
        fits = parts.get((source, load["slot"], load["quote_session"]))
        if not fits:
            words = f"{raw.file_name} is not read as {load['slot']} of {load['quote_session']} any more."
            raise RefusedPayload("not_recognised", words)
        return raw, next((payload for payload in fits if payload.known_at == load["known_at"]), fits[0])

    def _file(self, source: str, load: Load) -> _File:
        """A file and its payloads by source, slot and session; read once while its sessions follow each other."""
        key = (load["payload_sha256"], load["received_at"], load["file_name"], source.endswith(SCAN))
        if key not in self._read:
            kept = read_raw(self._db, self._home, load["payload_sha256"])
            raw = replace(as_came(kept, source, load["file_name"]), received_at=load["received_at"])
            parts: dict[tuple[Any, ...], list[Payload]] = {}
            for payload in read(raw, self._mappings):
                parts.setdefault((payload.source, payload.slot, payload.quote_session), []).append(payload)
            rows = sum(len(payload.rows) for of_part in parts.values() for payload in of_part)
            while self._read and self._rows + rows > _MOST_ROWS:
                self._rows -= self._sizes.pop(gone := next(iter(self._read)))
                del self._read[gone]
            self._read[key], self._sizes[key], self._rows = (raw, parts), rows, self._rows + rows
        return self._read[key]


@dataclass(frozen=True)
class _Seen:
    """A load as a reader may see it."""

    load_id: int
    slot: str
    known_at: datetime
    withdrawn_at: datetime | None


def _stored(work: Transaction, staged: list[Staged], sets: SessionSets) -> list[_Seen]:
    """Store them, in rounds: two loads of one payload and stamp, of which one is withdrawn, are told apart by their order."""
    twins: list[_Seen] = []
    while staged:
        first: dict[tuple[Any, ...], Staged] = {}
        again = [
            one
            for one in staged
            if first.setdefault((one.parsed.raw.sha256, one.version.slot, one.version.known_at, one.version.again), one)
            is not one
        ]
        ids = stage_within(work, list(first.values()), [], False, sets.ids)
        for load_id, one in zip(ids, first.values(), strict=True):
            twins.append(_Seen(load_id, one.version.slot, one.version.known_at, one.version.withdrawn_at))
        staged = again
    return twins


def _held_against(
    work: Transaction, loads: dict[int, Load], stood: list[_Seen], twins: list[_Seen], faults: dict[int, str]
) -> list[ReplayedLoad]:
    """What a reader sees of each slot at each moment, stored and rebuilt. faults: why bytes gave nothing, by load."""
    moments = {at for each in (*stood, *twins) for at in (each.known_at, each.withdrawn_at) if at is not None}
    pairs: dict[tuple[int, int], None] = {}
    why: dict[int, str] = {}
    for moment in sorted(moments):
        before, after = visible(stood, moment), visible(twins, moment)
        for slot, one in before.items():
            if slot in after:
                pairs[one.load_id, after[slot].load_id] = None
            else:
                why[one.load_id] = faults.get(one.load_id, f"its bytes give nothing at {moment:%Y-%m-%d %H:%M:%S} UTC")
    cells: dict[int, list[Cell]] = {load_id: [] for load_id in (*(stored for stored, _ in pairs), *why)}
    if pairs:
        session = next(iter(loads.values()))["quote_session"]
        for (load_id, _), found in zip(pairs, compared.differences(work, session, list(pairs)), strict=True):
            cells[load_id] += found
    return [_replayed(loads[load_id], why.get(load_id, ""), found) for load_id, found in sorted(cells.items())]


def _replayed(load: Load, why: str, cells: list[Cell]) -> ReplayedLoad:
    words = why or (f"{len(cells):,} cells differ" if cells else "")
    names = ("load_id", "slot", "session_date", "quote_session", "known_at", "file_name")
    told = {name: load[name] for name in names}
    return ReplayedLoad(
        **told, source=load["source"], rows=load["rows_published"], equal=not words, why=words, cells=tuple(cells[:MOST_CELLS])
    )


def _flags(db: Database, source: str, days: list[date]) -> list[str]:
    """Sessions whose flags come out otherwise when they are derived again; what was derived is rolled back."""
    with db.transaction() as work:
        try:
            before = compared.states(work, source)
            derive(work, source, days)
            after = compared.states(work, source)
        finally:
            work.connection.rollback()
    return [f"{source} {day}" for day in sorted(before.keys() | after.keys()) if before.get(day) != after.get(day)]
