"""A real Chromium: fresh, bounded, and gone afterwards whatever happened to it."""

import os
import signal

import psutil
import pytest

from core.errors import RobotFailed
from ingest.browser.chromium import Browser, Limits, missing
from tests.ingest.browser.robot_runs import LIMITS
from tests.standins.barchart_site import BarchartSite
from tests.standins.selenium_grid import SeleniumGrid
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def site():
    with BarchartSite() as running:
        yield running


def left(leader):
    """Processes of a driver's session, zombies too."""
    return [pid for pid in psutil.pids() if pid != leader and session(pid) == leader]


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def driver_of(browser):
    return psutil.Process(browser._services[0].process.pid)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OWNER_PASSWORD", "nobody's business")
        with Browser(tmp_path_factory.mktemp("home"), limits=LIMITS) as browser:
            yield browser


def test_a_browser_knows_no_secret_of_ours(opened):
    driver = driver_of(opened)
    assert not [process for process in (driver, *driver.children(recursive=True)) if "OWNER_PASSWORD" in environment(process)]


def test_each_download_has_a_fresh_folder_for_its_owner_alone(opened):
    first, second = (opened.downloads.expect("etfs-increase").folder for _ in range(2))
    assert first != second
    assert not [*first.iterdir(), *second.iterdir()]
    assert {oct(path.stat().st_mode & 0o777) for path in (first, second)} == {"0o700"}


def environment(process):
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_nothing_is_left_of_a_browser_whose_driver_was_killed_and_its_page_can_still_be_seen(tmp_path, site):
    with Browser(tmp_path) as browser:
        browser.go(f"{site.url}/login")
        driver = driver_of(browser)
        driver.kill()
        with pytest.raises(RobotFailed) as failed:
            browser.go(site.url)
        assert failed.value.reason == "driver_lost"
        assert "login-button" in browser.last_look().page_source
    assert wait_until(lambda: not left(driver.pid))


def test_a_driver_that_hangs_ends_with_the_time_of_the_visit(tmp_path, site):
    with Browser(tmp_path) as browser:
        driver = driver_of(browser)
        driver.send_signal(signal.SIGSTOP)
        browser.begin(0.5)
        with pytest.raises(RobotFailed) as failed:
            browser.go(site.url)
        assert failed.value.reason == "visit_timeout"
    assert wait_until(lambda: not left(driver.pid))


def test_a_site_that_does_not_answer_is_named(opened):
    with BarchartSite() as closed:
        pass
    with pytest.raises(RobotFailed, match="ERR_CONNECTION_REFUSED") as failed:
        opened.go(closed.url)
    assert failed.value.reason == "site_unreachable"


def test_a_grid_without_managed_downloads_is_named(tmp_path):
    with SeleniumGrid(tmp_path, managed=False) as grid, pytest.raises(RobotFailed, match="--enable-managed-downloads") as failed:
        Browser(tmp_path, grid.url, Limits())
    assert failed.value.reason == "browser_not_started"


def test_what_has_to_be_installed_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "SELENIUM_URL" in missing("")
    assert missing("http://grid.test:4444") is None
