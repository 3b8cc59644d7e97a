"""What a site of its own is put through: faults, canaries, hostile words, secrets. The modules beside it measure."""

import tempfile
from pathlib import Path
from typing import Any

from tests.browser.served import serve
from tests.usecases import market
from tests.walls import canaries, faults, injections, kept_secrets, payloads
from tests.walls.frames import opened
from tests.walls.site import own_databases, row
from tests.walls.visitors import KINDS, cookie_of
from usecases import passwords

_PAGES = ("home", "changes", "new_positions", "display", "flow_trend", "table")


def _cookies(databases: Any) -> dict[str, str]:
    passwords.COST, kept = 4, passwords.COST
    try:
        return {kind: cookie_of(databases.auth, kind) for kind in KINDS}
    finally:
        passwords.COST = kept


def planted_canaries(every: int) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with tempfile.TemporaryDirectory(prefix="oiflow-closed-") as scratch:
        return _planted_canaries(Path(scratch), every)


def _planted_canaries(folder: Path, every: int) -> list[dict[str, Any]]:
    with own_databases("r26") as databases:
        planted, cookies = canaries.plant(databases), _cookies(databases)
        with serve(databases, folder / "canaries.log") as served:
            paid = canaries.crawl(served, cookies, planted, ("admin", "premium"), every)
            others = canaries.crawl(served, cookies, planted, ("free", "expired", "anonymous", "disabled"), every)
            every_one = planted.old | planted.beyond | planted.admin
            logged = sum(canary in served.log.read_bytes() for canary in every_one)
    return [
        row("R26", f"canaries of {len(every_one)} in {others.answers} answers to others", len(others.found)),
        row("R26", "canaries of admins in answers to premium", len(paid.found)),
        row("R26", "canaries in the log", logged),
        row("R26", f"canaries that premium and admin saw, of {len(every_one)} forms", len(paid.seen), 30, most=False),
        row("R26", "pages that did not come to their end", paid.unfinished + others.unfinished),
    ]


def injected_faults(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with tempfile.TemporaryDirectory(prefix="oiflow-closed-") as scratch:
        return _injected_faults(Path(scratch), full)


def _injected_faults(folder: Path, full: bool) -> list[dict[str, Any]]:
    fault = folder / "fault"
    with own_databases("r23") as databases:
        market.fill(databases)
        cookies = _cookies(databases)
        with serve(databases, folder / "faults.log", "tests.walls.faulty:application", OIFLOW_FAULT=str(fault)) as served:
            found = faults.inject(served, cookies, fault, faults.FAULTS, 1 if full else 5)
            hostile = _hostile_addresses(served, cookies["premium"], 60 if full else 2) if not fault.exists() else []
    return [
        row(
            "R23",
            f"answers with something of the inside, of {found.tried} with faults of {len(faults.FAULTS)} kinds",
            len(found.leaks),
        ),
        row("R23", f"failures without an id, of {found.failed}", len(found.silent)),
        row("R23", "ids that are not in the log", len(found.unlogged)),
        row("R23", "kinds of fault that reached a visitor", len(found.reached), len(faults.FAULTS), most=False),
        row("U3", "page addresses with hostile words that failed", len(hostile)),
    ]


def _hostile_addresses(served: Any, cookie: str, many: int) -> list[str]:
    """Every page with a payload in every word of its address at once; those that failed."""
    failed = []
    for page in _PAGES:
        for payload in payloads.sql(many):
            words = dict.fromkeys((*injections.PARAMETERS, *injections.TREND, "count", "columns", "show", "line"), payload)
            shown = opened(served.url, cookie, f"/{page}", words)
            if not faults.whole(shown) or b"Something went wrong" in shown.frames:
                failed.append(shown.address)
    return failed


def hostile_words(count: int) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with own_databases("r34") as databases:
        market.fill(databases)
        found = injections.inject(databases, payloads.sql(count))
    return [
        row("R34", f"errors of {found.tried} places with {count} payloads", len(found.errors)),
        row("R34", "answers or tables with other rows", len(found.differing)),
    ]


def searched_secrets(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with tempfile.TemporaryDirectory(prefix="oiflow-closed-") as scratch:
        return _searched_secrets(Path(scratch), full)


def _searched_secrets(folder: Path, full: bool) -> list[dict[str, Any]]:
    place = folder / "secrets"
    place.mkdir()
    found = kept_secrets.search(place, 1 if full else 17)
    return [row("R40", f"secrets in {found.places} logs, pages and answers", len(found.found))]
