"""A list of reference fetched live, held against the one that stands for its slot: whether it still tells of the past.

A list counts whole: what a newer one lacks is gone for readers. So a reply that lost its past, as a chart without its events,
would hide every earlier dividend. What a list told of days before the fetch is taken apart into facts, each of a kind: a dividend
of a day, a split, a rate of a day for a term, a listed symbol. Amounts may be corrected, and facts announced may vanish.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from core.errors import RefusedPayload
from core.sessions import EASTERN
from db import reference
from db.database import Database
from ingest.sources import Payload

LOST = 0.1
"""Share of the facts of a kind from which the past is lost, where more than one of them is gone.

Corrections concern single days or names, and from one day to the next few of all listed symbols go. A reply that lost its past
lacks years, a kind of fact or the end of a list: of ten years of quarterly dividends a tenth is one year.
"""
_WORDS = "Of {told:,} facts of the past that the list of {since:%Y-%m-%d %H:%M} UTC told it lacks {lost:,}, the first {first}."
Told = tuple[date | str, str]
"""What a fact is of, a day or a name, and its kind."""


def refuse_lost(db: Database, payload: Payload) -> None:
    """Refuse a list that lacks a clear part of the past that the one before told. Refused: `lost_past`."""
    stands = reference.list_standing(db, payload.holds, payload.source, payload.slot, payload.known_at)
    if stands is None:
        return
    today = payload.known_at.astimezone(EASTERN).date()
    before, now = told(payload.holds, stands.facts, today), told(payload.holds, payload.rows.to_dicts(), today)
    if is_lost(before, now):
        gone = sorted(before - now, key=str)
        first = " ".join(map(str, gone[0])).strip()
        raise RefusedPayload(
            "lost_past", _WORDS.format(told=len(before), since=stands.known_at, lost=len(gone), first=first), beside=True
        )


def is_lost(before: set[Told], now: set[Told]) -> bool:
    """Whether a clear part of a kind of facts is gone: the whole kind, or more than one and a tenth or more."""
    stood, stays, gone = (Counter(kind for _, kind in facts) for facts in (before, now, before - now))
    return any(kind not in stays or (count > 1 and count >= LOST * stood[kind]) for kind, count in gone.items())


def told(holds: str, facts: Iterable[Mapping[str, Any]], today: date) -> set[Told]:
    """What facts of one kind of list tell of days before `today`; names are of no day. An announcement is no fact yet."""
    if holds == "rates":
        return {(each["described"], f"{days} days") for each in facts if each["described"] < today for days in each["days"]}
    if holds == "names":
        return {(each["symbol"], "") for each in facts}
    known = (each for each in facts if each["amount"] is not None or each["ratio"] is not None)
    return {(each["ex_date"], each["kind"]) for each in known if each["ex_date"] < today}
