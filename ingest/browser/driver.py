"""A driver of which no command outlives the deadline, and whose troubles have names."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import (
    InvalidSessionIdException,
    NoSuchWindowException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.proxy import Proxy, ProxyType
from selenium.webdriver.remote.client_config import ClientConfig
from urllib3.exceptions import HTTPError, ReadTimeoutError
from websocket import WebSocketException

from core.errors import RobotFailed

_LOST = ("not connected to devtools", "chrome not reachable", "tab crashed", "page crash", "disconnected", "bidi command")
_EVENTS_TIMEOUT, _EVENTS_EVERY = 15.0, 0.02  # seconds

logging.getLogger("selenium").setLevel(logging.INFO)  # at DEBUG it writes down what is typed, passwords too
logging.getLogger("websocket").setLevel(logging.CRITICAL)  # that a browser has gone is said once, by us


class Deadline:
    """The end of all that belongs to one visit."""

    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, above 0. RobotFailed `visit_timeout` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise RobotFailed("visit_timeout", "The visit took longer than it may in all.")
        return left


class Driver(webdriver.Remote):
    """A session at a driver's address. `deadline` may be set anew at any time."""

    def __init__(self, address: str, options: webdriver.ChromeOptions, deadline: Deadline, local: bool):
        self.deadline = deadline
        config = ClientConfig(
            address,
            timeout=120,
            websocket_timeout=_EVENTS_TIMEOUT,
            websocket_interval=_EVENTS_EVERY,
            proxy=Proxy({"proxyType": ProxyType.DIRECT}) if local else None,
            init_args_for_pool_manager={"init_args_for_pool_manager": {"retries": False}},
        )
        super().__init__(command_executor=address, options=options, client_config=config)

    def execute(self, driver_command: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one command. RobotFailed: `visit_timeout`, `driver_lost`; what the page is to blame for stays selenium's."""
        self.command_executor.client_config.timeout = self.deadline.left()  # type: ignore[union-attr]
        with named():
            return super().execute(driver_command, params)


@contextmanager
def named() -> Iterator[None]:
    """Turn the loss of driver or browser into RobotFailed."""
    try:
        yield
    except (ReadTimeoutError, TimeoutError) as error:
        raise RobotFailed("visit_timeout", "The browser did not answer in time.") from error
    except (HTTPError, OSError, WebSocketException) as error:
        raise RobotFailed("driver_lost", "The browser's driver does not answer any more.") from error
    except (InvalidSessionIdException, NoSuchWindowException) as error:
        raise RobotFailed("driver_lost", "The browser is gone.") from error
    except TimeoutException:
        raise
    except WebDriverException as error:
        if any(words in str(error.msg).lower() for words in _LOST):
            raise RobotFailed("driver_lost", "The browser is gone.") from error
        raise
