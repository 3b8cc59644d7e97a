"""A provider that fails again and again is left alone for a while, then asked once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.providers.breaker import Breaker


class Hand:
    """A clock moved by hand. [s]"""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def breaker(hand):
    return Breaker(3, 60, 200, hand)


def fail(breaker, times):
    return [(breaker.wait(), breaker.failed()) for _ in range(times)]


def test_it_opens_with_the_last_of_the_failures_in_a_row(breaker):
    assert fail(breaker, 3) == [(0, False), (0, False), (0, True)]
    assert (breaker.state, breaker.wait()) == ("open", 60)


def test_an_answer_between_begins_the_count_anew(breaker):
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert (breaker.state, breaker.wait()) == ("closed", 0)


def test_after_the_pause_one_call_goes(breaker, hand):
    fail(breaker, 3)
    hand.now += 59
    assert breaker.wait() == 1
    hand.now += 1
    assert breaker.state == "half-open"
    assert [breaker.wait() for _ in range(3)] == [0, 60, 60]


def test_of_many_threads_one_goes(breaker, hand):
    fail(breaker, 3)
    hand.now += 60
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: breaker.wait(), range(200)))[:2] == [0, 60]


def test_a_good_probe_closes_it(breaker, hand):
    fail(breaker, 3)
    hand.now += 60
    breaker.wait()
    breaker.succeeded()
    assert (breaker.state, breaker.wait()) == ("closed", 0)


def test_the_pause_grows_with_each_bad_probe_up_to_the_longest(breaker, hand):
    fail(breaker, 3)
    pauses = []
    for _ in range(4):
        hand.now += breaker.wait()
        assert (breaker.wait(), breaker.failed()) == (0, True)
        pauses.append(breaker.wait())
    assert pauses == [120, 200, 200, 200]


def test_a_good_probe_makes_the_pause_short_again(breaker, hand):
    fail(breaker, 3)
    hand.now += 60
    fail(breaker, 1)
    hand.now += 120
    breaker.wait()
    breaker.succeeded()
    fail(breaker, 3)
    assert breaker.wait() == 60


def test_a_probe_that_decided_nothing_leaves_the_next_one_to_decide(breaker, hand):
    fail(breaker, 3)
    hand.now += 60
    assert breaker.wait() == 0
    breaker.undecided()
    assert [breaker.wait() for _ in range(2)] == [0, 60]


def test_calls_that_had_begun_before_do_not_make_the_pause_longer(breaker):
    fail(breaker, 3)
    assert not breaker.failed()
    assert breaker.wait() == 60
