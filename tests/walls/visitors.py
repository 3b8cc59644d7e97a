"""The six kinds of visitors of the matrix."""

from datetime import timedelta

from core.clock import frozen, system_clock
from db.database import Database
from usecases import accounts, sign_in
from usecases.audit import Visit

KINDS = ("anonymous", "free", "premium", "expired", "disabled", "admin")
_TIERS = {"free": "free", "premium": "premium", "expired": "premium", "disabled": "premium", "admin": "admin"}
_VISIT = Visit(address="198.51.100.7", pre_sign_in="pre")


def cookie_of(db: Database, kind: str) -> str:
    """Make an account of a kind, sign it in and give its cookie; the disabled one was signed in before it was disabled."""
    if kind == "anonymous":
        return ""
    email, before = f"{kind}@walls.test", frozen(system_clock() - timedelta(days=31))
    until = before() + timedelta(days=30) if kind == "expired" else None
    link = accounts.add(db, "test", email, _TIERS[kind], until, before)
    account_id = accounts.use_link(db, link.token, "", "a walk along the quay", _VISIT, before)
    ticket = sign_in.issue_ticket(db, account_id, _VISIT, system_clock)
    cookie = sign_in.redeem_ticket(db, ticket, _VISIT, system_clock).cookie
    if kind == "disabled":
        accounts.disable(db, "test", email, system_clock)
    return cookie
