"""From a typed password to a sign-in that PostgreSQL can end: limits, tickets, sign-ins, the account behind a cookie.

Every secret is 256 random bits and only its sha256 is stored. Limits are counted before the password is hashed.
"""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import pandas as pd

from core.access import Tier
from core.clock import Clock
from core.errors import SignInError, TooManyAttempts, WrongPassword
from db.database import Database, Transaction
from usecases import passwords
from usecases.audit import Visit, audit, refusal

WINDOW = timedelta(hours=1)
MOST_FROM_KNOWN, MOST_FROM_UNKNOWN, MOST_FROM_ADDRESS = 8, 12, 60  # evaluated wrong guesses in WINDOW
TICKET_LIFE = timedelta(seconds=30)
TOUCH_EVERY = timedelta(minutes=1)
_LIVES = {True: (timedelta(hours=1), timedelta(hours=12)), False: (timedelta(hours=24), timedelta(days=30))}


@dataclass(frozen=True)
class Account:
    """Who is signed in. `tier` is what counts now: an ended tier is free."""

    account_id: int
    email: str
    tier: Tier
    tier_until: datetime | None = None
    demo: bool = False
    theme: str = "dark"
    colours: str = "default"


@dataclass(frozen=True)
class Attempt:
    """One password being tried. `password_hash` is a decoy unless the account may sign in; `state` is for the audit log."""

    attempt_id: int
    email: str
    account_id: int | None
    password_hash: str
    state: str


@dataclass(frozen=True)
class SignedIn:
    """What the browser gets: values for two HttpOnly cookies, and how long the sign-in may last."""

    cookie: str
    browser: str
    expires_at: datetime


class StoredAccount(NamedTuple):
    """An account as it stands; the columns of the queries account_by_email and account_by_id, in their order."""

    account_id: int
    email: str
    password_hash: str | None
    tier: str
    tier_until: datetime | None
    state: str
    demo: bool
    theme: str
    colours: str
    created_at: datetime


def stored_account(work: Transaction, email: str) -> StoredAccount | None:
    """The account of a cleaned e-mail; None where there is none."""
    row = work.one("account_by_email", email=email)
    return StoredAccount(*row) if row else None


def secret() -> str:
    """256 random bits for a cookie, ticket or link."""
    return secrets.token_urlsafe(32)


def sha256(value: str) -> str:
    """What is stored in place of a secret."""
    return hashlib.sha256(value.encode()).hexdigest()


def network(address: str) -> str:
    """What limits count as one address: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(parsed.ipv4_mapped or ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)


def is_loopback(address: str) -> bool:
    """Whether a visitor sits at this machine; an address that cannot be read does not count."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def effective_tier(tier: str, tier_until: datetime | None, now: datetime) -> Tier:
    """The tier that counts at `now`."""
    return Tier(tier) if tier_until is None or now < tier_until else Tier.FREE


def lives(tier: Tier) -> tuple[timedelta, timedelta]:
    """How long a sign-in of a tier may idle, and last at most."""
    return _LIVES[tier is Tier.ADMIN]


def begin_attempt(db: Database, email: str, visit: Visit, clock: Clock) -> Attempt:
    """Count an attempt as wrong before its password is hashed, or raise TooManyAttempts."""
    email, now, address = email.strip().lower()[:320].replace("\x00", ""), clock(), network(visit.address)
    with db.transaction() as work:
        for key in (email, address):  # always in this order, so that two attempts cannot wait for each other
            work.rows("lock_attempts", key=key)
        found = stored_account(work, email)
        browser = sha256(visit.browser)
        known = found is not None and bool(work.value("is_known_browser", account_id=found.account_id, browser_sha256=browser))
        counts = work.one("count_attempts", email=email, address=address, since=now - WINDOW) or (0, 0, 0)
        full = counts[0] >= MOST_FROM_KNOWN if known else counts[1] >= MOST_FROM_UNKNOWN or counts[2] >= MOST_FROM_ADDRESS
        if full:  # no attempt is kept: it would fill the disk, and costs who sends it nothing
            refusal(work, now, email, "sign_in_refused", email, address, reason="too_many_attempts")
        else:
            attempt_id = work.value("insert_attempt", email=email, address=address, known_browser=known, now=now)
    if full:
        raise TooManyAttempts()
    elsewhere = found is not None and found.demo and not is_loopback(visit.address)  # demo accounts are for this machine alone
    if found is None or elsewhere or found.state != "active" or found.password_hash is None:
        return Attempt(attempt_id, email, None, passwords.decoy(), found.state if found else "unknown")
    return Attempt(attempt_id, email, found.account_id, found.password_hash, found.state)


def finish_attempt(db: Database, attempt: Attempt, right: bool, visit: Visit, clock: Clock) -> None:
    """Write what came of an attempt; raise WrongPassword when it was wrong."""
    right = right and attempt.account_id is not None
    with db.transaction() as work:
        if right:
            work.execute("right_attempt", attempt_id=attempt.attempt_id)
        action = "password_right" if right else "password_wrong"
        audit(work, clock(), attempt.email, action, attempt.email, visit.address, account=attempt.state)
    if not right:
        raise WrongPassword()


def issue_ticket(db: Database, account_id: int, visit: Visit, clock: Clock) -> str:
    """A ticket that the same browser turns into a sign-in once, within 30 seconds."""
    if not visit.pre_sign_in:
        raise SignInError("Your browser keeps no cookies for this site. Allow them and reload the page.")
    ticket = secret()
    db.execute(
        "insert_ticket",
        ticket_sha256=sha256(ticket),
        account_id=account_id,
        pre_sign_in_sha256=sha256(visit.pre_sign_in),
        expires_at=clock() + TICKET_LIFE,
    )
    return ticket


def redeem_ticket(db: Database, ticket: str, visit: Visit, clock: Clock) -> SignedIn:
    """Turn a ticket into a new sign-in and end the one this browser had; SignInError when the ticket is not good."""
    now, cookie, browser, address = clock(), secret(), visit.browser or secret(), network(visit.address)
    with db.transaction() as work:
        account_id = work.value("use_ticket", ticket_sha256=sha256(ticket), pre_sign_in_sha256=sha256(visit.pre_sign_in), now=now)
        row = work.one("account_by_id", account_id=account_id) if account_id is not None else None
        found = StoredAccount(*row) if row else None
        if found is None or (found.demo and not is_loopback(visit.address)):
            account_id = None
            if owner := work.value("ticket_owner", ticket_sha256=sha256(ticket)):
                refusal(work, now, "visitor", "ticket_refused", owner, address)
        else:
            idle, most = lives(effective_tier(found.tier, found.tier_until, now))
            work.execute("end_sign_in", sign_in_sha256=sha256(visit.cookie), why="new sign-in", now=now)
            work.execute(
                "insert_sign_in", sign_in_sha256=sha256(cookie), account_id=account_id, now=now, idle_until=now + idle,
                expires_at=now + most, address=visit.address, browser=visit.agent[:200],
            )  # fmt: skip
            work.execute("remember_browser", account_id=account_id, browser_sha256=sha256(browser), now=now)
            audit(work, now, found.email, "sign_in", found.email, visit.address)
    if account_id is None:
        raise SignInError("This sign-in took too long or was used already. Please sign in again.")
    return SignedIn(cookie, browser, now + most)


def current_account(db: Database, cookie: str, clock: Clock, touch: bool = True, address: str = "") -> Account | None:
    """The account behind a cookie as PostgreSQL knows it now; None when it may not stay. `touch` keeps it from idling.

    address: where the request comes from; without one that is loopback a demo account is not let in.
    """
    if not cookie:
        return None
    now = clock()
    row = db.one("signed_in_account", sign_in_sha256=sha256(cookie), now=now)
    if row is None:
        return None
    account_id, email, tier_word, tier_until, demo, theme, colours, created_at, seen_at = row
    if demo and not is_loopback(address):
        return None
    tier = effective_tier(tier_word, tier_until, now)
    idle, most = lives(tier)
    if now >= seen_at + idle or now >= created_at + most:  # an account that became admin has an admin's limits at once
        return None
    if touch and now - seen_at >= TOUCH_EVERY:
        db.execute("touch_sign_in", sign_in_sha256=sha256(cookie), now=now, idle_until=now + idle)
    return Account(account_id, email, tier, tier_until, demo, theme, colours)


def sign_out(db: Database, cookie: str, visit: Visit, clock: Clock) -> None:
    """End the sign-in of a cookie; nothing when it has ended already."""
    now = clock()
    with db.transaction() as work:
        if email := work.value("end_sign_in", sign_in_sha256=sha256(cookie), why="signed out", now=now):
            audit(work, now, email, "sign_out", email, visit.address)


def open_sign_ins(db: Database, account_id: int, clock: Clock) -> pd.DataFrame:
    """Where an account is signed in: created_at, seen_at, address, browser."""
    return db.frame("sign_ins_of_account", account_id=account_id, now=clock())
