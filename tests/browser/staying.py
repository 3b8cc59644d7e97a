"""U22: reload, new tab, back and deep link keep account and page; each trial says whether they did."""

import random
from typing import Any

from selenium import webdriver

from tests.browser.served import text, wait_for

WAYS = ("reload", "new tab", "back", "deep link")
PLACES = (
    "/changes",
    "/table?right=C",
    "/glossary",
    "/changes?ticker=AAA",
    "/flow_trend?symbol=AAA&right=C",
    "/new_positions",
    "/",
)


def trials(browser: webdriver.Chrome, url: str, email: str, times: int, seed: int = 22) -> list[str]:
    """Go about as a visitor does who is signed in; what went wrong, in words."""
    rng, wrong = random.Random(seed), []
    for number in range(times):
        way, place, other = WAYS[number % len(WAYS)], rng.choice(PLACES), rng.choice(PLACES)
        while other == place:
            other = rng.choice(PLACES)
        browser.get(url + place)
        _arrived(browser, url + place, email)
        _go(browser, way, url + other)
        wanted = url + (place if way in ("reload", "back") else other)
        if not _arrived(browser, wanted, email):
            wrong.append(f"{way} from {place} to {other}: {browser.current_url}")
    return wrong


def _go(browser: webdriver.Chrome, way: str, other: str) -> None:
    if way == "reload":
        browser.refresh()
    elif way == "new tab":
        browser.switch_to.new_window("tab")
        browser.get(other)
        _close_others(browser)
    elif way == "back":
        browser.get(other)
        wait_for(lambda: browser.current_url == other)
        browser.back()
    else:
        browser.get(other)


def _close_others(browser: webdriver.Chrome) -> None:
    here = browser.current_window_handle
    for handle in [each for each in browser.window_handles if each != here]:
        browser.switch_to.window(handle)
        browser.close()
    browser.switch_to.window(here)


def _arrived(browser: webdriver.Chrome, address: str, email: str) -> Any:
    try:
        return wait_for(lambda: browser.current_url == address and email in text(browser) and "Welcome to" not in text(browser))
    except TimeoutError:
        return False
