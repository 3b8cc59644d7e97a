"""How long a call of a provider takes: the waits between its attempts, what a provider asks for, and the deadline."""

import threading

import httpx
import pytest

from core.errors import ProviderBusy, ProviderRefused, ProviderUnreachable
from ingest.providers.replies import Reply
from tests.ingest.providers.clients import ask, replying
from tests.standins.faults import WAIT


def test_waits_grow_and_differ(made, time):
    for _ in range(2):
        attempt, _given = replying(*[500] * 5)
        with pytest.raises(ProviderUnreachable):
            made().call(attempt)
    first, second = time.slept[:4], time.slept[4:]
    assert first == sorted(first)
    assert first[0] >= 1
    assert 15 <= sum(first) <= 19
    assert first != second


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for_and_not_much_longer(made, time, faulty, form):
    error = ask(made(), f"{faulty.url}/plain/503-{form}/html/waits")
    assert (type(error), error.attempts) == (ProviderUnreachable, 5)
    least = WAIT - (form == "date")  # a date has whole seconds: the instant it names lies up to one nearer
    assert all(least <= seconds < WAIT + 1 for seconds in time.slept)


def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once(made, time):
    attempt, given = replying(429, headers={"Retry-After": "600"})
    with pytest.raises(ProviderBusy, match="HTTP 429, and it asks to wait 600 s; 120 s are left of 120 s"):
        made().call(attempt)
    assert (len(given), time.slept) == (1, [])


def test_a_retry_after_holds_the_next_calls_back_too(made, time):
    asked = made()
    with pytest.raises(ProviderBusy):
        asked.call(replying(429, headers={"Retry-After": "130"})[0])
    with pytest.raises(ProviderBusy, match="no calls for another 130 s") as caught:
        asked.call(replying()[0])
    assert (caught.value.answered, caught.value.attempts) == (None, 0)
    time.sleep(100)
    assert asked.call(replying(200)[0]).status == 200
    assert 29 < time.slept[-1] <= 30


def test_who_was_told_an_instant_comes_then_whatever_others_were_told_since(made, time, monkeypatch):
    asked = made()

    def sleep(seconds):
        time.slept.append(seconds)
        with pytest.raises(ProviderBusy):
            asked.call(replying(429, headers={"Retry-After": "130"})[0])

    object.__setattr__(asked._pace, "sleep", sleep)
    headers = iter([{"Retry-After": "5"}, {}])
    statuses = iter([429, 200])
    assert asked.call(lambda _seconds: Reply(next(statuses), httpx.Headers(next(headers)), b"data")).attempts == 2
    assert time.slept == [pytest.approx(5, abs=0.3)]


def test_a_refusal_may_say_when_to_come_again(made, time):
    asked = made()
    with pytest.raises(ProviderRefused):
        asked.call(replying(418, headers={"Retry-After": "30"})[0])
    assert asked.call(replying(200)[0]).status == 200
    assert time.slept == [pytest.approx(30, abs=0.5)]


def test_nobody_is_held_back_for_longer_than_is_believed(made, time):
    asked = made(longest_told=300)
    with pytest.raises(ProviderBusy):
        asked.call(replying(429, headers={"Retry-After": "99999999"})[0])
    time.sleep(300)
    assert asked.call(replying(200)[0]).status == 200


def test_each_attempt_is_told_what_is_left(made, time):
    def attempt(seconds):
        given.append(seconds)
        time.sleep(50)
        raise OSError

    given = []
    with pytest.raises(ProviderUnreachable, match="no time is left of 120 s after 3 attempts"):
        made().call(attempt)
    after_waits = [120 - 0.2, 120 - 0.2 - 50 - 1.5, 120 - 0.2 - 100 - 1.5 - 2.5]  # the waits between: 1 to 2 s, 2 to 3 s
    assert given == [pytest.approx(seconds, abs=0.5 * index + 0.3) for index, seconds in enumerate(after_waits)]


@pytest.mark.parametrize("toxic", ["slow_head", "slow_body"])
def test_one_byte_a_second_does_not_outlast_the_deadline(made, faulty, toxic):
    error = ask(made(deadline=1.2), f"{faulty.url}/{toxic}/200/html/drips")
    assert (type(error), error.attempts) == (ProviderUnreachable, 1)
    assert "no time is left of 1.2 s" in error.reason


def test_silence_ends_each_attempt(made, faulty):
    error = ask(made(read_timeout=0.05), f"{faulty.url}/timeout/200/html/silent")
    assert (type(error), error.attempts) == (ProviderUnreachable, 5)
    assert "no answer within 0.05 s" in error.reason


def test_a_deadline_of_one_call_is_none_of_anothers(made, faulty):
    asked = made()
    slow = threading.Thread(target=lambda: asked.send("GET", f"{faulty.url}/bandwidth/200/html/slow"))
    slow.start()
    assert asked.send("GET", f"{faulty.url}/plain/200/html/fast").status == 200
    slow.join()
