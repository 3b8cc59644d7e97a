"""Chromium as a context manager: this machine's, or one of a Selenium Grid.

    with Browser(home, grid_url="", limits=Limits()) as browser:
        browser.go("https://...")
        download = browser.downloads.expect("etfs-increase")
        ...                                        # click, wait
        body = browser.downloads.take(download)

Whatever happened inside, on the way out driver and browser are gone with every process that they started, and so is their folder.
"""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil
import structlog
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.command import Command

from core.errors import RobotFailed
from ingest.browser import processes as browser_processes
from ingest.browser.downloads import Downloads
from ingest.browser.driver import Deadline, Driver
from ingest.browser.folder import BrowserFolder

log = structlog.get_logger()

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL = "Install Chromium and its driver (Debian: chromium chromium-driver), or name a Selenium Grid in SELENIUM_URL."
_ARGUMENTS = (
    "--headless=new", "--window-size=1440,1000", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-breakpad", "--password-store=basic", "--disk-cache-size=67108864",
)  # fmt: skip
_PREFERENCES = {
    "credentials_enable_service": False,
    "profile.password_manager_enabled": False,
    "profile.password_manager_leak_detection": False,
    "profile.default_content_setting_values.notifications": 2,
    "profile.default_content_setting_values.geolocation": 2,
    "profile.default_content_setting_values.automatic_downloads": 1,
    "download.prompt_for_download": False,
}
_GOODBYE = 2.0  # seconds for a browser to end by itself; then it is ended
_WAKE = 0.3  # seconds for selenium's thread to see that the Grid has ended the session; it waits for 10 s where it is too late
_LAST_LOOK = 15.0  # seconds for the picture of a failure, after the visit's own time


@dataclass(frozen=True)
class Limits:
    """How long things may take [s] and how large a download may be [bytes]."""

    start: float = 60.0
    visit: float = 240.0
    page: float = 60.0
    element: float = 20.0
    begin: float = 30.0
    download: float = 90.0
    pause: float = 10.0
    most_bytes: int = 64 << 20


class Browser:
    """A browser with a fresh profile. `driver` is selenium's, `downloads` brings files."""

    driver: Driver
    downloads: Downloads

    def __init__(self, home: Path, grid_url: str = "", limits: Limits | None = None):
        self.limits, self._grid = limits or Limits(), grid_url
        self._folder = BrowserFolder(home)
        self._drivers: list[Driver] = []
        self._services: list[Service] = []
        self._roots: list[psutil.Process] = []
        try:
            self._start(Deadline(self.limits.start))
        except BaseException:  # Ctrl-C too: a browser that came up halfway must not stay behind
            self.close()
            raise

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def begin(self, seconds: float) -> None:
        """From now on everything has to be done within these seconds."""
        self.driver.deadline = Deadline(seconds)

    def go(self, address: str) -> None:
        """Open a page, up to the point where its elements are there. RobotFailed: `page_timeout`, `site_unreachable`."""
        self.driver.set_page_load_timeout(min(self.limits.page, self.driver.deadline.left()))
        try:
            self.driver.get(address)
        except TimeoutException as error:
            raise RobotFailed("page_timeout", f"The page did not come within {self.limits.page:g} s.") from error
        except WebDriverException as error:
            if "net::ERR_" not in str(error.msg):
                raise
            word = str(error.msg).partition("net::")[2].split()[0]
            raise RobotFailed("site_unreachable", f"The site cannot be reached: {word}.") from error

    def last_look(self) -> Driver | None:
        """A driver to look at what is there after a failure, or None where no browser is left to look at."""
        self.begin(_GOODBYE)
        try:
            self.driver.execute_script("return 1")
        except (RobotFailed, WebDriverException):
            return self._attach()
        self.begin(_LAST_LOOK)
        return self.driver

    def close(self) -> None:
        """End every process and remove the folder. A driver or browser that is gone already is no trouble."""
        for driver in self._drivers:
            driver.deadline = Deadline(_GOODBYE)
            with suppress(RobotFailed, WebDriverException):
                driver.execute(Command.QUIT)
        for service in self._services:
            left = browser_processes.end(service.process.pid, self._roots)
            with suppress(subprocess.TimeoutExpired):
                service.process.wait(_GOODBYE)
            service.stop()
            if left:
                log.warning("browser_left_processes", pids=[process.pid for process in left])
        for driver in self._drivers:
            driver.command_executor.close()  # type: ignore[union-attr]
            if self._grid:  # the socket of events of a driver that was killed closes by itself
                time.sleep(_WAKE)
                with suppress(RobotFailed, WebDriverException):
                    driver.quit()
        self._folder.drop()

    def _start(self, deadline: Deadline) -> None:
        try:
            self.driver = self._at_grid(deadline) if self._grid else self._here(deadline)
            self.downloads = Downloads(self.driver, self._folder, not self._grid, self.limits.most_bytes)
        except (RobotFailed, WebDriverException) as error:
            words = str(getattr(error, "msg", error)).strip().split("\n")[0]
            raise RobotFailed("browser_not_started", f"No browser could be started: {words[:300]}") from error

    def _here(self, deadline: Deadline) -> Driver:
        options = _options()
        options.binary_location = _program(*_CHROMIUM)
        options.add_argument(f"--user-data-dir={self._folder.make('profile')}")
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium refuses root otherwise
        service = self._serve()
        driver = self._session(service.service_url, options, deadline)
        self._note(service.process.pid, int(driver.capabilities.get("goog:processID", service.process.pid)))
        return driver

    def _serve(self) -> Service:
        """A driver's process, with nothing of our environment: a vendor's page has no business with our passwords."""
        folder = str(self._folder.temporary)
        own = {"PATH": os.defpath, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}
        service = Service(_program("chromedriver"), env=own, popen_kw={"start_new_session": True, "cwd": folder})
        service.start()
        self._services.append(service)
        self._note(service.process.pid, service.process.pid)
        return service

    def _note(self, leader: int, pid: int) -> None:
        found = browser_processes.known([pid])
        self._roots += found
        self._folder.note(leader, found)

    def _session(self, address: str, options: webdriver.ChromeOptions, deadline: Deadline) -> Driver:
        driver = Driver(address, options, deadline, local=not self._grid)
        self._drivers.append(driver)
        return driver

    def _at_grid(self, deadline: Deadline) -> Driver:
        options = _options()
        options.enable_downloads = True
        driver = self._session(self._grid.rstrip("/"), options, deadline)
        if not driver.capabilities.get("se:downloadsEnabled"):
            raise RobotFailed("browser_not_started", "The Grid's nodes need --enable-managed-downloads true.")
        if not isinstance(driver.capabilities.get("webSocketUrl"), str):
            raise RobotFailed("browser_not_started", "The Grid does not hand through WebDriver BiDi.")
        return driver

    def _attach(self) -> Driver | None:
        """A second driver for the browser that a lost one left behind."""
        if self._grid or not browser_processes.alive(self._roots[-1]):
            return None
        options = webdriver.ChromeOptions()
        options.debugger_address = self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with suppress(RobotFailed, WebDriverException):
            return self._session(self._serve().service_url, options, Deadline(_LAST_LOOK))
        return None


def missing(grid_url: str) -> str | None:
    """What has to be installed before a browser can start, or None."""
    try:
        if not grid_url:
            _program(*_CHROMIUM)
            _program("chromedriver")
    except RobotFailed as failure:
        return str(failure)
    return None


def _program(*names: str) -> str:
    """Where the first of these programs that is installed lies."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise RobotFailed("browser_not_started", f"There is no {names[0]} here. {_INSTALL}")
    return found


def _options() -> webdriver.ChromeOptions:
    options = webdriver.ChromeOptions()
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.add_experimental_option("prefs", dict(_PREFERENCES))
    options.enable_bidi = True
    options.page_load_strategy = "eager"
    options.unhandled_prompt_behavior = "dismiss"
    return options
