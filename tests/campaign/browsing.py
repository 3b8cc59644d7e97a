"""What a site of its own goes through in a real browser. The modules beside it measure."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.browser import idle, restart, scripts, staying
from tests.browser.served import make_accounts, make_browser, serve
from tests.usecases import market
from tests.walls.site import own_databases, row

_EMAIL = "premium@site.test"


@contextmanager
def _site(name: str, **more: str) -> Iterator[tuple[Any, Any, Any]]:
    """Databases, web server and browser. more: environment of the server."""
    with tempfile.TemporaryDirectory(prefix=f"oiflow-{name}-") as scratch, own_databases(name) as databases:
        make_accounts(databases)
        with serve(databases, Path(scratch) / "web.log", **more) as served:
            browser = make_browser()
            try:
                yield databases, served, browser
            finally:
                browser.quit()


def stays(times: int) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with _site("u22") as (databases, served, browser):
        market.fill(databases)
        served.sign_in(browser, _EMAIL)
        wrong = staying.trials(browser, served.url, _EMAIL, times)
    return [row("U22", f"trials of {times} that lost account or page", len(wrong))]


def idle_tabs(interval: str) -> list[dict[str, Any]]:
    """Rows for campaign.json. interval: seconds between two looks of a page at its account."""
    with _site("r29", RECHECK_SECONDS=interval) as (_databases, served, browser), ExitStack() as ends:
        browsers = {idle.EVENTS[0]: browser}
        for event in idle.EVENTS[1:]:
            browsers[event] = make_browser()
            ends.callback(browsers[event].quit)
        seconds = idle.clear_side_by_side(browsers, served)
    return [
        row("R29", f"{event}: idle page cleared after [s], looking every {interval} s", round(seconds[event], 1), idle.LONGEST)
        for event in idle.EVENTS
    ]


def restarts(times: int) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with _site("r15") as (databases, served, browser):
        market.fill(databases)
        served.sign_in(browser, _EMAIL)
        found = restart.restart(browser, served, _EMAIL, times)
    return [
        row("R15", f"slowest return of open pages after {times} restarts [s]", round(max(found.seconds), 1), restart.LONGEST),
        row("R15", "traces on the pages", len(found.leaks)),
        row("R15", "restarts after which rows were lost", found.lost),
    ]


def hostile_text(count: int) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with _site("r35") as (databases, served, browser):
        scripts.plant(databases, count)
        served.sign_in(browser, "admin@site.test", "/account")
        found = scripts.look(browser, served.url, scripts.PATHS)
    return [
        row("R35", f"scripts run by {count} payloads on {len(scripts.PATHS)} pages", len(found.ran)),
        row("R35", "elements added by them", len(found.added)),
        row("R35", "pages that failed", len(found.failed)),
        row("R35", "pages that showed a payload as text", found.shown, 1, most=False),
    ]
