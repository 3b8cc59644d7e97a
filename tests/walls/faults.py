"""R23: faults of ten kinds in every page and route; what a visitor reads is plain words and an id that stands in the log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.access import EXPORTED
from core.vocabulary import NOTE
from tests import visiting
from tests.walls.frames import Shown, opened
from webapp import menu

# place and kind; the names are those of tests/walls/faulty.py
FAULTS = (
    "database unreachable", "database timeout", "database permission", "database sql", "database shutdown",
    "reading timeout", "reading permission", "reading sql", "view key", "view value", "page file", "page frame", "end memory",
    "broken view",
)  # fmt: skip
INSIDE = re.compile(
    rb"Traceback|hunter2|postgresql://|password-of|SELECT |psycopg|site-packages|/srv/|pg_hba|\.py\b[^_]|facts\.options"
)
_END = f'<div class="of-foot">{NOTE}'.encode()
ERROR_ID = re.compile(rb"[Ee]rror ([0-9a-f]{8})\b")
ROUTES = (
    ("GET", "/readyz"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("POST", "/auth/ticket"),
    ("POST", "/auth/sign-out"),
    ("GET", "/"),
    ("PUT", "/_stcore/upload_file/x/y"),
    *(("GET", f"/export/{feature}.csv") for feature in EXPORTED),
)


@dataclass
class Tried:
    """What was counted; all lists have to be empty."""

    tried: int = 0
    failed: int = 0
    leaks: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)


def inject(served: Any, cookies: dict[str, str], fault_file: Path, faults: tuple[str, ...], every: int = 1) -> Tried:
    """Each fault in each page (as admin, who may enter all) and each route; `every`: only each nth pair."""
    result, ids = Tried(), []
    for number, (fault, kind, path) in enumerate(_pairs(faults)):
        if number % every:
            continue
        fault_file.write_text(fault)
        try:
            body, failed = _answer(served, cookies["admin"], kind, path)
        finally:
            fault_file.unlink()
        where = f"{fault}: {kind} {path}"
        result.tried += 1
        if leak := INSIDE.search(body):
            result.leaks.append(f"{where}: {leak[0]!r} in {body[max(0, leak.start() - 60) : leak.end() + 60]!r}")
        found = ERROR_ID.findall(body)
        ids += [(where, error_id) for error_id in found]
        if failed:
            result.failed += 1
            result.reached.add(fault)
            if not found:
                result.silent.append(where)
    log = served.log.read_bytes()
    result.unlogged = [where for where, error_id in ids if error_id not in log]
    return result


def _pairs(faults: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for fault in faults:
        yield from ((fault, "page", f"/{path}") for path in menu.paths())
        yield from ((fault, *route) for route in ROUTES)


def whole(shown: Shown) -> bool:
    """Whether a page came to its end: the sentence under every page, or what stands where nobody may sign up."""
    return shown.finished and (_END in shown.frames or b"Accounts come by invitation" in shown.frames)


def _answer(served: Any, cookie: str, kind: str, path: str) -> tuple[bytes, bool]:
    """What was read, and whether something failed: a page that did not come to its end, a status of 500 and more."""
    if kind == "page":
        shown = opened(served.url, cookie, path)
        return shown.everything, not whole(shown)
    cookie = "nobody's" if path == "/auth/sign-out" else cookie  # where nothing fails it would end the admin's sign-in
    headers, cookies = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}, {"oiflow": cookie, "oiflow-visit": "x"}
    answer = visiting.request(
        kind, served.url + path, headers=headers, cookies=cookies, content=b"ticket=x" if kind == "POST" else None
    )
    probes = ("/readyz", "/healthz")  # they say in JSON what is wrong
    missing = [name for name in ("content-security-policy", "x-content-type-options") if name not in answer.headers]
    body = answer.content + b"\n" + repr(answer.headers).encode() + (b" Traceback: no " + missing[0].encode() if missing else b"")
    return body, answer.status_code >= 500 and path not in probes
