"""What a loaded page shows: drawings counted through shadow roots, requests, overflow, errors."""

import json
import shutil
import time
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_DRAWINGS = """
const chart = (e) => e.classList && (e.classList.contains('bk-Figure') || e.classList.contains('bk-Column'));
const parts = (e) => [...e.children, ...(e.shadowRoot ? e.shadowRoot.children : [])];
const inside = (e) => chart(e) ? 1 : parts(e).reduce((n, c) => n + inside(c), 0);
return [...document.querySelectorAll('[class*=st-key-plot_]')].map(inside);
"""
_BUSY = "return !document.querySelector('.of-title') || !!document.querySelector('[data-testid=stStatusWidget]')"
_WIDER = """
const main = document.querySelector('[data-testid=stMain]');
return Math.max(main.scrollWidth - main.clientWidth, document.documentElement.scrollWidth - innerWidth);
"""
_ERRORS = "return document.querySelectorAll('[data-testid=stException],[data-testid=stAlert],.of-notice.wrong').length"


def phone() -> webdriver.Chrome:
    """Chromium that says it is 390 x 844 pixels with a touch screen."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    metrics = {"width": 390, "height": 844, "pixelRatio": 2, "touch": True}
    options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def drawings(browser: webdriver.Chrome) -> list[int]:
    """How often each chart of the page is drawn, seen through shadow roots; all ones when all is well."""
    return [int(count) for count in browser.execute_script(_DRAWINGS)]


def settled(browser: webdriver.Chrome, seconds: float = 40.0) -> list[int]:
    """Wait until the page has rested for a second with every chart drawn; how often each is drawn."""
    end, calm = time.monotonic() + seconds, 0
    while time.monotonic() < end and calm < 4:
        time.sleep(0.25)
        rests = not browser.execute_script(_BUSY) and all(drawings(browser))
        calm = calm + 1 if rests else 0
    return drawings(browser)


def choose(browser: webdriver.Chrome, theme: str, system: str) -> None:
    """Choose a theme, Dark or Light, for the pages that are loaded from now on, under a system that is dark or light."""
    scheme = {"features": [{"name": "prefers-color-scheme", "value": system}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    browser.execute_script("localStorage.setItem('oiflow-theme', arguments[0])", theme)


def paper(browser: webdriver.Chrome) -> str:
    """The colour behind everything on the page."""
    return str(browser.execute_script("return getComputedStyle(document.querySelector('.stApp')).backgroundColor"))


def overflow(browser: webdriver.Chrome) -> int:
    """How many pixels the page is wider than the window."""
    return int(browser.execute_script(_WIDER))


def errors(browser: webdriver.Chrome) -> int:
    """Error and alert boxes on the page."""
    return int(browser.execute_script(_ERRORS))


def outside(browser: webdriver.Chrome, url: str) -> list[str]:
    """Addresses asked for since the last call that are not the server's own."""
    asked = []
    for entry in browser.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
            asked.append(message["params"].get("url") or message["params"]["request"]["url"])
    own = (url, url.replace("http", "ws", 1), "data:", "blob:", "chrome:", "about:")
    return [address for address in asked if not address.startswith(own)]
