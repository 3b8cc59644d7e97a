"""The health of a service without pages, asked over HTTP."""

import os

import pytest

from core import health
from core.settings import load
from tests import visiting


@pytest.fixture
def url(tmp_path):
    fine, starting = health.Health({}), health.Health({"database": "It does not answer."})
    settings = load(oiflow_home=tmp_path, public_url="https://flow.example.com")
    return f"http://127.0.0.1:{health.serve('worker', lambda: fine, lambda: starting, settings, 0)}"


def test_it_says_whether_it_lives_and_what_keeps_it_from_work(url):
    assert visiting.get(f"{url}/healthz").json()["ready"] is True
    answer = visiting.get(f"{url}/readyz")
    assert (answer.status_code, answer.json()["faults"]) == (503, {"database": "It does not answer."})


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nothing"])
def test_another_name_for_this_machine_gets_nothing(url, path):
    answer = visiting.get(f"{url}{path}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.text) == (400, "This is not the address of this site.")


def test_it_tells_the_programs_of_its_home_where_it_answers(url, tmp_path):
    assert health.announced(tmp_path, "worker", os.getpid()) == f"{url}/readyz"
    assert health.announced(tmp_path, "worker", os.getpid() + 1) is None
    assert health.announced(tmp_path, "collector", os.getpid()) is None


def test_the_sites_own_name_is_answered(url):
    assert visiting.get(f"{url}/healthz", headers={"Host": "flow.example.com"}).status_code == 200
