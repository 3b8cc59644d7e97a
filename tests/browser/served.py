"""What browser tests do: start a server, start Chromium, type, click, wait."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from cli.up import SOCKET
from core.clock import system_clock
from core.settings import LOGINS, Settings
from tests import visiting
from usecases import accounts, passwords
from usecases.audit import Visit

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "a walk along the quay"
TIERS = ("free", "premium", "admin")
WAIT = 30.0  # seconds; a page that takes longer has failed


@dataclass
class Served:
    """A running web server and what a test does with it."""

    url: str
    databases: Any
    process: subprocess.Popen[bytes]
    log: Path
    emails: dict[str, str] = field(default_factory=lambda: {tier: f"{tier}@site.test" for tier in TIERS})
    _cookies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sign_in(self, browser: webdriver.Chrome, email: str, path: str = "/", password: str = PASSWORD) -> None:
        """Open a page, sign in on it, and wait until the sign-in's cookie is there."""
        browser.get(self.url + path)
        type_in(browser, "E-mail", email)
        type_in(browser, "Password", password)
        click(browser, "Sign in")
        wait_for(lambda: browser.get_cookie("oiflow"))
        wait_for(lambda: email in text(browser))

    def come_back(self, browser: webdriver.Chrome, email: str) -> None:
        """Be signed in by the cookie of the first time that this account came here: no page is open yet."""
        if email not in self._cookies:
            self.sign_in(browser, email)
            kept = browser.get_cookie("oiflow")
            self._cookies[email] = {key: kept[key] for key in ("name", "value", "path", "httpOnly", "sameSite")}
        browser.get(f"{self.url}/healthz")
        browser.add_cookie(self._cookies[email])


def environment(settings: Settings, port: int, **more: str) -> dict[str, str]:
    """What a process of ours needs to use the database of some settings."""
    passwords = {f"{login}_PASSWORD".upper(): getattr(settings, f"{login}_password").get_secret_value() for login in LOGINS}
    ours = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "OIFLOW_HOME": str(settings.oiflow_home),
        "OIFLOW_DEMO": "0",
    }
    return {**os.environ, **ours, **passwords, "WEB_PORT": str(port), "RECHECK_SECONDS": "2", "PYTHONPATH": str(ROOT), **more}


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(found: Callable[[], Any], seconds: float = WAIT) -> Any:
    """Ask again until the answer is true; TimeoutError with the question's source otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := found():
                return answer
        except StaleElementReferenceException:  # the page was drawn anew in between
            pass
        except WebDriverException as error:
            if "aborted by navigation" not in str(error):  # it was left in between
                raise
        time.sleep(0.1)
    raise TimeoutError(f"Nothing came within {seconds} s: {getattr(found, '__code__', found)}")


def text(browser: webdriver.Chrome) -> str:
    """All text on the page."""
    return str(browser.execute_script("return document.body.innerText") or "")


def type_in(browser: webdriver.Chrome, label: str, words: str) -> None:
    """Type into the box with a label."""
    box = wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, f"input[aria-label='{label}']:not(:disabled)"))[-1]
    box.clear()
    box.send_keys(words)


def click(browser: webdriver.Chrome, words: str) -> None:
    """Click the visible button with these words."""

    def button() -> Any:
        buttons = browser.find_elements(By.CSS_SELECTOR, "button")
        return [found for found in buttons if found.is_displayed() and found.text.strip() == words]

    wait_for(button)[-1].click()


def answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    """Whether a server is up; RuntimeError with its log when it has ended."""
    if process.poll() is not None:
        raise RuntimeError(log.read_text())
    try:
        return visiting.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def make_browser(width: int = 1440, height: int = 900) -> webdriver.Chrome:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def clean(browser: webdriver.Chrome) -> None:
    """Make a used Chromium like a fresh one."""
    kept, *others = browser.window_handles
    for handle in others:
        browser.switch_to.window(handle)
        browser.close()
    browser.switch_to.window(kept)
    address = browser.current_url
    browser.get("about:blank")
    if address.startswith("http"):
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": ""}]})
    for kind in ("browser", "performance"):
        browser.get_log(kind)


@contextmanager
def serve(databases: Any, log: Path, app: str = "webapp.app:application", **more: str) -> Iterator[Served]:
    """The web application as users start it, over these databases, until the block ends. more: its environment."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--no-access-log",
        "--no-proxy-headers",
        *SOCKET,
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(databases.settings, port, **more), stdout=out, stderr=out)
    server = Served(f"http://localhost:{port}", databases, process, log)
    try:
        wait_for(lambda: answers(f"{server.url}/healthz", process, log), 60)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def make_accounts(databases: Any) -> None:
    """One account of each tier with PASSWORD, whose hash costs little to make and to check."""
    with patch.object(passwords, "COST", 4):
        for tier in TIERS:
            link = accounts.add(databases.auth, "test", f"{tier}@site.test", tier, None, system_clock)
            accounts.use_link(databases.auth, link.token, "", PASSWORD, Visit(), system_clock)
