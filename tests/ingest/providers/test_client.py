"""Calls of a provider: attempts, waits, deadlines and errors are the same whatever goes wrong."""

import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import structlog

from core.errors import ProviderBusy, ProviderDown, ProviderError, ProviderRefused, ProviderUnreachable
from ingest.providers.replies import Broken, Hopeless, Reply
from tests.ingest.providers.clients import KEY, Free, Skipping, client
from tests.standins.answering import answering
from tests.standins.faults import HTML, WAIT, faulty_provider


@pytest.fixture(scope="module")
def faulty():
    with faulty_provider() as provider:
        yield provider


@pytest.fixture
def time():
    return Skipping()


@pytest.fixture
def made(time):
    """Make clients; all are closed at the end."""
    clients = []

    def make(**given):
        clients.append(client(time, **given))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


def ask(made, url, **given):
    """The error of a call."""
    with pytest.raises(ProviderError) as caught:
        made.send("GET", url, **given)
    return caught.value


def replying(*statuses, body=b"data", headers=None):
    """An attempt function that replies with one status after the other; a list of what it was given. [s]"""
    given, left = [], list(statuses)

    def attempt(seconds):
        given.append(seconds)
        status = left.pop(0)
        if isinstance(status, Exception):
            raise status
        return Reply(status, httpx.Headers(headers or {}), body)

    return attempt, given


def test_a_whole_reply_says_how_many_attempts_it_took(made, faulty):
    reply = made().send("get", f"{faulty.url}/plain/200/gzip/once", params={"date": "2027-01-15"})
    assert (reply.status, reply.body, reply.attempts) == (200, HTML, 1)


@pytest.mark.parametrize("passing", [408, 425, 429, 500, 502, 503, 504, OSError(), Broken("cut"), httpx.ReadTimeout("")])
def test_what_passes_is_tried_again_until_it_is_whole(made, time, passing):
    attempt, _given = replying(passing, passing, 200)
    assert made().call(attempt).attempts == 3
    assert len(time.slept) == 2


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


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451, 302])
def test_what_stays_is_asked_once(made, time, status):
    attempt, given = replying(status)
    with pytest.raises(ProviderRefused, match=f"^faulty: HTTP {status}: ") as caught:
        made().call(attempt)
    assert (caught.value.source, caught.value.answered, caught.value.attempts) == ("faulty", status, 1)
    assert (len(given), time.slept) == (1, [])


def test_a_status_that_is_accepted_is_a_reply(made):
    attempt, _given = replying(404)
    assert made().call(attempt, accept=frozenset({404})).status == 404


@pytest.mark.parametrize("attempts", [1, 2, 7])
def test_the_number_of_attempts_is_a_matter_of_the_policy(made, attempts):
    attempt, given = replying(*[503] * 9)
    with pytest.raises(ProviderUnreachable, match=f"HTTP 503, {attempts} attempts"):
        made(attempts=attempts).call(attempt)
    assert len(given) == attempts


def test_an_empty_reply_is_broken_off(made):
    attempt, given = replying(*[200] * 5, body=b"")
    with pytest.raises(ProviderUnreachable, match="the reply is empty, 5 attempts"):
        made().call(attempt)
    assert len(given) == 5


def test_an_empty_reply_that_says_so_is_whole(made):
    assert made().call(replying(204, body=b"")[0]).status == 204
    assert made().call(replying(200, body=b"")[0], may_be_empty=True).status == 200


def test_what_is_hopeless_is_asked_once(made):
    attempt, given = replying(Hopeless("the body is larger than 256 MB"))
    with pytest.raises(ProviderRefused, match="larger than 256 MB"):
        made().call(attempt)
    assert len(given) == 1


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


def test_every_attempt_takes_a_permit(made):
    limiter = Free()
    made(limiter=limiter).call(replying(500, 500, 200)[0])
    assert limiter.taken == 3


class Full:
    """A limiter without room."""

    def take(self, within):
        self.within = within
        return False


def test_a_limit_without_room_asks_nobody(made):
    limiter = Full()
    attempt, given = replying()
    with pytest.raises(ProviderBusy, match="its limit on calls leaves no room within 120 s"):
        made(limiter=limiter).call(attempt)
    assert given == []
    assert 119 < limiter.within <= 120


def test_a_redirect_within_the_host_is_followed_with_a_permit_of_its_own(made):
    limiter = Free()
    table = {"/a": (302, b"", {"Location": "/b?c=1"}), "/b": (200, {"fine": True})}
    with answering(table) as provider:
        reply = made(limiter=limiter).send("POST", f"{provider.url}/a", content=b"{}")
    assert (reply.status, reply.url, reply.attempts) == (200, f"{provider.url}/b?c=1", 1)
    assert [(asked.method, asked.path, asked.body) for asked in provider.asked] == [("POST", "/a", b"{}"), ("GET", "/b", b"")]
    assert limiter.taken == 2


def test_a_redirect_that_keeps_the_method_keeps_the_content(made):
    with answering({"/a": (307, b"", {"Location": "/b"}), "/b": (200, {"fine": True})}) as provider:
        made().send("POST", f"{provider.url}/a", content=b"{}")
    assert [(asked.method, asked.body) for asked in provider.asked] == [("POST", b"{}")] * 2


def test_a_redirect_to_another_host_is_not_followed(made):
    with answering({"/b": (200, {})}) as other, answering({"/a": (301, b"", {"Location": f"{other.url}/b?{KEY}"})}) as provider:
        error = ask(made(), f"{provider.url}/a", headers={"Authorization": KEY})
    assert (type(error), error.attempts, other.asked) == (ProviderRefused, 1, [])
    assert "redirects to another place (127.0.0.1/b)" in error.reason


@pytest.mark.parametrize("location", ["http://[", "//a b:c/", "https://host:x/", "http://\x7f/"])
def test_a_redirect_to_what_is_no_address_is_a_refusal(made, location):
    with answering({"/a": (302, b"", {"Location": location})}) as provider:
        error = ask(made(), f"{provider.url}/a")
    assert (type(error), error.attempts) == (ProviderRefused, 1)
    assert "redirects to what is no address" in error.reason


def test_redirects_in_a_circle_end(made):
    with answering({"/a": (302, b"", {"Location": "/a"})}) as provider:
        assert "more than 5 redirects" in ask(made(), f"{provider.url}/a").reason
    assert len(provider.asked) == 5


def test_a_provider_that_fails_in_a_row_is_left_alone_then_asked_once(made, time):
    asked = made(failures=2, pause=60)
    for _ in range(2):
        with pytest.raises(ProviderUnreachable):
            asked.call(replying(*[500] * 5)[0])
    with pytest.raises(ProviderDown, match="left alone for 60 s") as caught:
        asked.call(replying()[0])
    assert caught.value.attempts == 0
    time.sleep(60)
    assert asked.call(replying(200)[0]).status == 200
    assert asked.breaker.state == "closed"


def test_a_refusal_is_an_answer_and_a_limit_of_ours_is_no_failure(made):
    for asked, kind, statuses in (
        (made(failures=1), ProviderRefused, [404]),
        (made(failures=1, limiter=Full()), ProviderBusy, []),
    ):
        with pytest.raises(kind):
            asked.call(replying(*statuses)[0])
        assert asked.breaker.state == "closed"


def test_a_fault_of_ours_comes_out_as_it_is_and_leaves_the_breaker(made, time):
    asked = made(failures=1)
    with pytest.raises(ProviderUnreachable):
        asked.call(replying(*[500] * 5)[0])
    time.sleep(60)
    with pytest.raises(ZeroDivisionError):
        asked.call(replying(ZeroDivisionError())[0])
    assert asked.call(replying(200)[0]).status == 200


def test_threads_share_a_client(made, faulty):
    asked = made()
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda n: asked.send("GET", f"{faulty.url}/latency/200/gzip/{n}").body, range(40)))
    assert bodies == {HTML}


def test_a_failed_call_is_logged_once_with_source_status_and_attempt(made, faulty):
    with structlog.testing.capture_logs() as logged:
        ask(made(), f"{faulty.url}/plain/502/html/logged")
    (entry,) = logged
    expected = {"event": "provider_call_failed", "source": "faulty", "status": 502, "attempt": 5, "log_level": "warning"}
    assert expected.items() <= entry.items()


@pytest.mark.parametrize("way", ["/plain/401/html", "/plain/503/html", "/reset_peer/200/html", "/plain/200/bad_gzip"])
def test_no_secret_reaches_message_trace_or_log(made, faulty, caplog, way):
    caplog.set_level(logging.DEBUG)
    url = faulty.url.replace("://", f"://me:{KEY}@") + f"{way}/{KEY}?apikey={KEY}"
    with structlog.testing.capture_logs() as logged:
        error = ask(made(), url, headers={"X-Api-Key": KEY}, params={"token": KEY}, content=KEY.encode())
    told = f"{error!r} {error} {logged} {caplog.text} {''.join(traceback.format_exception(error))}"
    assert KEY not in told
    assert "/***" in told
    assert any(KEY.encode() in head for head in faulty.heads)


def test_the_counter_says_how_calls_ended(made, faulty):
    from ingest.providers.client import CALLS

    before = CALLS.labels("faulty", "provider_refused")._value.get()
    ask(made(), f"{faulty.url}/plain/403/html/counted")
    assert CALLS.labels("faulty", "provider_refused")._value.get() == before + 1


def test_a_deadline_of_one_call_is_none_of_anothers(made, faulty):
    asked = made()
    slow = threading.Thread(target=lambda: asked.send("GET", f"{faulty.url}/bandwidth/200/html/slow"))
    slow.start()
    assert asked.send("GET", f"{faulty.url}/plain/200/html/fast").status == 200
    slow.join()
