"""PostgreSQL goes away while pages are open: plain words, an id, back by itself, and no trace of the inside."""

import re
import time
from urllib.parse import urlsplit

import pytest

from tests import visiting
from tests.browser.door import Door
from tests.browser.served import make_accounts, serve, text, wait_for


@pytest.fixture(scope="module")
def fragile(kept_databases, tmp_path_factory):
    """A server whose database is behind a door."""
    make_accounts(kept_databases)
    url = kept_databases.settings.database_url.get_secret_value()
    parts = urlsplit(url)
    door = Door(parts.hostname, parts.port)
    through = url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{door.port}")
    with serve(kept_databases, tmp_path_factory.mktemp("web") / "web.log", DATABASE_URL=through) as server:
        server.door = door
        yield server
    door.shut()


def inside(words):
    return re.findall(r"Traceback|psycopg2|postgresql://|password-of|SELECT |site-packages|\.py\b", words)


def test_pages_come_back_by_themselves_within_ten_seconds(fragile, browser):
    fragile.sign_in(browser, "premium@site.test", "/changes")
    for _ in range(3):
        fragile.door.shut()
        browser.refresh()
        wait_for(lambda: "The database does not answer" in text(browser))
        assert re.search(r"Error [0-9a-f]{8}", text(browser))
        assert not inside(text(browser))
        fragile.door.open()
        start = time.monotonic()
        wait_for(lambda: "premium@site.test" in text(browser), 10)
        assert time.monotonic() - start <= 10


def test_an_open_page_keeps_what_it_shows_and_says_so(fragile, browser):
    fragile.sign_in(browser, "premium@site.test", "/account")
    fragile.door.shut()
    wait_for(lambda: "What you see is what was known before." in text(browser), 15)
    assert "Change password" in text(browser)
    fragile.door.open()
    wait_for(lambda: "What you see is what was known before." not in text(browser), 15)


def test_routes_answer_503_with_words_and_an_id(fragile):
    fragile.door.shut()
    try:
        answer = visiting.get(f"{fragile.url}/export/changes.csv", cookies={"oiflow": "x"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert not inside(answer.text)
        error_id = re.search(r"Error ([0-9a-f]{8})", answer.text)[1]
        assert error_id in fragile.log.read_text()
        assert visiting.get(f"{fragile.url}/readyz").status_code == 503
    finally:
        fragile.door.open()
