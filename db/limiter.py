"""The limits of a source, held across processes: PyrateLimiter over a bucket in PostgreSQL.

Where PostgreSQL is away, a process goes on by itself at half the rate: two processes are then within the limit together.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg_pool import ConnectionPool
from pyrate_limiter import InMemoryBucket, Limiter, PostgresBucket, Rate, RateItem, SingleBucketFactory
from pyrate_limiter.abstracts.algorithm import Decision

from db.database import queries

log = structlog.get_logger()
MARGIN = 500  # ms that a window is longer here than at the provider: requests arrive a little after their permit, some later
_AGAIN = 30.0  # seconds until PostgreSQL is asked again after it was away
_OPTIONS = "-c search_path=limits -c timezone=UTC -c synchronous_commit=off -c lock_timeout=2s -c statement_timeout=5s"


def within(rates: Sequence[Rate], margin: int = MARGIN) -> list[Rate]:
    """Windows longer by a margin [ms], shortest first; those that a longer one makes needless are left out."""
    kept: list[Rate] = []
    for rate in sorted(rates, key=lambda rate: rate.interval):
        kept = [other for other in kept if other.limit < rate.limit]
        as_slow = [-(-rate.limit * other.interval // other.limit) for other in kept]  # no denser than any shorter window
        kept.append(Rate(rate.limit, max([rate.interval + margin, *as_slow])))
    return kept


def halved(rates: Sequence[Rate]) -> list[Rate]:
    """Half the calls in each window; where that is less than one, one in twice the window."""
    return within([Rate(rate.limit // 2, rate.interval) if rate.limit > 1 else Rate(1, 2 * rate.interval) for rate in rates])


class _Bucket(PostgresBucket):
    """A bucket whose users take turns. The library's own refuses at once whoever comes second, and stamps before its turn."""

    def __init__(self, pool: ConnectionPool, source: str, rates: list[Rate]):
        self._mine = threading.local()
        self._leaked = 0
        self.shut = False  # PostgreSQL is away: who waits for its turn need not find out by itself
        super().__init__(pool, source, rates)

    def _create_table(self) -> None:
        with self._get_conn() as connection:
            connection.execute(queries()["open_bucket"], {"source": self.table})

    @contextmanager
    def _get_conn(self) -> Iterator[Any]:
        """A connection of the pool, the same one for all that a thread does between."""
        if getattr(self._mine, "connection", None) is not None:
            yield self._mine.connection
            return
        with self.pool.connection() as connection:
            self._mine.connection = connection
            try:
                yield connection
            finally:
                self._mine.connection = None

    def now(self) -> int:
        """Nothing to go by: `put` takes the server's time when it is its turn."""
        return 0

    def put(self, item: RateItem) -> bool:
        """Wait for the turn, then ask the windows; whether the permit was given."""
        if self.shut:
            raise psycopg.OperationalError("away")
        with self._get_conn() as connection:
            try:
                connection.execute(queries()["wait_for_bucket"], {"source": self.table})
            except psycopg.errors.LockNotAvailable:
                return self._record(item, Decision(failing_rate=self.rates[0], retry_after_ms=0))
            item.timestamp = connection.execute(queries()["bucket_time"]).fetchone()[0]
            given = bool(super().put(item))
            if given and item.timestamp - self._leaked > self.rates[-1].interval:
                self.leak(item.timestamp)
                self._leaked = item.timestamp
        return given


class SharedLimiter:
    """Permits of one source for all processes. url: of the login ingest; rates: calls in windows [ms], all of which hold."""

    def __init__(self, url: str, source: str, rates: Sequence[Rate]):
        self._source, self._rates = source, within(rates)
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=2,
            timeout=3,
            reconnect_timeout=5,
            open=False,
            kwargs={"options": _OPTIONS, "connect_timeout": 3, "tcp_user_timeout": 5000, "application_name": "oiflow limits"},
        )
        self._alone = InMemoryBucket(halved(rates))
        self._own = Limiter(SingleBucketFactory(self._alone, schedule_leak=False))
        self._bucket: _Bucket | None = None
        self._shared: Limiter | None = None
        self._lock = threading.Lock()
        self._away, self._away_until, self._both_until = False, 0.0, 0.0
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # an outage is told once, below

    def take(self, within: float) -> bool:
        """Wait up to `within` seconds for a permit; whether it was given."""
        ends = time.monotonic() + within
        if time.monotonic() < self._away_until:
            return self._take_alone(ends)
        both = time.monotonic() < self._both_until
        if both and not self._take_alone(ends):
            return False
        try:
            given = bool(self._connected().try_acquire(self._source, timeout=max(0.0, ends - time.monotonic())))
        except psycopg.Error as error:
            self._went(error)
            return both or self._take_alone(ends)
        self._came()
        if given and not both:
            self._remember()
        return given

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _connected(self) -> Limiter:
        with self._lock:
            if time.monotonic() < self._away_until:  # somebody found out while this one waited
                raise psycopg.OperationalError("away")
            if self._shared is None or self._bucket is None:
                self._pool.open()
                self._bucket = _Bucket(self._pool, self._source, self._rates)
                self._shared = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))
            self._bucket.shut = False
            return self._shared

    def _take_alone(self, ends: float) -> bool:
        self._alone.leak(self._alone.now())
        return bool(self._own.try_acquire(self._source, timeout=max(0.0, ends - time.monotonic())))

    def _remember(self) -> None:
        """A shared permit counts among our own too: half the rate then includes what was taken just before an outage."""
        with self._lock:
            self._alone.leak(self._alone.now())
            self._alone.items.append(RateItem(self._source, self._alone.now()))

    def _went(self, error: psycopg.Error) -> None:
        """PostgreSQL is away: said once, and asked again after a while."""
        with self._lock:
            if time.monotonic() >= self._away_until:
                self._away_until = time.monotonic() + _AGAIN
            if self._bucket is not None:
                self._bucket.shut = True
            if not self._away:
                self._away = True
                log.warning("limits_held_alone", source=self._source, rate="half", why=type(error).__name__)

    def _came(self) -> None:
        """It is back: for a window both limits hold, because it does not know what was taken meanwhile."""
        with self._lock:
            if self._away:
                self._away = False
                self._both_until = time.monotonic() + self._rates[-1].interval / 1000
                log.info("limits_shared_again", source=self._source)
