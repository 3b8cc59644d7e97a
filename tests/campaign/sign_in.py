"""R29, R31, R32: revocation at the next request, one hash for every attempt, guessing that gets nowhere."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.access import Tier
from core.clock import frozen
from core.errors import TooManyAttempts, WrongPassword
from core.settings import load
from db import embedded
from db.connect import connect, open_databases
from db.database import Database
from usecases import accounts, passwords, sign_in
from usecases.audit import Visit

COVERS = ("R29", "R31", "R32")
START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PASSWORD, OTHER = "a walk along the quay", "another quay at night"
VISIT = Visit(address="198.51.100.7", pre_sign_in="pre")
MOST_EVALUATED = 20
EVENTS = ("sign-out", "everywhere", "new password", "demotion", "disable", "expiry", "replayed cookie")


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json. Hashes are made cheap where they are counted and not timed."""
    with tempfile.TemporaryDirectory(prefix="oiflow-r32-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="")
        with open_databases(settings):
            db = connect(settings, "auth", demo=False)
            timings = _timings(db, 250 if full else 5)
            cost, passwords.COST = passwords.COST, 4
            passwords.decoy.cache_clear()
            try:
                rows = [*_revocation(db, 100 if full else 3), *_guessing(db, 10_000 if full else 300), *timings]
            finally:
                passwords.COST = cost
                passwords.decoy.cache_clear()
                db.close()
        embedded.stop(Path(scratch), force=True)
    return rows


def _row(bar: str, what: str, figure: float, target: float) -> dict[str, Any]:
    return {"bar": bar, "what": what, "figure": figure, "target": f"{target:g} or less", "met": figure <= target}


def _account(db: Database, email: str, tier: str = "premium") -> int:
    clock = frozen(START)
    link = accounts.add(db, "campaign", email, tier, None, clock)
    return accounts.use_link(db, link.token, "", PASSWORD, VISIT, clock)


def _cookie(db: Database, account_id: int) -> str:
    clock = frozen(START)
    return sign_in.redeem_ticket(db, sign_in.issue_ticket(db, account_id, VISIT, clock), VISIT, clock).cookie


def _revocation(db: Database, trials: int) -> list[dict[str, Any]]:
    rows = []
    for event in EVENTS:
        kept = sum(_still_in(db, event, f"{event.replace(' ', '-')}-{number}@site.test") for number in range(trials))
        rows.append(_row("R29", f"{event}: sign-ins that stayed, two tabs each, {trials} trials", kept, 0))
    return rows


def _still_in(db: Database, event: str, email: str) -> bool:
    clock, account_id = frozen(START), _account(db, email)
    tabs = [_cookie(db, account_id) for _ in range(2)]
    later = frozen(START + timedelta(days=31)) if event == "expiry" else clock
    acts: dict[str, Callable[[], Any]] = {
        "sign-out": lambda: _sign_out(db, tabs),
        "everywhere": lambda: accounts.end_sign_ins(db, "campaign", email, clock),
        "new password": lambda: accounts.change_password(db, account_id, email, PASSWORD, OTHER, VISIT, clock),
        "demotion": lambda: accounts.set_tier(db, "campaign", email, "free", None, clock),
        "disable": lambda: accounts.disable(db, "campaign", email, clock),
        "expiry": lambda: None,
        "replayed cookie": lambda: _sign_out(db, tabs),
    }
    acts[event]()
    found = [sign_in.current_account(db, tab, later) for tab in tabs]
    return any(account is not None and (event != "demotion" or account.tier is not Tier.FREE) for account in found)


def _sign_out(db: Database, tabs: list[str]) -> None:
    for tab in tabs:
        sign_in.sign_out(db, tab, VISIT, frozen(START))


def _evaluated(db: Database, email: str, visit: Visit, at: datetime) -> bool:
    clock = frozen(at)
    try:
        attempt = sign_in.begin_attempt(db, email, visit, clock)
        sign_in.finish_attempt(db, attempt, passwords.matches("wrong password", attempt.password_hash), visit, clock)
    except WrongPassword:
        return True
    except TooManyAttempts:
        return False
    raise AssertionError("A wrong password was right.")


def _guessing(db: Database, guesses: int) -> list[dict[str, Any]]:
    account_id = _account(db, "target@site.test")
    known = sign_in.redeem_ticket(db, sign_in.issue_ticket(db, account_id, VISIT, frozen(START)), VISIT, frozen(START)).browser
    step, hour = timedelta(hours=1) / (guesses + 1), START + timedelta(hours=2)
    one = sum(
        _evaluated(db, "target@site.test", replace(VISIT, address=f"203.0.113.{number % 250}"), hour + step * number)
        for number in range(guesses)
    )
    db.close()  # as a restart of the server does: the counters are in PostgreSQL
    owner = sign_in.begin_attempt(db, "target@site.test", replace(VISIT, browser=known), frozen(hour + step * guesses))
    spray = sum(
        _evaluated(db, f"name{number}@site.test", replace(VISIT, address="192.0.2.9"), hour + step * number)
        for number in range(guesses)
    )
    return [
        _row("R32", f"guesses evaluated of {guesses} in an hour on one account from 250 addresses", one, MOST_EVALUATED),
        _row("R32", "owners with a known browser who were kept out", int(owner.account_id != account_id), 0),
        _row("R32", f"guesses evaluated of one password over {guesses} accounts", spray, sign_in.MOST_FROM_ADDRESS),
    ]


def _timings(db: Database, times: int) -> list[dict[str, Any]]:
    """Known and unknown names in turn, at full cost; each pair with an address of its own."""
    _account(db, "timed@site.test")
    passwords.decoy()
    seconds: dict[str, list[float]] = {"timed@site.test": [], "nobody@site.test": []}
    for number in range(times):
        for email, kept in seconds.items():
            began = time.perf_counter()
            _evaluated(
                db, email, replace(VISIT, address=f"10.0.{number // 250}.{number % 250}"), START + timedelta(hours=2 * number + 2)
            )
            kept.append(time.perf_counter() - began)
    known, unknown = (statistics.median(kept) for kept in seconds.values())
    difference = round(100 * abs(known - unknown) / known, 1)
    return [_row("R31", f"known against unknown name, difference of medians of {times} [%]", difference, 5.0)]
