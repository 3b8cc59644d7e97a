"""Every page, route and export for every kind of visitor, as tests/walls/matrix.csv says; what is not in it fails."""

import csv
import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.access import EXPORTED, FEATURES
from tests import visiting
from tests.browser.served import ROOT, environment
from tests.walls.visitors import KINDS
from webapp import menu

MATRIX = list(csv.DictReader((Path(__file__).parent / "matrix.csv").read_text().splitlines()))
PAGES = [row for row in MATRIX if row["kind"] == "page"]
ROUTES = [row for row in MATRIX if row["kind"] not in ("page", "SOCKET")]
_DISCOVER = """
import json
from webapp.app import application
routes = application._build_starlette_app().routes
print(json.dumps([getattr(route, "path", "") for route in routes]))
"""


def outcome(page):
    """asks, locked or open: what a visitor got to see."""
    assert not page.exception, page.exception
    if [box.value for box in page.info] == ["Please sign in."] and len(page.main) == 1:
        return "asks"
    seen = " ".join(str(getattr(element.proto, "body", "")) for element in page.get("html"))
    return "locked" if 'class="of-locked"' in seen else "open"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", PAGES, ids=lambda row: row["path"])
def test_a_page_run_alone_gives_each_visitor_what_the_matrix_says(run_as, row, kind):
    assert outcome(run_as(kind, menu.paths()[row["path"][1:]])) == row[kind]


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row['kind']} {row['path']}")
def test_a_route_answers_each_visitor_as_the_matrix_says(served, cookies, row):
    for kind in KINDS:
        answer = visiting.request(
            row["kind"].replace("export", "GET"),
            served.url + row["path"].replace("{path:path}", "x/y.js").replace("{", "").replace("}", "").replace(":path", ""),
            cookies={"oiflow": cookies[kind]},
            headers={"Origin": served.url, "Sec-Fetch-Site": "same-origin"},
        )
        passed = "Only admins" not in answer.text if row[kind] == "past" else str(answer.status_code) == row[kind]
        assert passed, (kind, answer.status_code, answer.text[:200])
        assert_headers(answer)
        if row["path"] == "/auth/sign-out":
            return  # it ends the sign-in of whoever asks: tests/browser


def assert_headers(answer):
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "no-store" in answer.headers["cache-control"] or "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row["path"])
def test_every_page_address_answers_with_the_start_page_and_no_content(served, row):
    answer = visiting.get(served.url + row["path"])
    assert answer.status_code == 200
    assert "/early.js" in answer.text
    assert_headers(answer)


def test_every_page_and_export_is_in_the_matrix():
    files = {path.stem for path in menu.PAGES.glob("*.py")} - {"__init__"}
    assert files == set(menu.paths().values()) == {menu.paths()[row["path"][1:]] for row in PAGES}
    exports = {row["path"] for row in MATRIX if row["kind"] == "export"}
    assert {f"/export/{feature}.{form}" for feature in EXPORTED for form in ("csv", "parquet")} <= exports
    assert {f"/export/{feature}.csv" for feature in FEATURES} <= exports


def test_every_route_is_in_the_matrix(kept_databases):
    env = environment(kept_databases.settings, 8501)
    told = subprocess.run([sys.executable, "-c", _DISCOVER], cwd=ROOT, env=env, capture_output=True, check=True)
    found = set(json.loads(told.stdout.splitlines()[-1])) - {"", "/export/{feature}.{form}"}
    assert found <= {row["path"] for row in MATRIX}


def upgrade(served, **headers):
    """Status of a websocket handshake with these headers."""
    port = urlsplit(served.url).port
    usual = {"Host": f"localhost:{port}", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "streamlit"}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {**usual, **key, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_socket_opens_for_pages_of_our_own_alone(served):
    assert upgrade(served, Origin=served.url) == 101
    assert upgrade(served) == 403
    assert upgrade(served, Origin="https://evil.example") == 403
    assert upgrade(served, Origin="null") == 403
    assert upgrade(served, Origin="http://evil.example", Host="evil.example") == 403


@pytest.mark.parametrize("path", ["/auth/ticket", "/auth/sign-out"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_form_of_another_site_does_nothing(served, cookies, path, headers):
    headers = headers if "Origin" in headers or not headers else {"Origin": served.url, **headers}
    answer = visiting.post(served.url + path, headers=headers, cookies={"oiflow": cookies["premium"]})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", "", "local host"])
def test_another_name_for_this_machine_gets_nothing(served, host):
    assert visiting.get(f"{served.url}/", headers={"Host": host}).status_code == 400
