"""R29: a page on which nobody clicks, after its account may not keep it: how long it stays."""

import time
from typing import Any

from core.clock import system_clock
from tests.browser.served import PASSWORD, Served, text, wait_for
from usecases import accounts
from usecases.audit import Visit

EVENTS = ("disable", "end_sign_ins", "demote")
LONGEST = 60.0  # seconds
_PATH = "/display"


def leave_open(browser: Any, served: Served, event: str) -> str:
    """Sign in an account of its own and leave a page of Premium open; the account's e-mail."""
    email = f"{event}@site.test"
    link = accounts.add(served.databases.auth, "test", email, "premium", None, system_clock)
    accounts.use_link(served.databases.auth, link.token, "", PASSWORD, Visit(), system_clock)
    served.sign_in(browser, email, _PATH)
    return email


def act(databases: Any, event: str, email: str) -> None:
    """What an admin does to the account."""
    if event == "demote":
        accounts.set_tier(databases.auth, "test", email, "free", None, system_clock)
    else:
        getattr(accounts, event)(databases.auth, "test", email, system_clock)


def cleared(browser: Any, event: str, email: str) -> bool:
    """Whether the page shows what the account may see now."""
    shown = text(browser)
    if event == "demote":
        return "Your account is Free" in shown
    return "Welcome to OI Flow" in shown and email not in shown


def clear_side_by_side(browsers: dict[str, Any], served: Served) -> dict[str, float]:
    """All pages left open first, then all events at once: seconds until each page is cleared, by event."""
    emails = {event: leave_open(browser, served, event) for event, browser in browsers.items()}
    for event, email in emails.items():
        act(served.databases, event, email)
    began, seconds = time.monotonic(), {}

    def every() -> bool:
        for event, browser in browsers.items():
            if event not in seconds and cleared(browser, event, emails[event]):
                seconds[event] = time.monotonic() - began
        return len(seconds) == len(browsers)

    wait_for(every, 2 * LONGEST)
    return seconds
