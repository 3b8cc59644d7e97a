"""Limits hold across processes, also when two ask at once, and when PostgreSQL is away."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import structlog
from pyrate_limiter import Rate

from db import limiter
from db.limiter import SharedLimiter
from tests.db.statements import say

MINUTE = [Rate(10, 60_000)]


def shown(rates):
    return [(rate.limit, rate.interval) for rate in rates]


@pytest.fixture
def shared(databases):
    """Make limiters of one source, as processes of their own have them."""
    made = []

    def make(rates=MINUTE, source="counted", url=None):
        made.append(SharedLimiter(url or databases.ingest.url, source, rates))
        return made[-1]

    yield make
    for each in made:
        each.close()


def taken(asked, times):
    """How many permits there are now, without waiting."""
    return sum(asked.take(0) for _ in range(times))


def test_windows_are_a_margin_longer_than_the_providers():
    assert shown(limiter.within([Rate(120, 60_000)])) == [(120, 60_500)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([(10, 1000), (300, 60_000)], [(10, 1500), (300, 60_500)]),
        ([(300, 60_000), (10, 1000)], [(10, 1500), (300, 60_500)]),
        ([(10, 1000), (600, 60_000)], [(10, 1500), (600, 90_000)]),
        ([(10, 1000), (5, 60_000)], [(5, 60_500)]),
        ([(10, 1000), (10, 60_000)], [(10, 60_500)]),
    ],
)
def test_windows_that_stand_beside_each_other_are_those_that_matter(given, kept):
    assert shown(limiter.within([Rate(*each) for each in given])) == kept


@pytest.mark.parametrize(
    ("given", "half"),
    [([(120, 60_000)], [(60, 60_500)]), ([(1, 1000)], [(1, 2500)]), ([(1, 1000), (3, 60_000)], [(1, 60_500)])],
)
def test_half_a_rate_is_never_more_than_half(given, half):
    assert shown(limiter.halved([Rate(*each) for each in given])) == half


def test_two_processes_share_one_limit(shared):
    first, second = shared(), shared()
    assert (taken(first, 7), taken(second, 7)) == (7, 3)


def test_sources_have_limits_of_their_own(shared):
    assert (taken(shared(source="one"), 12), taken(shared(source="other"), 12)) == (10, 10)


def test_a_permit_is_waited_for_no_longer_than_said(shared):
    asked = shared([Rate(1, 60_000)])
    assert asked.take(5)
    assert not asked.take(0.3)


def test_room_comes_back(shared):
    asked = shared([Rate(2, 100)])
    assert all(asked.take(5) for _ in range(5))


def test_no_window_holds_too_many_whoever_asks_at_once(shared, databases, monkeypatch):
    monkeypatch.setattr(limiter._Bucket, "leak", lambda *_given: 0)
    asked = [shared([Rate(10, 300)]) for _ in range(2)]
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(lambda number: asked[number % 2].take(30), range(40)))
    given = [at for (at,) in say(databases.owner.url, "SELECT item_timestamp FROM limits.ratelimit___counted ORDER BY 1")]
    assert len(given) == 40
    assert min((later - sooner).total_seconds() for sooner, later in zip(given, given[10:], strict=False)) >= 0.8


def test_what_no_window_looks_back_to_is_removed(shared, databases):
    asked = shared([Rate(2, 100)])
    assert all(asked.take(10) for _ in range(7))
    ((kept,),) = say(databases.owner.url, "SELECT count(*) FROM limits.ratelimit___counted")
    assert kept < 7


@pytest.mark.parametrize("source", ["Cboe", "a b", 'x"; DROP SCHEMA limits; --', "x" * 41, ""])
def test_a_source_has_a_plain_name(databases, source):
    with psycopg.connect(databases.ingest.url) as connection, pytest.raises(psycopg.errors.RaiseException, match="not a source"):
        connection.execute("SELECT limits.open_bucket(%s)", [source])


def test_a_bucket_is_made_once_and_is_the_owners(shared, databases):
    taken(shared(), 1)
    taken(shared(), 1)
    owner = "SELECT tableowner, count(*) OVER () FROM pg_tables WHERE schemaname = 'limits'"
    assert say(databases.owner.url, owner) == [("owner", 1)]


@pytest.fixture
def hand(monkeypatch):
    """Seconds by which the limiters' clock is ahead."""
    ahead = [0.0]

    class Clock:
        @staticmethod
        def monotonic():
            return time.monotonic() + ahead[0]

    monkeypatch.setattr(limiter, "time", Clock)
    return ahead


NOWHERE = "postgresql://ingest:nothing@127.0.0.1:1/oiflow"


def test_without_postgresql_half_the_rate_goes_on_and_it_is_said_once(shared):
    with structlog.testing.capture_logs() as logged:
        asked = shared(url=NOWHERE)
        assert taken(asked, 12) == 5
    assert [(entry["event"], entry["source"], entry["rate"]) for entry in logged] == [("limits_held_alone", "counted", "half")]


def test_half_the_rate_includes_what_was_taken_before_the_outage(shared, monkeypatch):
    asked = shared()
    assert taken(asked, 3) == 3
    monkeypatch.setattr(limiter._Bucket, "put", fail)
    assert taken(asked, 10) == 2


def fail(*_given):
    raise psycopg.OperationalError("gone")


def test_when_it_comes_back_both_limits_hold_for_a_window(shared, monkeypatch, hand):
    asked = shared()
    with monkeypatch.context() as broken, structlog.testing.capture_logs() as logged:
        broken.setattr(limiter._Bucket, "put", fail)
        assert taken(asked, 10) == 5
    hand[0] += 31
    with structlog.testing.capture_logs() as later:
        assert taken(asked, 10) == 1  # the one by which it is found to be back
        hand[0] += 61
        assert taken(asked, 20) == 9
    assert [entry["event"] for entry in (*logged, *later)] == ["limits_held_alone", "limits_shared_again"]


def test_while_it_is_away_it_is_not_asked_for_every_permit(shared, monkeypatch, hand):
    asked, tried = shared(), []
    monkeypatch.setattr(SharedLimiter, "_connected", lambda _self: tried.append(1) or fail())
    for _ in range(3):
        asked.take(0)
    hand[0] += 31
    asked.take(0)
    assert len(tried) == 2
