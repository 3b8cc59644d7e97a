"""Calls of a provider: attempts and errors are the same whatever goes wrong."""

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import structlog

from core.errors import ProviderBusy, ProviderDown, ProviderRefused, ProviderUnreachable
from ingest.providers.replies import Broken, Hopeless
from tests.ingest.providers.clients import KEY, Free, ask, replying
from tests.standins.faults import HTML


def test_a_whole_reply_says_how_many_attempts_it_took(made, faulty):
    reply = made().send("get", f"{faulty.url}/plain/200/gzip/once", params={"date": "2027-01-15"})
    assert (reply.status, reply.body, reply.attempts) == (200, HTML, 1)


@pytest.mark.parametrize("passing", [408, 425, 429, 500, 502, 503, 504, OSError(), Broken("cut"), httpx.ReadTimeout("")])
def test_what_passes_is_tried_again_until_it_is_whole(made, time, passing):
    attempt, _given = replying(passing, passing, 200)
    assert made().call(attempt).attempts == 3
    assert len(time.slept) == 2


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
