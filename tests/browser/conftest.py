"""A real server over a database of the module's own, and a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver

from tests.browser.served import Served, clean, make_accounts, make_browser, serve


@pytest.fixture(scope="module")
def served(kept_databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The web application over a clone with one account of each tier."""
    make_accounts(kept_databases)
    with serve(kept_databases, tmp_path_factory.mktemp("web") / "web.log") as server:
        yield server


@pytest.fixture(scope="session")
def _chromium() -> Iterator[webdriver.Chrome]:
    driver = make_browser()
    yield driver
    driver.quit()


@pytest.fixture
def browser(_chromium: webdriver.Chrome) -> webdriver.Chrome:
    """Chromium as if it were fresh: one empty tab, no cookie, nothing stored, nothing pretended."""
    clean(_chromium)
    return _chromium


@pytest.fixture
def other_browser() -> Iterator[webdriver.Chrome]:
    """A second Chromium, of somebody else."""
    driver = make_browser()
    yield driver
    driver.quit()
