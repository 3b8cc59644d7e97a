"""What is known beside chains, as of a moment: interest, dividends and splits, adjusted contracts.

Unknown is None or an empty list, never a guess: who prices with it says why it could not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from db import standing
from db.database import Database, Transaction

Asked = Database | Transaction
OLDEST = timedelta(days=10)
"""An observed curve older than this says nothing any more about a day: longer than any closure of the bond market."""


@dataclass(frozen=True)
class Curve:
    """Interest rates of a day. rate: continuous, per year of 365 days, for terms of `days`, which grow.

    quoted: as the source writes them, by `convention`. assumed: nobody observed them.
    """

    described: date
    days: list[int]
    rate: list[float]
    quoted: list[float]
    convention: str
    assumed: bool
    known_at: datetime
    source: str


@dataclass(frozen=True)
class Action:
    """A dividend (`dividend`, `special`) or a split. amount: dollars for a share of the day before `ex_date`, None where only the
    date is declared; ratio: shares after a split for one before it."""

    symbol: str
    kind: str
    ex_date: date
    amount: float | None
    ratio: float | None
    known_at: datetime
    source: str


@dataclass(frozen=True)
class Adjustment:
    """What a memo says of the adjusted contracts of one root. multiplier: of premium and strike, None where it does not say."""

    symbol: str
    memo: str
    kind: str
    effective: date
    root: str
    deliverable: str
    multiplier: float | None
    known_at: datetime
    source: str


def rate_curve(db: Asked, session: date, as_of: datetime) -> Curve | None:
    """The curve to price a session with, as known at `as_of`.

    The latest observed one of that day or up to ten days before; where there is none, the assumed one; else None.
    """
    found = db.dicts("rate_curves", day=session, earliest=session - OLDEST, as_of=as_of)
    return Curve(**found[0]) if found else None


def corporate_actions(db: Asked, symbols: Sequence[str], as_of: datetime) -> list[Action]:
    """Dividends and splits of some names, past ones and declared ones, by ex-date."""
    return [Action(**row) for row in db.dicts("corporate_actions", symbols=list(symbols), as_of=as_of)]


def adjustments(db: Asked, symbols: Sequence[str], as_of: datetime) -> list[Adjustment]:
    """Memos on adjusted contracts of some names, by effective day."""
    return [Adjustment(**row) for row in db.dicts("contract_adjustments", symbols=list(symbols), as_of=as_of)]


@dataclass(frozen=True)
class List:
    """What a source told of one slot, and when."""

    known_at: datetime
    facts: list[dict[str, Any]]


def list_standing(db: Asked, holds: str, source: str, slot: str, as_of: datetime) -> List | None:
    """The list of a slot that counts at a moment, each fact as the columns of its kind say; None where there was none yet."""
    found = db.one("list_standing", source=source, slot=slot, as_of=as_of)
    return None if found is None else List(found[1], standing.facts(db, holds, [found[0]]).get(found[0], []))
