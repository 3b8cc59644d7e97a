"""Runs of the download robot against the stand-in site."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psutil

from core.clock import Clock
from core.errors import RobotFailed
from core.settings import Settings
from core.settings import load as load_settings
from ingest.browser.chromium import Limits
from ingest.sources import Raw
from ingest.sources.barchart import robot
from tests.standins.barchart_site import PASSWORD, SLOTS, USER, BarchartSite

LIMITS = Limits(start=60, visit=60, page=5, element=4, begin=4, download=4, pause=0)
"""Short, because a stand-in answers at once."""


def settings(home: Path, site: BarchartSite, **more: str) -> Settings:
    """Settings under which the robot may visit the stand-in."""
    given = {"sources": "barchart", "source_barchart_rights": "confirmed", "barchart_user": USER, "barchart_password": PASSWORD}
    return load_settings(**{"oiflow_home": home, "barchart_url": site.url} | given | more)


def ticking() -> Clock:
    """A clock of the day after the stand-in's session that goes on by a second each time it is read."""
    seconds = count()
    return lambda: datetime(2026, 11, 3, tzinfo=UTC) + timedelta(seconds=next(seconds))


def run(home: Path, site: BarchartSite, slots: Sequence[str] = SLOTS, **more: str) -> list[Raw | RobotFailed]:
    """All answers of one run."""
    return list(robot.fetch(settings(home, site, **more), slots, ticking(), limits=LIMITS))


def words(site: BarchartSite, answers: Sequence[Raw | RobotFailed]) -> list[str]:
    """For each answer its reason, or "right" for the slot's very file and "wrong" for any other."""
    return [
        answer.reason
        if isinstance(answer, RobotFailed)
        else "right"
        if answer.body == site.files[answer.file_name.removesuffix(".csv")]
        else "wrong"
        for answer in answers
    ]


_others: set[psutil.Process] = set()


def leave_others() -> None:
    """What this process has started so far, as the browser of other tests, is nobody's business here."""
    _others.update(psutil.Process().children())


def started() -> list[psutil.Process]:
    """What this process has started since, and still has."""
    return [child for child in psutil.Process().children() if child not in _others]


def kill_drivers() -> None:
    """Kill the drivers that were started."""
    for process in _drivers():
        process.kill()


def kill_browsers() -> None:
    """Kill the browsers of these drivers."""
    for driver in _drivers():
        for process in driver.children():
            process.kill()


def _drivers() -> list[psutil.Process]:
    return [process for process in started() if process.name() == "chromedriver"]
