"""What the browser saw when it failed: picture and page, kept under OIFLOW_HOME/failures for its owner alone, secrets masked."""

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from selenium.common.exceptions import WebDriverException

from core import private
from core.errors import RobotFailed
from ingest.browser.driver import Driver
from ingest.browser.masking import masked_page, masked_text

MOST_KEPT = 50
_SHORTEST_COOKIE = 6  # characters; shorter ones are flags such as "1" and "yes"
_MOST_PICTURE = 8 << 20  # bytes
_BLANK = r"""
const words = arguments[0].filter(word => word.length > 2), plain = ['submit', 'button', 'checkbox', 'radio', 'image', 'reset'];
const email = /[\w.+%-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+/g;
for (const field of document.querySelectorAll('input, textarea, [contenteditable]'))
    if (field.isContentEditable) field.textContent = '';
    else if (!plain.includes(field.type)) { field.value = ''; field.placeholder = ''; }
const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    let text = node.nodeValue.replace(email, '***');
    for (const word of words) text = text.split(word).join('***');
    if (text !== node.nodeValue) node.nodeValue = text;
}
return true;
"""


@dataclass(frozen=True)
class Seen:
    """What there was to see: the page's source, a picture (PNG), its address up to the path; cookies: values to be masked."""

    page: str | None = None
    picture: bytes | None = None
    address: str = ""
    cookies: tuple[str, ...] = ()


def look(driver: Driver | None, site: str, secrets: Iterable[str]) -> Seen:
    """What a browser shows now, its fields emptied before the picture is taken.

    secrets: known ones; only a page of the site itself is told them, because a stranger's script could listen.
    """
    if driver is None:
        return Seen()
    page = picture = None
    address, cookies = "", tuple[str, ...]()
    with suppress(RobotFailed, WebDriverException):
        shown = urlsplit(driver.current_url)
        address = f"{shown.scheme}://{shown.hostname or ''}{shown.path}"
        cookies = tuple(
            value for cookie in driver.get_cookies() if len(value := str(cookie.get("value", ""))) >= _SHORTEST_COOKIE
        )
        page = driver.page_source
        own = f"{shown.scheme}://{shown.netloc}" == site
        if driver.execute_script(_BLANK, list(secrets) if own else []) is True:
            picture = driver.get_screenshot_as_png()
    return Seen(page, picture, address, cookies)


def keep(home: Path, at: datetime, slot: str, failure: RobotFailed, seen: Seen, secrets: Iterable[str]) -> str:
    """Write it down, the newest 50 stay; the name of the folder under OIFLOW_HOME/failures."""
    root, secrets = home / "failures", (*secrets, *seen.cookies)
    folder = _fresh(root, f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{slot}")
    told = {"reason": failure.reason, "message": str(failure), "slot": slot, "at": at.isoformat(), "address": seen.address}
    words = {name: masked_text(text, secrets) if name in ("message", "address") else text for name, text in told.items()}
    _write(folder / "reason.json", (json.dumps(words, indent=1) + "\n").encode())
    if seen.page is not None:
        _write(folder / "page.html", masked_page(seen.page, secrets).encode(errors="replace"))
    if seen.picture is not None and len(seen.picture) <= _MOST_PICTURE:
        _write(folder / "screen.png", seen.picture)
    _prune(folder)
    return folder.name


def _fresh(root: Path, name: str) -> Path:
    private.folder(root)
    for number in range(1, 1000):
        folder = root / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
    raise FileExistsError(name)


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb", opener=private.opener) as file:
        file.write(content)


def _prune(newest: Path) -> None:
    """Remove all but the newest; what has another name is not ours."""
    others = [path for path in newest.parent.iterdir() if re.match(r"\d{8}T\d{6}Z-", path.name) and path != newest]
    for path in sorted(others, key=lambda path: path.stat().st_mtime_ns)[: -(MOST_KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)
