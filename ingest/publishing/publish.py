"""Publishing by pointer: staged loads become visible in one short transaction, withdrawn ones invisible in another.

One importer works in a database at a time. What a killed one left staged nobody ever saw, and the next one deletes it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog

from core.clock import Clock
from core.errors import ImportBusy, LoadNotFound
from core.roots import INDEXES
from core.sources import DERIVED
from db import write
from db.database import Database, Transaction
from db.free import rebuild_free
from ingest import raw as archive
from ingest.derive import between, derive
from ingest.publishing.sets import SessionSets
from ingest.staging import stage_within

log = structlog.get_logger()
_POLL = 0.2


@contextmanager
def only_importer(db: Database, wait: float = 120.0) -> Iterator[None]:
    """Inside, nobody else imports into this database. `wait` [s] for another to finish, then ImportBusy."""
    deadline = time.monotonic() + wait
    with db.transaction() as guard:
        while not guard.value("try_import_lock"):
            guard.connection.commit()
            if time.monotonic() > deadline:
                raise ImportBusy()
            time.sleep(_POLL)
        guard.connection.commit()  # the lock belongs to the connection; an open transaction would be cut off by its timeout
        try:
            yield
        finally:
            if not guard.connection.closed:
                guard.connection.rollback()
                guard.value("free_import_lock")
                guard.connection.commit()


def clean_staged(db: Database, home: Path, clock: Clock) -> int:
    """Delete what a crash left staged, and pack finished months. Call it as the only importer. Returns the loads deleted."""
    with db.transaction() as work:
        work.rows("wait_for_staging")
        deleted = write.delete_staged(work)
    archive.sweep(home)
    archive.settle(db, home)
    for parent, month in db.rows("months_to_pack", today=clock().date()):
        with db.transaction() as work:
            work.value("pack_month", parent=parent, month=month)
    if deleted:
        log.warning("staged_loads_deleted", loads=deleted)
    return deleted


def flip(
    db: Database, staged: write.Staged, at: datetime, ended: Mapping[int, datetime] | None = None, dropped: Iterable[int] = ()
) -> int:
    """Show staged loads and what follows from them, and take out those `dropped`, in one durable transaction.

    Returns the data version; see `write.flip`.
    """
    followed = between.stage(db, (load_id for loads in staged.values() for load_id in loads), at)
    with db.transaction() as work:
        work.execute("commit_firmly")
        version = _show(work, staged, at, ended, dropped, followed)
        _settle(work, {source: set(loads.values()) for source, loads in staged.items()}, followed, at)
    log.info("flipped", data_version=version, loads=sum(map(len, staged.values())))
    return version


def withdraw(db: Database, home: Path, load_id: int, why: str, clock: Clock) -> int:
    """Take a wrongly published load out of view from now on; earlier readers still see it. Returns the data version."""
    with only_importer(db):
        clean_staged(db, home, clock)
        load, now = _family(db, load_id, "withdrawn", "published", "superseded"), clock()
        version = _change_view(db, home, load, now, lambda work: work.execute("withdraw_family", at=now, why=why, **load))
    log.info("load_withdrawn", load_id=load_id, data_version=version)
    return version


def undo_withdrawal(db: Database, home: Path, load_id: int, clock: Clock) -> int:
    """Bring a withdrawn load back. LoadNotFound where it is not withdrawn, or another with its stamp took its place."""
    with only_importer(db):
        clean_staged(db, home, clock)
        load = _family(db, load_id, "brought back", "withdrawn")
        if db.value("same_stamp_stands", **load):
            raise LoadNotFound(f"Another load with the stamp of load {load_id} took its place; withdraw that one first.")
        version = _change_view(db, home, load, clock(), lambda work: work.execute("restore_family", **load))
    log.info("load_restored", load_id=load_id, data_version=version)
    return version


@dataclass(frozen=True)
class Derived:
    """What deriving again did."""

    sessions: int
    states: int
    seconds: float


def derive_again(db: Database, clock: Clock, first: date, last: date) -> Derived:
    """Derive every stored session from `first` to `last` again, for all sources, in one flip with a new data version."""
    begin, sessions, states = clock(), 0, 0
    with only_importer(db), db.transaction() as work:
        days = [row[0] for row in work.rows("chain_sessions_between", first=first, last=last)]
        _show(work, {}, begin, None, (), between.stage_within(work, days, [], begin))
        for source, stored in work.rows("derive_stored_sessions", first=first, last=last):
            made = derive(work, source, stored)
            sessions, states = sessions + (len(stored) if made else 0), states + made  # nothing follows from rates or prices
        rebuild_free(work)
    return Derived(sessions, states, (clock() - begin).total_seconds())


def _family(db: Database, load_id: int, wish: str, *states: str) -> dict[str, Any]:
    """A load in one of these states, with what names its whole family: the loads of its payload in its slot and session."""
    found = db.dicts("load_family", load_id=load_id)
    if not found:
        raise LoadNotFound(f"There is no load {load_id}. `oiflow sessions` lists them.")
    if found[0]["payload_sha256"] is None:
        inputs = " and ".join(map(str, found[0]["inputs"]))
        raise LoadNotFound(f"Load {load_id} follows from loads {inputs}. Withdraw the wrong one of these.")
    if (state := found[0]["state"]) not in states:
        raise LoadNotFound(f"Load {load_id} is {state}; only a {' or '.join(states)} one can be {wish}.")
    return found[0]


def _change_view(db: Database, home: Path, load: Mapping[str, Any], at: datetime, change: Callable[[Transaction], object]) -> int:
    """Change the family of a load, and show its session as it then has to be, in one durable transaction: the data version."""
    source, session = load["source"], load["quote_session"]
    with db.transaction() as work:
        work.execute("commit_firmly")
        change(work)
        sets = SessionSets(db, home)
        again, _ = sets.versions(work, source, [session], [])
        staged = stage_within(work, again, [], False, sets.ids) if again else {}
        ends = {load_id: one.version.withdrawn_at for load_id, one in zip(staged, again, strict=True)}
        ended = {load_id: since for load_id, since in ends.items() if since}
        work.execute("rank_loads", source=source, sessions=[session])
        followed = between.stage_within(work, [load["session_date"]], list(staged), at)
        version = _show(work, {source: staged}, at, ended, sets.dropped, followed)
        _settle(work, {source: {session}}, followed, at)
    return version


def _show(
    work: Transaction,
    staged: write.Staged,
    at: datetime,
    ended: Mapping[int, datetime] | None,
    dropped: Iterable[int],
    followed: between.Followed,
) -> int:
    """Flip loads, and with them the changes that follow from chains. Returns the data version."""
    version = write.flip(work, staged | {DERIVED: followed.staged}, at, ended, {*dropped, *followed.dropped})
    write.end_derived(work, DERIVED, followed.ends, followed.sessions)
    return version


def _settle(work: Transaction, changed: Mapping[str, set[date]], followed: between.Followed, at: datetime) -> None:
    """What follows from a new view: flags of these sessions and their neighbours, names, and what free visitors see."""
    for source, sessions in changed.items():
        derive(work, source, sorted(sessions))
    derive(work, DERIVED, sorted(followed.sessions))
    named = work.execute("name_underlyings", indexes=sorted(INDEXES))
    if named or write.free_view_touched(work, followed.sessions.union(*changed.values()), at):
        rebuild_free(work)
