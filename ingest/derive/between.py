"""Changes of open interest that follow from the chains of two sessions, as loads of the source `derived`.

They are a function of the chains that are visible at a moment: whatever the order of import, the same loads follow. Those that
stand and follow no more are taken out, those that are missing are stored; both show with the flip that changes the chains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from analytics.changes import alive, change
from core.sessions import next_session, previous_session
from core.sources import ABOUT, DERIVED
from db import derived, write
from db.database import Database, Transaction
from ingest.derive.pairs import Seen, pairs
from ingest.sources import Payload
from ingest.sources.frames import QUARANTINE_SCHEMA
from ingest.staging import changes

_TO_1970 = np.timedelta64(10957, "D")
_NO_TIME = 0
"""Microseconds since 2000 that stand for an unknown instant."""


@dataclass
class Followed:
    """staged: load id -> quote session, stored and not yet seen. dropped: loads that follow no more. ends: load id -> when an
    input was withdrawn, None where it came back. sessions: quote sessions of all of these."""

    staged: dict[int, date] = field(default_factory=dict)
    dropped: list[int] = field(default_factory=list)
    ends: dict[int, datetime | None] = field(default_factory=dict)
    sessions: set[date] = field(default_factory=set)


def stage(db: Database, fresh: Iterable[int], at: datetime) -> Followed:
    """Store what follows from staged loads, unseen like them. at: now, the instant of the flip to come."""
    with db.transaction() as work:
        work.rows("join_staging")
        work.execute("commit_lazily")
        load_ids = list(fresh)
        sessions = [row[0] for row in work.rows("chain_sessions_of_loads", load_ids=load_ids)]
        return stage_within(work, sessions, load_ids, at) if sessions else Followed()


def stage_within(work: Transaction, sessions: Sequence[date], fresh: Sequence[int], at: datetime) -> Followed:
    """The same for the open interest of some sessions, within a transaction of the caller's. fresh: staged loads to count in."""
    touched = sorted({*sessions, *map(next_session, sessions)})
    wanted, standing = _wanted(work, touched, fresh), _standing(work, touched)
    gone = [row for key, row in standing.items() if key not in wanted]
    kept = {row["load_id"]: (row, wanted[key]) for key, row in standing.items() if key in wanted}
    ends = {load_id: seen.withdrawn_at for load_id, (row, seen) in kept.items() if seen.withdrawn_at != row["withdrawn_at"]}
    missing = [seen for key, seen in wanted.items() if key not in standing]
    staged = _store(work, missing, at) if missing else {}
    ends |= {load_id: seen.withdrawn_at for load_id, seen in zip(staged, missing, strict=True) if seen.withdrawn_at}
    days = {row["quote_session"] for row in gone} | {kept[load_id][0]["quote_session"] for load_id in ends if load_id in kept}
    return Followed(staged, [row["load_id"] for row in gone], ends, days | set(staged.values()))


def again(work: Transaction, sessions: Sequence[date], at: datetime) -> tuple[list[tuple[int, int]], list[int]]:
    """Store all that follows for the open interest of some sessions once more, beside what stands.

    (pairs of the load that stands and its twin, loads that stand and do not follow, or not until the same withdrawal).
    """
    wanted, standing = _wanted(work, sessions, ()), _standing(work, sessions)
    same = {key: row for key, row in standing.items() if key in wanted and wanted[key].withdrawn_at == row["withdrawn_at"]}
    twins = _store(work, [wanted[key] for key in same], at) if same else {}
    wrong = [row["load_id"] for key, row in standing.items() if key not in same]
    return [(row["load_id"], twin) for row, twin in zip(same.values(), twins, strict=True)], wrong


def _wanted(work: Transaction, sessions: Sequence[date], fresh: Sequence[int]) -> dict[Any, Seen]:
    """What follows from the chains of some sessions and those before, by its key."""
    loads = derived.chains_of_sessions(work, sorted({*sessions, *map(previous_session, sessions)}), fresh)
    return {seen.key: seen for seen in pairs(loads, list(sessions))}


def _standing(work: Transaction, sessions: Sequence[date]) -> dict[Any, dict[str, Any]]:
    """The derived loads that stand, by the same key."""
    return {
        (row["slot"], row["session_date"], row["known_at"], (row["later"], row["earlier"])): row
        for row in derived.derived_of_sessions(work, list(sessions))
    }


def _store(work: Transaction, missing: list[Seen], at: datetime) -> dict[int, date]:
    """Store loads of changes, a session or a finished month at a time. Returns load id -> quote session, in order."""
    write.declare_sources(work, [asdict(ABOUT[DERIVED])])
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, seen in enumerate(missing):
        session = seen.now["quote_session"]
        month = (session.year, session.month)
        groups.setdefault(month if month < (at.year, at.month) else (*month, session.day), []).append(place)
    stored: dict[int, int] = {}
    for group, places in groups.items():
        chosen = [missing[place] for place in places]
        frames = _frames(work, chosen)
        load_ids = write.insert_loads(work, [_load_row(seen, rows, at) for seen, rows in zip(chosen, frames, strict=True)])
        write.insert_load_inputs(work, {load_id: seen.inputs for load_id, seen in zip(load_ids, chosen, strict=True)})
        filled = [(load_id, _payload(seen, rows), rows) for load_id, seen, rows in zip(load_ids, chosen, frames, strict=True)]
        changes.copy(work, filled, finished=len(group) == 2)
        stored |= dict(zip(places, load_ids, strict=True))
    return {stored[place]: seen.now["quote_session"] for place, seen in enumerate(missing)}


def _frames(work: Transaction, chosen: list[Seen]) -> list[pl.DataFrame]:
    """Rows of each pair: contracts of the later chain, with the change where both sessions say the open interest."""
    later, earlier = ({seen.inputs[side]: side for seen in chosen} for side in (0, 1))
    first, last = (pick(seen.now["quote_session"] for seen in chosen) for pick in (min, max))
    rows = derived.change_rows(work, first, last, list(later))
    first, last = (pick(seen.before["quote_session"] for seen in chosen) for pick in (min, max))
    before = derived.chain_rows(work, first, last, list(earlier))
    return [_frame(rows[seen.inputs[0]], before[seen.inputs[1]]) for seen in chosen]


def _frame(now: np.ndarray, before: np.ndarray) -> pl.DataFrame:
    """Columns as `changes.copy` wants them; no change where it is not known or nothing is to tell."""
    counts = {name: now[name].astype(np.int64) for name in ("contract", "open_interest", "volume")}
    oi_change = change(
        counts["contract"], counts["open_interest"], before["contract"].astype(np.int64), before["open_interest"].astype(np.int64)
    )
    told = alive(counts["open_interest"], oi_change, counts["volume"])
    floats = {name: now[name].astype(np.float64) for name in ("bid", "ask", "last", "spot", "iv", "delta")}
    traded = now["trade_time"].astype(np.int64)
    instants = np.where(traded == _NO_TIME, np.datetime64("NaT"), traded.astype("M8[us]") + _TO_1970)
    return pl.DataFrame(
        {
            "contract_id": counts["contract"].astype(np.int32),
            "underlying_id": now["underlying"].astype(np.int32),
            "expiration": now["expiration"].astype(np.int64).astype("M8[D]") + _TO_1970,
            "right": np.where(now["is_call"] == 1, "C", "P"),
            "strike_milli": now["strike_milli"].astype(np.int64),
            "deliverable": np.where(now["is_standard"] == 1, "standard", "adjusted"),
            "open_interest": np.where(counts["open_interest"] < 0, np.nan, counts["open_interest"]),
            "oi_change": np.where(told, oi_change, np.nan),
            "volume": np.where(counts["volume"] < 0, np.nan, counts["volume"]),
            "mid": np.full(len(now), np.nan),
            **floats,
            "trade_time": pl.Series(instants, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC"),
        }
    )


def _payload(seen: Seen, rows: pl.DataFrame) -> Payload:
    """What `changes.copy` has to know; known_at is the instant of the quotes, for the age of trades."""
    now, aside = seen.now, pl.DataFrame(schema=QUARANTINE_SCHEMA)
    return Payload(
        DERIVED, seen.slot, None, seen.session_date, now["quote_session"], now["known_at"], "full", now["volume_final"],
        False, len(rows), 0, rows, aside,
    )  # fmt: skip


def _load_row(seen: Seen, rows: pl.DataFrame, at: datetime) -> dict[str, Any]:
    shown = int((~rows["oi_change"].is_nan()).sum())
    unknown = int((rows["oi_change"].is_nan() & (rows["open_interest"] > 0)).sum())
    return {
        "source": DERIVED, "slot": seen.slot, "session_date": seen.session_date, "quote_session": seen.now["quote_session"],
        "known_at": seen.known_at, "received_at": at, "state": "staged", "coverage": "full", "cut": False,
        "volume_final": seen.now["volume_final"],
        "detail": f"{unknown} open contracts without open interest in the session before" if unknown else None,
        "rows_in": shown, "rows_published": shown, "rows_quarantined": 0, "rows_duplicate": 0,
        "file_name": f"{seen.now['source']}: {seen.before['session_date']} to {seen.session_date}",
    }  # fmt: skip
