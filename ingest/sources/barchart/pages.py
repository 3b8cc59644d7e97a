"""Where the robot goes and what it looks for: paths of the pages, and selectors of each element in the order they are tried.

The site may move its pages and rename its elements at any time. OIFLOW_HOME/barchart_pages.toml replaces any entry, so that an
operator can mend them without a release:

    [pages]
    stocks-increase = "/options/open-interest-change/increase?type=stocks"
    [selectors]
    download_button = ["a.toolbar-button.download", "xpath=//button[contains(., 'Download')]"]
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import SettingsError

FILE = "barchart_pages.toml"

PAGES = {
    "sign_in": "/login",
    "stocks-increase": "/options/open-interest-change/increase?type=stocks",
    "stocks-decrease": "/options/open-interest-change/decrease?type=stocks",
    "etfs-increase": "/options/open-interest-change/increase?type=etfs",
    "etfs-decrease": "/options/open-interest-change/decrease?type=etfs",
}
"""Path of the sign-in page and of each slot's page, below BARCHART_URL."""


def _saying(tags: str, *words: str) -> tuple[str, ...]:
    """XPaths of elements whose text has these words, whatever their case."""
    lower = "translate(normalize-space(.), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
    either = " or ".join(f"self::{tag}" for tag in tags.split())
    return tuple(f"xpath=//*[{either}][contains({lower}, '{said}')]" for said in words)


SELECTORS: dict[str, tuple[str, ...]] = {
    "user_field": (
        "input[name='email']", "input[type='email']", "input[autocomplete='username']", "input[name='username']",
        "input#login-page-form-email", "form input[type='text']",
    ),
    "password_field": ("input[name='password']", "input[type='password']", "input[autocomplete='current-password']"),
    "submit": (
        "button.login-button", "form button[type='submit']", "form input[type='submit']",
        *_saying("button a", "log in", "sign in", "login"),
    ),
    "sign_in_error": (".login-error", ".form-error", ".alert-danger", "[data-error='login']", "form [role='alert']"),
    "popup_close": (
        "#onetrust-reject-all-handler", "#onetrust-accept-btn-handler", "button[aria-label='Close']", "[data-dismiss='modal']",
        ".modal .close", ".reveal-modal .close-reveal-modal", ".popup-close", *_saying("button", "no thanks", "reject all"),
    ),
    "captcha": (
        "iframe[src*='recaptcha/api2/bframe']", "iframe[src*='recaptcha/api2/anchor']:not([src*='size=invisible'])",
        "iframe[src*='hcaptcha.com']", "iframe[src*='challenges.cloudflare.com']", ".h-captcha", ".cf-turnstile",
        ".g-recaptcha:not([data-size='invisible'])", "#challenge-form", "#challenge-running", "#px-captcha", "form#captcha",
        *_saying("h1 h2 h3 p", "verify you are human", "verify that you are human", "are you a robot"),
    ),
    "limit_notice": (
        ".download-limit", "[data-dialog='download-limit']",
        *_saying("p h1 h2 h3 h4", "reached your download limit", "limit reached", "exceeded your da", "no downloads left"),
    ),
    "download_button": (
        "a.toolbar-button.download", "button.toolbar-button.download", "[data-bc-download-button]", "a.download[href]",
        "a[download]", "button[title*='download' i]", *_saying("a button", "download"),
    ),
    "export_confirm": (
        ".modal .download-confirm", ".reveal-modal .download-confirm", *_saying("a button", "download anyway", "export anyway"),
    ),
}  # fmt: skip
"""CSS, or XPath after `xpath=`. Of each row the first that finds a visible element counts."""


@dataclass(frozen=True)
class Site:
    """The site as the robot knows it. url: without a slash at the end."""

    url: str
    pages: dict[str, str]
    selectors: dict[str, tuple[str, ...]]

    def address(self, page: str) -> str:
        """Full address of a page."""
        return self.url + self.pages[page]


def load(home: Path, url: str) -> Site:
    """The tables above with what the operator's file replaces. SettingsError names everything that is wrong in the file."""
    path = home / FILE
    try:
        told = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return Site(url, dict(PAGES), dict(SELECTORS))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{FILE} cannot be read: {error}") from error
    faults = [*_unknown("table", told, {"pages": 0, "selectors": 0})]
    pages, selectors = _table(told, "pages", faults), _table(told, "selectors", faults)
    faults += [*_unknown("page", pages, PAGES), *_unknown("element", selectors, SELECTORS)]
    faults += [f"page {name!r} has to be a path that begins with one slash" for name, path in pages.items() if not _is_path(path)]
    faults += [f"element {name!r} has to be a list of selectors" for name, row in selectors.items() if not _is_row(row)]
    if faults:
        raise SettingsError(f"{FILE}: {'; '.join(faults)}")
    return Site(url, PAGES | pages, SELECTORS | {name: tuple(row) for name, row in selectors.items()})


def _table(told: dict[str, Any], name: str, faults: list[str]) -> dict[str, Any]:
    table = told.get(name, {})
    if isinstance(table, dict):
        return table
    faults.append(f"{name!r} has to be a table")
    return {}


def _unknown(kind: str, told: dict[str, Any], known: dict[str, Any]) -> list[str]:
    return [f"there is no {kind} {name!r}, only {', '.join(known)}" for name in told if name not in known]


def _is_path(path: object) -> bool:
    return isinstance(path, str) and path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()


def _is_row(row: object) -> bool:
    return isinstance(row, list) and bool(row) and all(isinstance(selector, str) and selector.strip() for selector in row)
