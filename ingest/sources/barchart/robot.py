"""Barchart's four downloads, fetched by a browser that signs in as the operator.

    for answer in fetch(settings, SLOTS["barchart"], clock):       # one answer a slot, in this order
        match answer:
            case Raw(): ...            # a file that is of the slot asked for, by its content
            case RobotFailed(): ...    # .reason, .slot, .kept; the slots behind it still come

Off unless the operator has confirmed the right to it: `ready` says what is missing. A captcha, a refused password and the site's
download limit end the whole run at once: nothing is solved, guessed or tried around.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog
from selenium.common.exceptions import TimeoutException, WebDriverException

from core import disk
from core.clock import Clock
from core.errors import DiskFull, RefusedPayload, RobotFailed, SettingsError
from core.settings import Settings
from ingest.browser import chromium as browser
from ingest.browser import evidence
from ingest.browser.chromium import Browser, Limits
from ingest.browser.masking import masked_text
from ingest.providers.masking import masked
from ingest.sources import SLOTS, Raw
from ingest.sources.barchart import pages, parse
from ingest.sources.barchart.visit import Visit

log = structlog.get_logger()

Progress = Callable[[str, str], None]
"""Called with a slot and what is being done for it."""

VISITS = 2
"""At most so many visits a slot."""
ENDS_ALL = frozenset({"captcha", "sign_in_failed", "download_limit", "wrong_site", "bad_selector"})
"""Reasons that no second visit mends, and that hold for the other slots too."""
_BROKEN_OFF = frozenset({"empty_file", "cut_in_row", "no_footer", "bad_gzip"})


def ready(settings: Settings) -> str | None:
    """What is missing before the robot may run, or None."""
    if "barchart" not in [name.strip() for name in settings.sources.split(",")]:
        return "SOURCES does not name barchart."
    if settings.source_barchart_rights != "confirmed":
        return "SOURCE_BARCHART_RIGHTS=confirmed is not set: confirm that you may use your Barchart downloads."
    if not settings.barchart_user.get_secret_value() or not settings.barchart_password.get_secret_value():
        return "BARCHART_USER and BARCHART_PASSWORD are not set."
    return browser.missing(settings.selenium_url.get_secret_value())


def fetch(
    settings: Settings, slots: Sequence[str], clock: Clock, progress: Progress | None = None, limits: Limits | None = None
) -> Iterator[Raw | RobotFailed]:
    """One answer for each slot as it comes: its file, or why there is none. SettingsError at once where it may not run.

    The browser lives until the last answer was taken or the iterator is closed. limits: shorter ones for tests.
    """
    missing = ready(settings)
    if missing:
        raise SettingsError(f"The Barchart downloads are off. {missing}")
    if unknown := set(slots) - set(SLOTS["barchart"]):
        raise ValueError(f"Barchart has no slot {', '.join(sorted(unknown))}.")
    site = pages.load(settings.oiflow_home, settings.barchart_url)
    return _answers(Robot(settings, site, clock, progress or _silently, limits or Limits()), slots)


def _answers(robot: "Robot", slots: Sequence[str]) -> Iterator[Raw | RobotFailed]:
    try:
        for slot in slots:
            yield robot.bring(slot)
    finally:
        robot.close()


def _silently(_slot: str, _doing: str) -> None:
    pass


class Robot:
    """One run over slots: a browser that stays while all goes well and is replaced after a failure."""

    def __init__(self, settings: Settings, site: pages.Site, clock: Clock, progress: Progress, limits: Limits):
        self._settings, self._site, self._clock, self._progress, self._limits = settings, site, clock, progress, limits
        self._browser: Browser | None = None
        self._over: RobotFailed | None = None

    @property
    def _secrets(self) -> tuple[str, str]:
        return self._settings.barchart_user.get_secret_value(), self._settings.barchart_password.get_secret_value()

    def bring(self, slot: str) -> Raw | RobotFailed:
        """The slot's file or the failure, after at most two visits."""
        if self._over is not None:
            return RobotFailed(self._over.reason, str(self._over), slot, self._over.kept)
        answer = self._try(slot)
        for _ in range(1, VISITS):
            if isinstance(answer, Raw) or answer.reason in ENDS_ALL:
                break
            time.sleep(self._limits.pause)
            answer = self._try(slot)
        if isinstance(answer, RobotFailed) and answer.reason in ENDS_ALL:
            self._over = answer
        return answer

    def close(self) -> None:
        """End the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def _try(self, slot: str) -> Raw | RobotFailed:
        """One visit. After a failure the browser is gone: what led to it may live in its profile."""
        try:
            return self._visit(slot)
        except RobotFailed as failure:
            return self._kept(failure, slot)
        except TimeoutException:
            return self._kept(RobotFailed("page_timeout", "The page did not answer in time."), slot)
        except WebDriverException as error:
            words = (str(error.msg).strip().split("\n") or [""])[0]
            return self._kept(RobotFailed("browser_error", masked_text(words, self._secrets)[:300]), slot)
        except DiskFull as full:
            return self._kept(RobotFailed(full.code, str(full)), slot)

    def _visit(self, slot: str) -> Raw:
        fresh = self._browser is None
        if self._browser is None:
            self._progress(slot, "starting the browser")
            with disk.told():
                self._browser = Browser(self._settings.oiflow_home, self._settings.selenium_url.get_secret_value(), self._limits)
        self._browser.begin(self._limits.visit)
        visit = Visit(self._browser, self._site, self._secrets)
        if fresh:
            self._progress(slot, "signing in")
            visit.sign_in()
        self._progress(slot, "downloading")
        name, body = visit.download(slot)
        raw = self._checked(slot, name, body)
        self._progress(slot, "downloaded")
        log.info("robot_downloaded", slot=slot, size_bytes=len(body))
        return raw

    def _checked(self, slot: str, name: str, body: bytes) -> Raw:
        """The file under the slot's name, if its content says that it is this slot's. name: as the site called it."""
        raw = Raw("barchart", f"{slot}.csv", body, self._clock())
        try:
            found = parse(replace(raw, file_name=name)).slot
        except RefusedPayload as error:
            reason = "partial_download" if error.reason in _BROKEN_OFF else "wrong_content"
            raise RobotFailed(reason, f"The download is no file of this slot ({error.reason}): {error}") from error
        if found != slot:
            raise RobotFailed("wrong_content", f"The site sent {found} where {slot} was asked for.")
        return raw

    def _kept(self, failure: RobotFailed, slot: str) -> RobotFailed:
        """The failure with what was seen, and the browser ended. What the site or its file said may hold the sign-in."""
        failure = RobotFailed(failure.reason, masked(str(failure), self._secrets))
        try:
            driver = self._browser.last_look() if self._browser else None
            seen = evidence.look(driver, self._site.url, self._secrets)
        finally:
            self.close()
        kept = ""
        with suppress(OSError):  # on a full disk the failure is told without what was seen
            kept = evidence.keep(self._settings.oiflow_home, self._clock(), slot, failure, seen, self._secrets)
        log.warning("robot_failed", slot=slot, reason=failure.reason, words=str(failure), kept=kept)
        return RobotFailed(failure.reason, str(failure), slot, kept)
