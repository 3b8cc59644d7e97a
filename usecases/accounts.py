"""Accounts: who may come in, with which tier and until when. Each change writes one line of the audit log."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pandas as pd

from core import private
from core.access import Tier
from core.clock import Clock
from core.errors import AccountError, BadLink, NotAllowed, TooManyAttempts, WrongPassword
from core.sessions import EASTERN
from db.database import Database, Transaction
from usecases import passwords, sign_in
from usecases.audit import Visit, audit, refusal
from usecases.sign_in import StoredAccount, sha256

LINK_LIVES = {"invite": timedelta(days=3), "reset": timedelta(minutes=30), "first_admin": timedelta(minutes=30)}
MOST_WAITING, SIGN_UPS_AN_HOUR = 500, 10
DEMO_TIERS = {"free@demo": Tier.FREE, "premium@demo": Tier.PREMIUM, "admin@demo": Tier.ADMIN}
DEMO_WORDS = "A demo account changes demo accounts only. Change this one by `oiflow accounts ... --demo` at a terminal."
_EMAIL = re.compile(r"[^@\s<>\"'`\\,;:()\[\]\x00-\x1f]{1,64}@[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?")


@dataclass(frozen=True)
class Link:
    """A fresh single-use link: its secret is shown once and stored only as a hash."""

    email: str
    purpose: str
    token: str
    expires_at: datetime

    def url(self, base: str) -> str:
        """The address to hand over."""
        return f"{base.rstrip('/')}/set_password?token={self.token}"


def clean_email(email: str) -> str:
    """Lower case and trimmed, or AccountError."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise AccountError("This is not an e-mail address.")
    return email


def end_of(day: date) -> datetime:
    """The instant at which a tier ends whose last day, in New York, is `day`."""
    return datetime.combine(day, time(23, 59, 59), EASTERN).astimezone(UTC)


def _find(work: Transaction, actor: str, email: str) -> StoredAccount:
    """The account that an actor is about to change; NotAllowed where a demo account reaches for one that is none."""
    email = email.strip().lower()
    found = sign_in.stored_account(work, email)
    if found is None:
        raise AccountError(f"There is no account {email}.")
    if not found.demo and _is_demo(work, actor):
        raise NotAllowed(DEMO_WORDS)
    return found


def _is_demo(work: Transaction, actor: str) -> bool:
    """Whether the actor is a demo account; a person at a terminal has no account at all."""
    acting = sign_in.stored_account(work, actor.strip().lower())
    return acting is not None and acting.demo


def _make_link(work: Transaction, account_id: int | None, email: str, purpose: str, now: datetime) -> Link:
    link = Link(email, purpose, sign_in.secret(), now + LINK_LIVES[purpose])
    work.execute("drop_open_links", account_id=account_id, purpose=purpose)
    token = sha256(link.token)
    work.execute("insert_link", token_sha256=token, account_id=account_id, purpose=purpose, now=now, expires_at=link.expires_at)
    return link


def _keep_an_admin(work: Transaction, found: StoredAccount) -> None:
    if found.tier == Tier.ADMIN and found.state == "active" and not work.value("count_admins", but=found.account_id):
        raise AccountError("This is the last admin. Make another one first.")


def _check_tier(tier: str, until: datetime | None, now: datetime) -> None:
    if tier not in (Tier.FREE, Tier.PREMIUM, Tier.ADMIN):
        raise AccountError("The tier is free, premium or admin.")
    if until is not None and until <= now:
        raise AccountError("The end of the tier lies in the past.")


def add(db: Database, actor: str, email: str, tier: str, until: datetime | None, clock: Clock) -> Link:
    """A new invited account and its link; AccountError when the e-mail is taken. What a demo account makes is one too."""
    now, email = clock(), clean_email(email)
    _check_tier(tier, until, now)
    with db.transaction() as work:
        account_id = work.value(
            "insert_account", email=email, password_hash=None, tier=tier, tier_until=until, state="invited",
            demo=_is_demo(work, actor), now=now,
        )  # fmt: skip
        if account_id is None:
            raise AccountError(f"{email} has an account already.")
        audit(work, now, actor, "invited", email, tier=tier, until=until)
        return _make_link(work, account_id, email, "invite", now)


def reset_link(db: Database, actor: str, email: str, clock: Clock) -> Link:
    """A link for a new password, 30 minutes; for an account that never set one, a new invitation."""
    now = clock()
    with db.transaction() as work:
        found = _find(work, actor, email)
        if found.state in ("disabled", "waiting"):
            raise AccountError(f"{found.email} is {found.state}. Enable it first.")
        purpose = "invite" if found.state == "invited" else "reset"
        audit(work, now, actor, "reset_link", found.email, purpose=purpose)
        return _make_link(work, found.account_id, found.email, purpose, now)


def set_tier(db: Database, actor: str, email: str, tier: str, until: datetime | None, clock: Clock) -> None:
    """Tier from now on, and the instant from which it counts as free. Open pages notice at their next rerun."""
    now = clock()
    _check_tier(tier, until, now)
    with db.transaction() as work:
        work.rows("lock_accounts")
        found = _find(work, actor, email)
        if tier != Tier.ADMIN or until is not None:
            _keep_an_admin(work, found)
        work.execute("set_account_tier", account_id=found.account_id, tier=tier, tier_until=until)
        audit(work, now, actor, "tier_set", found.email, tier=tier, until=until, before=found.tier)


def disable(db: Database, actor: str, email: str, clock: Clock) -> None:
    """No sign-in from now on; the open ones and all links end."""
    now = clock()
    with db.transaction() as work:
        work.rows("lock_accounts")
        found = _find(work, actor, email)
        _keep_an_admin(work, found)
        _close(work, found.account_id, "disabled", now)
        audit(work, now, actor, "disabled", found.email)


def enable(db: Database, actor: str, email: str, clock: Clock) -> None:
    """Back to active, or to invited where no password was ever set. Also how a sign-up is let in."""
    with db.transaction() as work:
        found = _find(work, actor, email)
        work.execute("set_account_state", account_id=found.account_id, state="active" if found.password_hash else "invited")
        audit(work, clock(), actor, "enabled", found.email, before=found.state)


def _close(work: Transaction, account_id: int, why: str, now: datetime) -> None:
    work.execute("set_account_state", account_id=account_id, state="disabled")
    work.execute("drop_links_of_account", account_id=account_id)
    _end_all(work, account_id, why, now)


def _end_all(work: Transaction, account_id: int, why: str, now: datetime) -> int:
    return work.execute("end_sign_ins_of_account", account_id=account_id, why=why, now=now)


def end_sign_ins(db: Database, actor: str, email: str, clock: Clock) -> int:
    """End every sign-in of an account; how many were open."""
    now = clock()
    with db.transaction() as work:
        found = _find(work, actor, email)
        ended = _end_all(work, found.account_id, f"ended by {actor}", now)
        audit(work, now, actor, "sign_ins_ended", found.email, ended=ended)
        return ended


def first_admin_link(db: Database, clock: Clock) -> Link | None:
    """A link that makes the first admin, 30 minutes; None when there is one already."""
    now = clock()
    with db.transaction() as work:
        work.rows("lock_accounts")
        if work.value("count_admins", but=None):
            return None
        audit(work, now, "command", "first_admin_link", "first admin")
        return _make_link(work, None, "", "first_admin", now)


def open_link(db: Database, token: str, clock: Clock) -> tuple[str, str]:
    """E-mail (empty for the first admin) and purpose of a link; BadLink when it is wrong, used or expired."""
    row = db.one("open_link", token_sha256=sha256(token), now=clock())
    if row is None:
        raise BadLink()
    _account_id, purpose, email, _expires_at = row
    return email or "", purpose


def use_link(db: Database, token: str, email: str, password: str, visit: Visit, clock: Clock) -> int:
    """Set the password that a link allows, once; the account's id. `email` counts for the first admin only."""
    known_email, _purpose = open_link(db, token, clock)
    email = known_email or clean_email(email)
    passwords.check(password, email)
    password_hash, now = passwords.hashed(password), clock()
    with db.transaction() as work:
        work.rows("lock_accounts")
        used = work.one("use_link", token_sha256=sha256(token), now=now)
        if used is None:
            raise BadLink()
        known_id, purpose = used
        account_id = known_id if purpose != "first_admin" else _first_admin(work, email, now)
        work.execute("set_account_password", account_id=account_id, password_hash=password_hash)
        work.execute("drop_links_of_account", account_id=account_id)
        _end_all(work, account_id, "new password", now)
        audit(work, now, email, "password_set", email, visit.address, purpose=purpose)
    return account_id


def _first_admin(work: Transaction, email: str, now: datetime) -> int:
    if work.value("count_admins", but=None):
        raise BadLink()
    account_id = work.value(
        "insert_account", email=email, password_hash=None, tier=Tier.ADMIN, tier_until=None, state="invited", demo=False, now=now
    )
    if account_id is None:
        raise AccountError(f"{email} has an account already. Use another address, or `oiflow accounts set-tier`.")
    return int(account_id)


def change_password(db: Database, account_id: int, email: str, present: str, new: str, visit: Visit, clock: Clock) -> None:
    """A new password for who knows the present one; ends every sign-in. Guesses count as sign-in attempts do."""
    passwords.check(new, email)
    attempt = sign_in.begin_attempt(db, email, visit, clock)
    sign_in.finish_attempt(db, attempt, passwords.matches(present, attempt.password_hash), visit, clock)
    if attempt.account_id != account_id:
        raise WrongPassword()
    password_hash, now = passwords.hashed(new), clock()
    with db.transaction() as work:
        work.execute("set_account_password", account_id=account_id, password_hash=password_hash)
        work.execute("drop_links_of_account", account_id=account_id)
        _end_all(work, account_id, "new password", now)
        audit(work, now, email, "password_changed", email, visit.address)


def sign_up(db: Database, email: str, password: str, visit: Visit, clock: Clock) -> None:
    """A free account that waits for an admin. The answer is the same for an e-mail that has an account."""
    now, email = clock(), clean_email(email)
    passwords.check(password, email)
    address = sign_in.network(visit.address)
    with db.transaction() as work:
        work.rows("lock_attempts", key=f"sign-up {address}")
        since = now - timedelta(hours=1)
        full = work.value("count_audit_from_address", action="signed_up", address=address, since=since) >= SIGN_UPS_AN_HOUR
        full = full or work.value("count_waiting") >= MOST_WAITING
        (refusal if full else audit)(work, now, email, "sign_up_refused" if full else "signed_up", email, address)
    if full:
        raise TooManyAttempts("Too many sign-ups. Try again in an hour.")
    db.value(
        "insert_account", email=email, password_hash=passwords.hashed(password), tier=Tier.FREE, tier_until=None,
        state="waiting", demo=False, now=now,
    )  # fmt: skip


def set_look(db: Database, account_id: int, theme: str, colours: str) -> None:
    """Theme (dark, light) and colours (default, green_up, red_up) of an account."""
    db.execute("set_account_look", account_id=account_id, theme=theme, colours=colours)


def listed(db: Database, clock: Clock) -> pd.DataFrame:
    """All accounts: account_id, email, tier, tier_until, state, demo, created_at, seen_at, sign_ins. Times UTC."""
    return db.frame("accounts_all", now=clock())


def ensure_demo(db: Database, home: Path, clock: Clock) -> dict[str, str]:
    """E-mail and password of the three demo accounts; made once, kept in demo_accounts.json (0600). Demo database only."""
    if db.value("count_admins", but=None) and not db.value("account_by_email", email="admin@demo"):
        raise NotAllowed("Demo accounts belong into the simulated market's database only.")
    kept = home / "demo_accounts.json"
    given: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    with db.transaction() as work:
        for email, tier in DEMO_TIERS.items():
            password, now = given.setdefault(email, secrets.token_urlsafe(12)), clock()
            found = sign_in.stored_account(work, email)
            account_id = found.account_id if found else work.value(
                "insert_account", email=email, password_hash=None, tier=tier, tier_until=None, state="invited", demo=True, now=now
            )  # fmt: skip
            if found is None or found.state != "active" or not passwords.matches(password, found.password_hash):
                work.execute("set_account_password", account_id=account_id, password_hash=passwords.hashed(password))
                audit(work, now, "command", "demo_account", email, tier=tier)
    private.folder(home)
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(given, indent=1))
    return given


def close_demo(db: Database, clock: Clock) -> None:
    """No demo account, whoever made it, signs in, stays signed in or has an open link: strangers reach these pages.

    `ensure_demo` opens its three again.
    """
    now = clock()
    with db.transaction() as work:
        work.rows("lock_accounts")
        for account_id, email in work.rows("open_demo_accounts"):
            _close(work, account_id, "demo accounts closed", now)
            audit(work, now, "command", "disabled", email)
