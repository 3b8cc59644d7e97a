"""`oiflow up` for real: starts, stops, survives kill -9, and says in one line why it cannot start."""

import json
import re
import signal
import urllib.request
from contextlib import suppress

import pytest

from tests.ingest.importing import whole_set
from tests.integration.product import Product
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return answer.status, answer.read().decode()


@pytest.fixture
def product(tmp_path):
    made = Product(tmp_path / "home")
    yield made
    made.end()


def fingerprint(product):
    return json.loads(product.command("fingerprint", "--json").stdout)["fingerprint"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A product that runs while the tests look at it."""
    made = Product(tmp_path_factory.mktemp("running") / "home")
    try:
        yield made.start().wait_ready()
    finally:
        made.end()


def test_pages_api_and_collector_say_that_they_are_ready(running):
    assert get(running.web, "/healthz")[0] == 200
    assert json.loads(get(running.api, "/api/v1/status")[1])["ready"] is True
    for service in ("collector", "worker"):
        port = json.loads((running.home / "run" / f"{service}.json").read_text())["port"]
        assert get(port, "/readyz")[0] == 200


def test_real_market_without_an_admin_prints_the_link_that_makes_one(running):
    assert re.search(r"first admin's password.*\n.*http://127\.0\.0\.1:\d+/set_password\?token=", "".join(running.words))


def test_file_dropped_into_the_inbox_is_taken(running):
    name, body = whole_set()[0]
    (running.home / "inbox" / name).write_bytes(body)
    assert wait_until((running.home / "inbox" / "done" / name).exists, 60)


def test_second_start_on_the_same_home_says_so_in_one_line(running):
    second = running.command("up")
    assert (second.returncode, second.stdout) == (1, "")
    assert re.fullmatch(
        r"oiflow: OI Flow is already running on .*\(process \d+, http.*\)\. Stop it there first\.\n", second.stderr
    )


def test_taken_port_gives_one_line_and_starts_nothing(running, product):
    product.environment["WEB_PORT"] = str(running.web)
    taken = product.command("up")
    assert taken.returncode == 1
    assert taken.stderr == f"oiflow: Port {running.web} is taken: set WEB_PORT=... or stop the other program.\n"
    assert product.alive() == []


def test_a_source_that_nobody_knows_gives_one_line_and_starts_nothing(product):
    product.environment["SOURCES"] = "cbeo,yahoo"
    refused = product.command("up")
    assert refused.returncode == 1
    assert re.fullmatch(r"oiflow: SOURCES names cbeo; there are .*cboe.*\n", refused.stderr)
    assert product.alive() == []


def test_database_that_is_killed_comes_back(running):
    before = running.servers()
    assert before
    running.kill(before)
    assert wait_until(lambda: running.servers() - before and _ready(running.web), 30)


def _ready(port):
    with suppress(OSError):
        return get(port, "/readyz")[0] == 200
    return False


def test_nothing_is_lost_when_everything_is_killed_and_nothing_is_left_when_it_stops(product, tmp_path):
    product.start().wait_ready()
    for name, body in whole_set():
        (tmp_path / name).write_bytes(body)
    assert json.loads(product.command("import", *map(str, tmp_path.glob("*.csv")), "--json").stdout)["published"] == 48
    before = fingerprint(product)
    product.kill(product.alive())
    product.process.wait(10)
    assert wait_until(lambda: product.alive() == [], 10)
    assert fingerprint(product.start().wait_ready()) == before
    product.process.terminate()
    assert product.process.wait(10) == 0
    assert product.alive() == []


@pytest.fixture
def starting(product):
    """A product whose services are just coming up."""
    product.start()
    assert wait_until(lambda: any("Starting collector" in line for line in product.words), 60)
    return product


def test_killed_supervisor_takes_everything_along(starting):
    starting.process.kill()
    assert wait_until(lambda: starting.alive() == [], 20)


def test_closed_terminal_stops_everything_even_while_it_starts(starting):
    starting.process.send_signal(signal.SIGHUP)
    assert starting.process.wait(10) == 0
    assert starting.alive() == []


def test_bad_settings_are_told_all_at_once(product):
    product.environment |= {
        "OWNER_PASSWORD": "changeme",
        "PUBLIC_URL": "flow.example.com",
        "API_PORT": product.environment["WEB_PORT"],
    }
    refused = product.command("up")
    assert refused.returncode == 1
    assert all(words in refused.stderr for words in ("OWNER_PASSWORD", "PUBLIC_URL", "API_PORT are equal"))
    assert refused.stderr.count("\n") == 1
    assert not product.home.exists()
