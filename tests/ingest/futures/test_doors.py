"""Venues are asked as all providers are: within limits that all processes share, with Retry-After, and not for ever."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest

from ingest.ready import Clients, Exchanges
from ingest.sources.futures import VENUES, fetch, fetch_instruments, followed, parse, parse_instruments
from tests.ingest.providers.clients import Skipping
from tests.standins.venues import World, served

EVERY = pytest.mark.parametrize("venue", VENUES.values(), ids=lambda venue: venue.name)


class Timed(World):
    """A world that notes when it was asked. [s]"""

    def answer(self, *asked):
        self.__dict__.setdefault("arrivals", []).append(time.monotonic())
        return super().answer(*asked)


class Process:
    """What one process has: its clients and its exchange of a venue."""

    def __init__(self, databases, venue, base, pace=None):
        self.venue, self.clients = venue, Clients(databases.ingest, self.clock, pace)
        settings = databases.settings.model_copy(update={"source_urls": f"{venue.name}={base}/{venue.name}"})
        self.exchange = Exchanges(settings, self.clients).make(venue)
        self.close = self.clients.close

    def clock(self):
        return datetime.now(UTC)

    def follow(self):
        listed = parse_instruments(self.venue, fetch_instruments(self.venue, self.exchange, self.clock))
        self.followed = [each.instrument for each in followed(listed, 1e7)]

    def look(self, seconds=60.0):
        raw = fetch(self.venue, self.exchange, self.followed, self.clock, seconds)
        return parse(self.venue, raw, self.followed)


@pytest.fixture
def processes(databases):
    """Make processes that ask a venue of one world."""
    made, world = [], Timed(coins=4)
    with served(world) as base:

        def make(name, pace=None):
            made.append(Process(databases, VENUES[name], base, pace))
            made[-1].follow()
            return made[-1]

        yield world, make
        for each in made:
            each.close()


@EVERY
def test_source_urls_lead_a_venue_elsewhere(processes, venue):
    _world, make = processes
    found = make(venue.name).look()
    assert (found.trouble, len(found.readings) > 0) == (None, True)


def test_two_processes_together_stay_within_the_limit_of_a_venue(processes):
    world, make = processes
    both = [make("deribit"), make("deribit")]
    world.arrivals.clear()
    with ThreadPoolExecutor(2) as pool:
        assert all(found.readings for found in pool.map(lambda each: [each.look() for _ in range(3)][-1:][0], both))
    spans = [later - earlier for earlier, later in zip(world.arrivals, world.arrivals[5:], strict=False)]
    assert (len(world.arrivals), min(spans) >= 1.0) == (12, True)


def test_who_is_told_to_wait_waits_and_is_asked_three_times(processes):
    world, make = processes
    pace = Skipping()
    asked = make("okx", pace.pace)
    world.arrivals.clear()
    world.failing["okx"] = "429"
    assert asked.look().trouble.reason == "rate_limited"
    assert (len(world.arrivals), len(pace.slept), min(pace.slept) >= 1.0) == (3, 2, True)


def test_a_venue_that_fails_again_and_again_is_left_alone(processes):
    world, make = processes
    asked = make("bybit", Skipping().pace)
    world.failing["bybit"] = "500"
    assert [asked.look().trouble.reason for _ in range(5)] == ["unavailable"] * 5
    world.arrivals.clear()
    assert (asked.look().trouble.reason, world.arrivals) == ("left_alone", [])


@EVERY
def test_a_look_that_fails_leaves_time_for_the_next(venue):
    policy = venue.policy
    assert (policy.source, policy.deadline <= 20, policy.longest_pause < 300) == (venue.name, True, True)
    assert policy.deadline < 0.8 * venue.interval
    assert policy.rates


def test_bodies_that_nobody_takes_are_not_kept(databases):
    with closing(Clients(databases.ingest, lambda: datetime.now(UTC))) as clients:
        exchange = Exchanges(databases.settings, clients).make(VENUES["okx"])
        assert exchange.session.get_adapter("https://www.okx.com/").door._keeping is False
