"""The audit log: who did what to whom, from where. Insert only."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from core.clock import Clock
from core.errors import NotAllowed
from db.database import Database, Transaction

EXPORTS_AN_HOUR = 60
REFUSAL_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Visit:
    """Where a request comes from: address, three cookies (empty when absent) and the browser's name of itself."""

    address: str = ""
    cookie: str = ""
    pre_sign_in: str = ""
    browser: str = ""
    agent: str = ""


def audit(work: Transaction, now: datetime, actor: str, action: str, subject: str, address: str = "", **detail: Any) -> None:
    """Write one line inside the transaction of the event itself. Control characters are cut out; secrets never come here."""
    clean = ["".join(sign for sign in text if sign.isprintable())[:320] for text in (actor, action, subject, address)]
    work.execute(
        "insert_audit", now=now, actor=clean[0], action=clean[1], subject=clean[2], address=clean[3],
        detail=json.dumps(detail, default=str),
    )  # fmt: skip


def done(db: Database, actor: str, action: str, subject: str, clock: Clock, **detail: Any) -> None:
    """Write a line of its own for what has no transaction here: done already, or about to be asked for."""
    with db.transaction() as work:
        audit(work, clock(), actor, action, subject, **detail)


def refusal(work: Transaction, now: datetime, actor: str, action: str, subject: str, address: str, **detail: Any) -> None:
    """As `audit`, for what anybody can bring about at will: one line in REFUSAL_EVERY for each address and action."""
    since = now - REFUSAL_EVERY
    alone = work.value("try_refusal", action=action, address=address)  # another one is being written otherwise
    if alone and not work.value("count_audit_from_address", action=action, address=address, since=since):
        audit(work, now, actor, action, subject, address, **detail)


def refused(db: Database, actor: str, subject: str, address: str, clock: Clock) -> None:
    """Somebody asked for what the tier does not include."""
    with db.transaction() as work:
        refusal(work, clock(), actor, "refused", subject, address)


def exported(db: Database, actor: str, subject: str, address: str, clock: Clock) -> None:
    """Write an export down before it is made; NotAllowed over the hourly quota."""
    now = clock()
    with db.transaction() as work:
        used = work.value("count_audit", actor=actor, action="export", since=now - timedelta(hours=1))
        full = used >= EXPORTS_AN_HOUR
        (refusal if full else audit)(work, now, actor, "export_refused" if full else "export", subject, address)
    if full:
        raise NotAllowed(f"{EXPORTS_AN_HOUR} exports an hour are the limit. Try again later.")


def entries(db: Database, search: str = "", most: int = 500) -> pd.DataFrame:
    """The newest lines: at (UTC), actor, action, subject, address, detail."""
    return db.frame("audit_entries", search=search, most=most)
