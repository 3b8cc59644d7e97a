"""What the robot does on the site: sign in, open a slot's page, press the button, wait for the file."""

import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from core.errors import RobotFailed
from ingest.browser.chromium import Browser
from ingest.browser.downloads import Download
from ingest.sources.barchart.pages import Site

_EVERY = 0.15  # seconds between two looks at the page
_MOST_POPUPS = 4
_SURELY = 3  # looks that have to show the same
_LEFT = ("aborted by navigation", "execution context")  # chromedriver's words where a page was left in between
_LIMIT = "The site says that its limit of downloads is reached."
_FIND = r"""
if (document.readyState === 'loading' || !document.body) return null;
const visible = element =>
    [...element.getClientRects()].some(box => box.width && box.height) && getComputedStyle(element).visibility !== 'hidden';
const found = selector => {
    if (!selector.startsWith('xpath=')) return [...document.querySelectorAll(selector)];
    const all = document.evaluate(selector.slice(6), document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({length: all.snapshotLength}, (_, place) => all.snapshotItem(place));
};
const shown = {};
for (const [name, selectors] of Object.entries(arguments[0]))
    for (const selector of selectors) {
        let element;
        try { element = found(selector).find(visible); } catch { return {bad: name + ': ' + selector}; }
        if (element) { shown[name] = element; break; }
    }
return {shown};
"""
Shown = dict[str, WebElement]


class Visit:
    """One browser at the site, within the time that `Browser.begin` was given. secrets: user and password."""

    def __init__(self, browser: Browser, site: Site, secrets: tuple[str, str]):
        self._browser, self._driver, self._site, self._secrets = browser, browser.driver, site, secrets
        self._always_noticed = False  # a page may always say that there is a limit

    def sign_in(self) -> None:
        """Go to the sign-in page and through it. RobotFailed: `sign_in_failed`, `captcha`, `wrong_site` and those of a page."""
        self._browser.go(self._site.address("sign_in"))
        self._wait_for("password_field")
        self._close_popups()
        shown = self._wait_for("password_field")
        self._check_site()
        for name, words in zip(("user_field", "password_field"), self._secrets, strict=True):
            if name not in shown:
                raise RobotFailed("button_not_found", f"The sign-in page shows no {name}.")
            shown[name].clear()
            shown[name].send_keys(words)
        if "submit" in shown:
            self._click("submit", shown["submit"])
        else:
            shown["password_field"].send_keys(Keys.ENTER)
        self._wait_until_in()

    def download(self, slot: str) -> tuple[str, bytes]:
        """Name and content of a slot's file. RobotFailed with a reason where there is none."""
        for sign_ins_left in (1, 0):
            self._browser.go(self._site.address(slot))
            arriving = self._press(slot)
            if arriving is not None and self._arrives(arriving):
                return arriving.name, self._browser.downloads.take(arriving)
            if sign_ins_left:
                self.sign_in()
        raise RobotFailed("sign_in_expired", "The site asks to sign in again and again.")

    def _press(self, slot: str) -> Download | None:
        """Press the download button; None where the site shows its sign-in instead."""
        try:
            shown = self._wait_for("download_button", "password_field")
        except RobotFailed as failure:
            if failure.reason == "button_not_found" and "limit_notice" in (self._look() or {}):
                raise RobotFailed("download_limit", _LIMIT) from failure
            raise
        if "password_field" in shown:
            return None
        self._close_popups()
        self._always_noticed = "limit_notice" in shown
        arriving = self._browser.downloads.expect(slot)
        self._click("download_button", self._wait_for("download_button")["download_button"])
        return arriving

    def _arrives(self, arriving: Download) -> bool:
        """Whether the download came to an end, or the site asks to sign in instead."""
        pressed, confirmed, noticed = time.monotonic(), False, 0
        while not arriving.has_begun():
            if time.monotonic() - pressed > self._browser.limits.begin:
                raise RobotFailed("download_timeout", f"No download began within {self._browser.limits.begin:g} s.")
            arriving.wait(_EVERY)
            shown = self._look() or {}
            if arriving.has_begun():
                break
            if "password_field" in shown:
                return False
            noticed = noticed + 1 if "limit_notice" in shown and not self._always_noticed else 0
            if noticed > _SURELY:
                raise RobotFailed("download_limit", _LIMIT)
            if "export_confirm" in shown and not confirmed:
                confirmed = True
                self._click("export_confirm", shown["export_confirm"])
        self._wait_for_end(arriving)
        return True

    def _wait_for_end(self, arriving: Download) -> None:
        end = time.monotonic() + self._browser.limits.download
        while not arriving.wait(_EVERY):
            self._browser.downloads.check(arriving)
            self._driver.execute_script("return 1")  # a lost driver would never tell
            if time.monotonic() > end:
                raise RobotFailed("download_timeout", f"The download took longer than {self._browser.limits.download:g} s.")

    def _wait_until_in(self) -> None:
        """Wait until the sign-in form has gone, and stays away: some sites hide it while they think."""
        end, away = time.monotonic() + self._browser.limits.element, 0
        while time.monotonic() < end:
            shown = self._look()
            if shown and {"sign_in_error", "password_field"} <= shown.keys():
                raise RobotFailed("sign_in_failed", "The site refuses user or password.")
            away = away + 1 if shown is not None and "password_field" not in shown else 0
            if away > _SURELY:
                return
            time.sleep(_EVERY)
        raise RobotFailed("sign_in_failed", "The sign-in form did not go away.")

    def _wait_for(self, *names: str) -> Shown:
        """What is shown, as soon as one of these elements is. RobotFailed `button_not_found` when none comes."""
        end = time.monotonic() + self._browser.limits.element
        while True:
            shown = self._look() or {}
            if any(name in shown for name in names):
                return shown
            if time.monotonic() > end:
                raise RobotFailed("button_not_found", f"The page shows no {' and no '.join(names)}.")
            time.sleep(_EVERY)

    def _look(self) -> Shown | None:
        """All elements of the table that are visible now, by one round trip; None while the page is still being read."""
        try:
            answer: dict[str, Any] | None = self._driver.execute_script(_FIND, self._site.selectors)
        except StaleElementReferenceException:
            return None
        except WebDriverException as error:
            if any(words in str(error.msg) for words in _LEFT):
                return None
            raise
        if answer is None:
            return None
        if "bad" in answer:
            raise RobotFailed("bad_selector", f"This selector cannot be used: {answer['bad']}")
        shown: Shown = answer["shown"]
        if "captcha" in shown:
            raise RobotFailed("captcha", "The site asks for proof that a human sits here.")
        return shown

    def _close_popups(self) -> None:
        for _ in range(_MOST_POPUPS):
            shown = self._look() or {}
            if "popup_close" not in shown:
                return
            with suppress(WebDriverException):
                shown["popup_close"].click()
            time.sleep(_EVERY)

    def _click(self, name: str, element: WebElement) -> None:
        """Click like a visitor; what lies above is closed, and what cannot be closed is passed by."""
        for _ in range(2):
            try:
                element.click()
                return
            except (ElementClickInterceptedException, ElementNotInteractableException, StaleElementReferenceException):
                self._close_popups()
                with suppress(WebDriverException):
                    ActionChains(self._driver).send_keys(Keys.ESCAPE).perform()
                element = self._wait_for(name)[name]
        self._driver.execute_script("arguments[0].click()", element)

    def _check_site(self) -> None:
        """The password goes to the site of the settings and to nobody else."""
        shown, own = urlsplit(self._driver.current_url), urlsplit(self._site.url)
        host, home = shown.hostname or "", (own.hostname or "").removeprefix("www.")
        if (shown.scheme, shown.port) != (own.scheme, own.port) or not (host == home or host.endswith(f".{home}")):
            raise RobotFailed("wrong_site", "The sign-in page is on another site than BARCHART_URL.")
