"""Open interest of futures: one cycle a minute over all venues side by side, each at its own interval; their lists once a day.

desk = Desk(db, home, clock, switched_on(settings), least_usd, make=Exchanges(settings, clients).make)
cycle(desk)            # the scheduler's job, every 60 s
discover(desk)         # once a day: reads the venues' lists with the next cycle
"""

from collections.abc import Callable, Iterable
from concurrent.futures import wait
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from analytics.futures import Instrument
from core.clock import Clock
from core.errors import DatabaseUnavailable, DiskFull, RefusedPayload
from db import futures, write
from db.database import Database
from ingest import sources
from ingest.futures.lane import Lane, Look
from ingest.futures.listing import read_list, store_list
from ingest.futures.store import account, miss, store_values, switch_off
from ingest.providers.skew import WRONG, Skew
from ingest.raw import Archive
from ingest.sources.futures import Raw, Trouble, Venue
from ingest.sources.futures.shapes import Exchange

log = structlog.get_logger()
PATIENCE = 20.0
"""Seconds that a cycle waits for its venues; what comes later is stored by the next one."""
_KEEP_EVERY = timedelta(hours=1)
_PACK_AFTER = timedelta(hours=1)  # after midnight UTC: nothing of the day before is on its way any more


class Desk:
    """The venues that are looked at, each in a lane of its own.

    least_usd: what an instrument has to trade in 24 hours to be followed. minutes_days: after so many days one value an hour is
    kept; 0: all are. make: the exchange of a venue, with its limits and attempts. skew: nothing is stored while it says that our
    clock is wrong.
    """

    def __init__(
        self, db: Database, home: Path, clock: Clock, venues: Iterable[Venue], least_usd: float,
        make: Callable[[Venue], Exchange], minutes_days: int = 0, patience: float = PATIENCE, skew: Skew | None = None,
    ):  # fmt: skip
        self.db, self.home, self.clock, self.least_usd, self.minutes_days = db, home, clock, least_usd, minutes_days
        self.patience, self.skew = patience, skew
        self.lanes = [Lane(venue, make) for venue in venues]
        self.opened = False
        self.tidied: datetime | None = None
        self.kept: dict[str, datetime] = {}

    @property
    def clock_is_wrong(self) -> bool:
        """Whether nothing may be stored that our clock dates."""
        return self.skew is not None and bool(self.skew.refusal())

    @property
    def clock_is_known(self) -> bool:
        """Whether anybody has said by now that our clock is right, or nobody is asked."""
        return self.skew is None or (self.skew.seconds() is not None and not self.clock_is_wrong)

    def close(self) -> None:
        """Let go of every thread."""
        for lane in self.lanes:
            lane.close()


def discover(desk: Desk) -> None:
    """Read every venue's list with the next cycle, whatever its age."""
    for lane in desk.lanes:
        lane.list_asked, lane.list_tried_at = True, None


def cycle(desk: Desk) -> dict[str, int]:
    """Look at every venue that is due; the values stored, by venue. A failure of one venue is a gap; of the database, an error.

    A venue whose list has just come is looked at in the same cycle.
    """
    if not desk.opened:
        _open(desk)
    stored: dict[str, int] = {}
    unavailable: DatabaseUnavailable | None = None
    for _ in ("lists or looks", "looks after lists"):
        now = desk.clock()
        for lane in desk.lanes:
            try:
                _start(desk, lane, now)
            except DatabaseUnavailable as error:
                unavailable = error
        tasks = [lane.task for lane in desk.lanes if lane.task is not None]
        wait(tasks, timeout=desk.patience)
        for lane in desk.lanes:
            try:
                stored[lane.venue.name] = stored.get(lane.venue.name, 0) + _collect(desk, lane)
            except DatabaseUnavailable as error:
                lane.why_missed, unavailable = "not_stored", error
    if unavailable:
        raise unavailable
    if desk.clock_is_known:
        _tidy(desk)
    return stored


def _open(desk: Desk) -> None:
    """What was followed and stored before this process began; venues that are no longer switched on fall silent on purpose."""
    now = desk.clock()
    with desk.db.transaction() as work:
        for lane in desk.lanes:
            futures.put_venue(work, lane.venue.name, lane.venue.interval)
        known = futures.venues(work)
        for lane in desk.lanes:
            state = known.pop(lane.venue.name)
            lane.cycle_at, lane.listed_at = state["cycle_at"] or lane.due(now) - lane.interval, state["listed_at"]
            rows = futures.followed(work, lane.venue.name)
            ids = [row.pop("instrument_id") for row in rows]
            lane.followed = {row["symbol"]: (place, Instrument(**row)) for place, row in zip(ids, rows, strict=True)}
            lane.last = futures.last_values(work, lane.venue.name, now)
        for name, state in known.items():
            switch_off(work, name, state)
    desk.opened = True


def _start(desk: Desk, lane: Lane, now: datetime) -> None:
    """Begin what is due. A venue that is still at the look before has missed this one."""
    due = lane.due(now)
    if desk.clock_is_wrong:
        _forget(desk, lane)
        lane.start(now, desk.clock)  # only to be told again what time it is
        return
    if due < lane.accounted(now):
        log.warning("futures_clock_behind", venue=lane.venue.name, accounted=str(lane.cycle_at))
    if lane.task is not None and lane.task_for is not None and due > max(lane.task_for, lane.accounted(now)):
        lane.why_missed = "too_slow"
        with desk.db.transaction() as work:
            miss(work, lane, due, Trouble("too_slow", "the look before is still under way"))
        lane.cycle_at = due
    if lane.task is None:
        if desk.clock_is_known and (gone := lane.expired(now)):
            with desk.db.transaction() as work:
                futures.end_instruments(work, gone, now, "expired")
        lane.start(now, desk.clock)


def _collect(desk: Desk, lane: Lane) -> int:
    """Store what a lane has brought; the values stored."""
    try:
        look = lane.taken()
    except Exception as error:  # a fault of ours at one venue must not end the others; the log has the trace
        log.exception("futures_look_failed", venue=lane.venue.name)
        if not desk.clock_is_wrong:
            _missed(desk, lane, lane.task_for or desk.clock(), Trouble("fault", type(error).__name__))
        return 0
    if look is None:
        return 0
    if desk.clock_is_wrong:
        _forget(desk, lane)
        return 0
    if look.parsed is None:
        _take_list(desk, lane, look)
        return 0
    with desk.db.transaction() as work:
        fresh = store_values(work, lane, look.parsed)
        account(work, lane, look.cycle_at, look.parsed)
    lane.last |= fresh
    lane.settle(look.cycle_at)
    _say(lane, look.parsed.trouble)
    if look.parsed.refused:
        _keep(desk, look.raw)
    return len(fresh)


def _forget(desk: Desk, lane: Lane) -> None:
    """What a wrong clock dates counts for nothing: neither its look nor what it made us believe was due, tried or seen."""
    lane.list_tried_at, lane.why_missed, desk.opened = None, WRONG, False


def _say(lane: Lane, trouble: Trouble | None) -> None:
    """Once when a venue fails, once when it fails otherwise, once when it is back."""
    reason = trouble.reason if trouble else ""
    if trouble and reason != lane.said:
        log.warning("futures_trouble", venue=lane.venue.name, reason=reason, detail=trouble.detail)
    elif lane.said and not trouble:
        log.info("futures_back", venue=lane.venue.name)
    lane.said = reason


def _missed(desk: Desk, lane: Lane, cycle_at: datetime, trouble: Trouble) -> None:
    if cycle_at > lane.accounted(cycle_at):
        with desk.db.transaction() as work:
            miss(work, lane, cycle_at, trouble)
        lane.settle(cycle_at)


def _take_list(desk: Desk, lane: Lane, look: Look) -> None:
    """Follow what the list holds. One that cannot be used changes nothing; a venue that never had one misses its cycle."""
    try:
        lists = read_list(lane, look.raw, desk.least_usd)
    except RefusedPayload as error:
        _say(lane, Trouble(error.reason, str(error)))
        if lane.listed_at is None:
            _missed(desk, lane, look.cycle_at, Trouble(error.reason, str(error)))
    else:
        now = desk.clock()
        with desk.db.transaction() as work:
            listed = store_list(work, lane, lists, now)
        lane.followed, lane.listed_at = listed, now
    _keep(desk, look.raw)


def _keep(desk: Desk, raw: Raw) -> None:
    """Put answers into the raw archive: lists always, looks with refused rows once an hour. A full disk costs the bytes alone."""
    now = desk.clock()
    if raw.what == "open_interest" and now - desk.kept.get(raw.venue, now - _KEEP_EVERY) < _KEEP_EVERY:
        return
    archive = Archive(desk.home, desk.clock, desk.db.demo)
    try:
        row = archive.add(sources.Raw(raw.venue, f"{raw.venue}-{raw.what}-{now:%Y%m%dT%H%M%S}.json", raw.packed(), now))
        archive.seal()
    except (OSError, DiskFull) as error:
        log.warning("futures_answers_not_kept", venue=raw.venue, reason=str(error))
        with suppress(OSError):
            archive.drop()
        return
    with desk.db.transaction() as work:
        write.insert_raw_payloads(work, [row])
        futures.keep_payload(work, row["payload_sha256"], raw.venue, raw.what, now)
    if raw.what == "open_interest":
        desk.kept[raw.venue] = now


def _tidy(desk: Desk) -> None:
    """Once a day, an hour after midnight UTC: put finished days together."""
    day = (desk.clock() - _PACK_AFTER).replace(hour=0, minute=0, second=0, microsecond=0)
    if desk.tidied != day:
        packed = futures.tidy(desk.db, day.date(), desk.minutes_days)
        desk.tidied = day
        if packed:
            log.info("futures_packed", days=[str(each) for each in packed])
