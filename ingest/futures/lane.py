"""One venue at work: its exchange and its one thread, what is followed, what was stored last, which cycles are due."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from analytics.futures import Instrument
from core.clock import Clock
from ingest.sources.futures import Parsed, Raw, Venue, fetch, fetch_instruments, parse
from ingest.sources.futures.shapes import Exchange

_LIST_EVERY = timedelta(hours=24)
_LIST_AGAIN = timedelta(minutes=15)  # after a list that could not be read
_FIRST_LIST_AGAIN = timedelta(seconds=30)  # the same, while there is none at all


@dataclass(frozen=True)
class Look:
    """What a lane's thread brings for the cycle due at `cycle_at`: a list (parsed None), or the open interest."""

    cycle_at: datetime
    raw: Raw
    parsed: Parsed | None


@dataclass
class Lane:
    """A venue's exchange is used by its own thread alone, so one that is slow holds up nobody else.

    followed: symbol -> (instrument_id, instrument). last: instrument_id -> (figure, known_at) as stored. cycle_at: latest cycle
    accounted for. why_missed: reason of cycles that nobody looked at. said: the trouble that the log told last.
    """

    venue: Venue
    make: Callable[[Venue], Exchange]
    followed: dict[str, tuple[int, Instrument]] = field(default_factory=dict)
    last: dict[int, tuple[float, datetime]] = field(default_factory=dict)
    cycle_at: datetime | None = None
    listed_at: datetime | None = None
    list_tried_at: datetime | None = None
    list_asked: bool = False
    why_missed: str = "collector_down"
    said: str = ""
    task: "Future[Look] | None" = None
    task_for: datetime | None = None
    exchange: Exchange = None
    pool: ThreadPoolExecutor | None = None

    @property
    def interval(self) -> timedelta:
        """Between two cycles."""
        return timedelta(seconds=self.venue.interval)

    def due(self, now: datetime) -> datetime:
        """The latest cycle due: whole intervals of the UTC clock."""
        return datetime.fromtimestamp(now.timestamp() // self.venue.interval * self.venue.interval, UTC)

    def wants_list(self, now: datetime) -> bool:
        """Whether the list is old or asked for, and was not tried in vain a moment ago."""
        old = self.list_asked or self.listed_at is None or now - self.listed_at >= _LIST_EVERY
        pause = _FIRST_LIST_AGAIN if self.listed_at is None else _LIST_AGAIN
        return old and (self.list_tried_at is None or now - self.list_tried_at >= pause)

    def accounted(self, now: datetime) -> datetime:
        """The latest cycle that is accounted for; before the first one, that before `now`."""
        return self.cycle_at or self.due(now) - self.interval

    def settle(self, cycle_at: datetime) -> None:
        """This cycle is accounted for in the database."""
        self.cycle_at = max(cycle_at, self.accounted(cycle_at))
        self.why_missed = "collector_down"

    def start(self, now: datetime, clock: Clock) -> bool:
        """Begin what is due: the list before the first look. False where nothing is due or the thread is still at work."""
        due = self.due(now)
        if self.task is not None:
            return False
        if self.wants_list(now):
            self.list_tried_at, self.list_asked = now, False
            return self._begin(due, lambda: self._list(due, clock))
        if self.listed_at is None or due <= self.accounted(now):
            return False
        return self._begin(due, lambda: self._look(due, clock))

    def _begin(self, due: datetime, work: Callable[[], Look]) -> bool:
        self.pool = self.pool or ThreadPoolExecutor(1, thread_name_prefix=self.venue.name)
        self.task, self.task_for = self.pool.submit(work), due
        return True

    def _list(self, due: datetime, clock: Clock) -> Look:
        return Look(due, fetch_instruments(self.venue, self._made(), clock), None)

    def _look(self, due: datetime, clock: Clock) -> Look:
        instruments = [instrument for _, instrument in self.followed.values()]
        raw = fetch(self.venue, self._made(), instruments, clock, self.venue.interval * 0.8)
        return Look(due, raw, parse(self.venue, raw, instruments))

    def _made(self) -> Exchange:
        """The exchange, made by the thread that uses it: the library is slow to import."""
        self.exchange = self.exchange or self.make(self.venue)
        return self.exchange

    def taken(self) -> Look | None:
        """What the thread has brought, once; None while it is at work."""
        if self.task is None or not self.task.done():
            return None
        task, self.task = self.task, None
        return task.result()

    def expired(self, now: datetime) -> list[int]:
        """Ids of followed instruments that have ended by their own terms, which are followed no longer."""
        gone = [symbol for symbol, (_, each) in self.followed.items() if each.expiry is not None and each.expiry <= now]
        return [self.followed.pop(symbol)[0] for symbol in gone]

    def close(self) -> None:
        """Let go of the thread; a call that hangs is not waited for."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
