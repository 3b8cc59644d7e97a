"""Open interest of futures: what the ingest service writes, and typed questions about what is stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from db import arrays, bulk
from db.database import Database, Row, Transaction
from db.read import Asked
from db.words import as_json

VALUES = {
    "session_date": "date", "instrument_id": "int4", "known_at": "timestamptz", "venue_ts": "timestamptz", "oi_native": "float8",
    "price_used": "float4", "price_kind": "int2", "sides": "int2", "changed": "int2",
}  # fmt: skip
HISTORY = np.dtype([("known_at", "datetime64[us]"), ("oi_native", "f8"), ("price_used", "f8"), ("sides", "i2")])
"""Columns of `history`: UTC, the venue's figure, the price of one priced unit, sides of a position that the figure counts."""
_HOT = timedelta(days=2)  # a value older than this says nothing about whether the next one is a change
_HOT_FIELDS = {"known_at": "timestamptz", "oi_native": "float8", "price_used": "float4", "sides": "int2"}
_PACKED_FIELDS = {
    "session_date": "date", "instrument_id": "int4", "step_s": "int4[]", "oi_native": "float8[]", "price_used": "float4[]",
    "sides": "int2[]",
}  # fmt: skip
_EPOCH = np.datetime64("2000-01-01", "us")


def venues(db: Asked) -> dict[str, dict[str, Any]]:
    """Where each venue stands, by name: interval_s, cycle_at, answered_at, listed_at."""
    return {row["venue"]: row for row in db.dicts("futures_venues")}


def put_venue(work: Transaction, venue: str, interval_s: int) -> None:
    """A venue that is looked at every `interval_s` seconds."""
    work.execute("put_futures_venue", venue=venue, interval_s=interval_s)


def mark_cycle(work: Transaction, venue: str, cycle_at: datetime, answered: bool) -> None:
    """A due cycle is accounted for."""
    work.execute("mark_futures_cycle", venue=venue, cycle_at=cycle_at, answered_at=cycle_at if answered else None)


def mark_list(work: Transaction, venue: str, listed_at: datetime) -> None:
    """The venue's list was read."""
    work.execute("mark_futures_list", venue=venue, listed_at=listed_at)


def followed(db: Asked, venue: str) -> list[dict[str, Any]]:
    """Instruments of a venue that have not ended, by symbol."""
    return db.dicts("futures_followed", venue=venue)


def last_values(db: Asked, venue: str, at: datetime) -> dict[int, tuple[float, datetime]]:
    """instrument_id -> the venue's figure and when it was known, of the last two days."""
    found = db.rows("last_futures_values", venue=venue, first=(at - _HOT).date())
    return {instrument_id: (native, known_at) for instrument_id, native, known_at in found}


def add_instruments(work: Transaction, rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Follow instruments from now on; their ids by symbol."""
    return dict(work.rows("add_futures_instruments", rows=as_json(list(rows))))


def end_instruments(work: Transaction, instrument_ids: Sequence[int], at: datetime, why: str) -> None:
    """Follow instruments no longer."""
    if instrument_ids:
        work.execute("end_futures_instruments", instrument_ids=list(instrument_ids), at=at, why=why)


def see_instruments(work: Transaction, instrument_ids: Sequence[int], at: datetime) -> None:
    """Note that the list still shows these."""
    if instrument_ids:
        work.execute("see_futures_instruments", instrument_ids=list(instrument_ids), at=at)


def copy_values(work: Transaction, days: Iterable[date], columns: bulk.Columns, missing: bulk.Columns) -> None:
    """Store values, columns of VALUES; `days` are the UTC days that they lie in."""
    for day in sorted(set(days)):
        work.execute("open_futures_day", day=day)
    bulk.copy_rows(work, "facts.futures_hot", VALUES, columns, missing)


def open_gaps(db: Asked, venue: str) -> dict[str | None, Row]:
    """Gaps that go on, by symbol, None for the whole venue: (gap_id, symbol, reason, latest_at)."""
    return {row[1]: row for row in db.rows("open_futures_gaps", venue=venue)}


def add_gaps(work: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Gaps that begin: venue, symbol, reason, detail, began_at, latest_at, cycles."""
    if rows:
        work.execute("add_futures_gaps", rows=as_json(list(rows)))


def extend_gaps(work: Transaction, gap_ids: Sequence[int], latest_at: datetime, cycles: int) -> None:
    """Gaps that go on."""
    if gap_ids:
        work.execute("extend_futures_gaps", gap_ids=list(gap_ids), latest_at=latest_at, cycles=cycles)


def end_gaps(work: Transaction, gap_ids: Sequence[int], ended_at: datetime) -> None:
    """Gaps that are over."""
    if gap_ids:
        work.execute("end_futures_gaps", gap_ids=list(gap_ids), ended_at=ended_at)


def keep_payload(work: Transaction, payload_sha256: str, venue: str, holds: str, seen_at: datetime) -> None:
    """Note answers that lie in the raw archive; their row of raw_payloads stands already."""
    work.execute("keep_futures_payload", payload_sha256=payload_sha256, venue=venue, holds=holds, seen_at=seen_at)


def tidy(db: Database, today: date, minutes_days: int) -> list[date]:
    """Pack the finished UTC days before `today`, and keep one value an hour of those older than `minutes_days` (0: all of all).

    Answers the days packed.
    """
    packed = [row[0] for row in db.rows("futures_days_to_pack", before=today)]
    for day in packed:
        db.execute("pack_futures_day", day=day)
    if minutes_days:
        before = today - timedelta(days=minutes_days)
        for (day,) in db.rows("futures_days_to_thin", first=before - timedelta(days=31), before=before):
            db.execute("thin_futures_day", day=day)
    return packed


def members(db: Asked, base: str, since: datetime, as_of: datetime) -> list[dict[str, Any]]:
    """Instruments of a coin followed between two instants: instrument_id, their terms, interval_s, first_seen, ended."""
    return db.dicts("futures_members", base=base, since=since, as_of=as_of)


def history(db: Database, instrument_ids: Sequence[int], since: datetime, as_of: datetime) -> dict[int, np.ndarray]:
    """Values of some instruments known after `since` and up to `as_of`, in order: structured arrays of HISTORY, by id."""
    asked: dict[str, Any] = {"instrument_ids": list(instrument_ids), "first": since.date(), "last": as_of.date()}
    parts: dict[int, list[np.ndarray]] = {}
    with db.transaction() as work:  # hot first: a day that is packed meanwhile is seen twice, never not at all
        hot = bulk.read_rows(work, "futures_hot_values", {"instrument_id": "int4", **_HOT_FIELDS}, **asked)
        for each in np.unique(hot["instrument_id"]):
            parts.setdefault(int(each), []).append(_hot(hot[hot["instrument_id"] == each]))
        for day, each, *columns in arrays.read_arrays(work, "futures_packed_values", _PACKED_FIELDS, **asked):
            parts.setdefault(each, []).append(_packed(day, *columns))
    low, high = (np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us") for moment in (since, as_of))
    return {each: found for each, those in parts.items() if len(found := _between(np.concatenate(those), low, high))}


def _hot(rows: np.ndarray) -> np.ndarray:
    made = np.empty(len(rows), dtype=HISTORY)
    made["known_at"] = _EPOCH + rows["known_at"].astype("timedelta64[us]")
    for name in ("oi_native", "price_used", "sides"):
        made[name] = rows[name]
    return made


def _packed(day: int, step_s: np.ndarray, oi_native: np.ndarray, price_used: np.ndarray, sides: np.ndarray) -> np.ndarray:
    made = np.empty(len(step_s), dtype=HISTORY)
    made["known_at"] = _EPOCH + np.timedelta64(day, "D") + np.cumsum(step_s, dtype=np.int64).astype("timedelta64[s]")
    made["oi_native"], made["price_used"], made["sides"] = oi_native, price_used, sides
    return made


def _between(rows: np.ndarray, low: np.datetime64, high: np.datetime64) -> np.ndarray:
    """Rows of a stretch of time in order, each instant once."""
    _, places = np.unique(rows["known_at"], return_index=True)
    ordered = rows[places]
    return ordered[(ordered["known_at"] > low) & (ordered["known_at"] <= high)]


def latest(db: Asked, instrument_ids: Sequence[int], as_of: datetime) -> dict[int, dict[str, Any]]:
    """The latest value of some instruments in the day before `as_of`, by id; columns of the view."""
    first = (as_of - timedelta(days=1)).date()
    found = db.dicts("futures_latest", instrument_ids=list(instrument_ids), first=first, last=as_of.date(), as_of=as_of)
    return {row["instrument_id"]: row for row in found}


def gaps(db: Asked, names: Sequence[str], since: datetime, as_of: datetime) -> list[dict[str, Any]]:
    """Gaps of these venues that touch the window, oldest first; ended_at None where they go on at `as_of`."""
    return db.dicts("futures_gaps", venues=list(names), since=since, as_of=as_of)


def coverage(db: Asked) -> list[dict[str, Any]]:
    """Where each venue stands, and how many of its instruments are followed."""
    return db.dicts("futures_coverage")
