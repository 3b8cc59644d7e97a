"""Whether our clock is right, by the Date of what providers reply."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import structlog

from ingest.providers.skew import Skew

NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)


class World:
    """The true time, our clock beside it, and providers that say what time they think it is."""

    def __init__(self):
        self.passed, self.off = 1000.0, 0.0
        self.skew = Skew(lambda: self.now + timedelta(seconds=self.off), lambda: self.passed)

    @property
    def now(self):
        return NOON + timedelta(seconds=self.passed - 1000)

    def hear(self, source="cboe", seconds=0.0, wrong=0.0, **more):
        """A reply made just now that took `seconds` to come."""
        said = format_datetime(self.now + timedelta(seconds=wrong), usegmt=True)
        self.passed += seconds
        self.skew.hear(source, httpx.Headers({"date": said} | more), seconds)


@pytest.fixture
def world():
    return World()


def test_nothing_is_known_before_a_provider_was_heard(world):
    world.skew.hear("cboe", httpx.Headers({"date": "soon"}), 0)
    assert (world.skew.seconds(), world.skew.words(), world.skew.refusal()) == (None, "", "")


@pytest.mark.parametrize("off", [600, -600, 86_400, -86_400, 301.5, -301.5])
def test_a_clock_that_is_minutes_off_is_refused_in_words(world, off):
    world.off = off
    world.hear()
    way = "ahead" if off > 0 else "behind"
    assert world.skew.seconds() == pytest.approx(off, abs=1)
    assert world.skew.refusal().startswith("wrong_clock: This machine's clock is ")
    assert f" {way}, by the providers' replies: nothing that it dates is published" in world.skew.words()


@pytest.mark.parametrize("off", [4, -4, 299, -299])
def test_a_clock_that_is_seconds_off_is_told_and_not_refused(world, off):
    world.off = off
    with structlog.testing.capture_logs() as logs:
        world.hear()
        world.hear()
    assert [(line["event"], line["log_level"]) for line in logs] == [("clock_skewed", "warning")]
    assert world.skew.words() != ""
    assert world.skew.refusal() == ""


@pytest.mark.parametrize("seconds", [0.0, 0.4, 15.0, 119.0])
def test_a_slow_reply_is_no_wrong_clock(world, seconds):
    world.hear(seconds=seconds)
    assert world.skew.words() == ""


def test_a_reply_of_a_cache_is_as_old_as_it_says(world):
    world.hear(wrong=-900, age="900")
    assert world.skew.words() == ""


def test_a_provider_that_is_wrong_itself_stops_nothing_while_another_is_right(world):
    world.hear("yahoo")
    world.hear("cboe", wrong=3600)
    assert world.skew.words() == ""
    world.off = 700  # now our clock is wrong: neither agrees
    assert world.skew.refusal()


def test_a_date_that_no_calendar_has_says_nothing(world):
    world.skew.hear("cboe", httpx.Headers({"date": f"Fri, 20 Nov {'9' * 40} 14:30:09 GMT"}), 0)
    assert world.skew.seconds() is None


def test_a_clock_that_is_set_is_judged_at_once(world):
    world.hear()
    world.passed, world.off = world.passed + 7200, 660
    assert world.skew.refusal()
    world.off = 0
    assert world.skew.words() == ""


def test_a_wrong_clock_is_told_once_and_so_is_its_end(world):
    with structlog.testing.capture_logs() as logs:
        for world.off in (0, 600, 600, 600, 0, 0):
            world.hear()
    assert [line["event"] for line in logs] == ["clock_wrong", "clock_right_again"]


def test_a_date_without_a_zone_is_not_read_as_this_machines(world, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    world.skew.hear("cboe", httpx.Headers({"date": f"{world.now:%a, %d %b %Y %H:%M:%S} -0000"}), 0)
    monkeypatch.undo()
    time.tzset()
    assert world.skew.words() == ""
