"""R15: PostgreSQL itself is stopped and started while pages are open in a browser."""

import re
import time
from dataclasses import dataclass, field

from selenium import webdriver

from db import embedded
from tests.browser.served import Served, text, wait_for

LONGEST = 10.0  # seconds from the database's return to the page's
INSIDE = re.compile(r"Traceback|psycopg2|postgresql://|SELECT |site-packages|\.py\b")
PAGES = ("/", "/changes")


@dataclass
class Restarted:
    """Seconds until the pages were back, and what should not have been on them."""

    seconds: list[float] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    lost: int = 0
    servers: list[embedded.Server] = field(default_factory=list)  # one that nothing refers to would stop


def restart(browser: webdriver.Chrome, served: Served, email: str, times: int) -> Restarted:
    """Stop and start the server of the site's home with both pages open; odd times the open page stays, even times it reloads."""
    result, home = Restarted(), served.databases.settings.oiflow_home
    tabs = _tabs(browser, served.url, email)
    rows = _rows(served)
    for number in range(times):
        embedded.stop(home, force=True)
        for tab in tabs:
            browser.switch_to.window(tab)
            if number % 2 == 0:
                browser.refresh()
            wait_for(lambda: "The database does not answer" in text(browser))
            result.leaks += INSIDE.findall(text(browser))
        server = embedded.start(home)
        began = time.monotonic()
        for tab in tabs:
            browser.switch_to.window(tab)
            wait_for(lambda: email in text(browser) and "does not answer" not in text(browser))
            result.leaks += INSIDE.findall(text(browser))
        result.seconds.append(time.monotonic() - began)
        result.lost += _rows(served) != rows
        result.servers.append(server)
    return result


def _tabs(browser: webdriver.Chrome, url: str, email: str) -> list[str]:
    tabs = []
    for path in PAGES:
        browser.switch_to.new_window("tab")
        browser.get(url + path)
        wait_for(lambda: email in text(browser))
        tabs.append(browser.current_window_handle)
    return tabs


def _rows(served: Served) -> int:
    with served.databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM facts.options_flow) + (SELECT count(*) FROM auth.accounts)")
        return int(cursor.fetchone()[0])
