"""Payloads of one slot and stamp: which bring something, which say again what stands, and which contradict it.

A history file that grew by a day says again all that it said before: what stands already counts as duplicates. Where a figure
differs nobody can tell which is right, so the payload is refused until the other is withdrawn. Reported changes are never held
against each other row by row: their files are one payload each, and another one with the same stamp is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from core.roots import LOTS
from core.sources import REFERENCE
from db import bulk, standing
from db.database import Transaction
from ingest.staging import Parsed
from ingest.staging.contracts import Markets
from ingest.staging.reference import facts_of

_SAME_STAMP = "Another file of this slot and session has the same stamp; withdraw that one first."
Refused = tuple[Parsed, RefusedPayload]
Load = dict[str, Any]


@dataclass
class Judged:
    """New payloads: those that take part, oldest stamp first; those that are refused; those that say again what stands."""

    taken: list[Parsed] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    repeated: list[Parsed] = field(default_factory=list)


def judge(work: Transaction, ids: Markets, new: Sequence[Parsed], loads: Iterable[Load]) -> Judged:
    """Sort new payloads of one source. loads: those of its sessions, stored before or staged in this import."""
    holders: dict[tuple[Any, ...], Load | Parsed] = {
        (load["slot"], load["quote_session"], load["known_at"]): load
        for load in loads
        if load["reason"] is None and load["withdrawn_at"] is None
    }
    found = Judged()
    doubtful: list[tuple[Parsed, Load | Parsed]] = []
    for one in sorted(new, key=_order):
        place = (one.payload.slot, one.payload.quote_session, one.payload.known_at)
        holder = holders.setdefault(place, one)
        if holder is one:
            found.taken.append(one)
        elif not isinstance(holder, Parsed) and holder["payload_sha256"] == one.raw.sha256:
            found.repeated.append(one)
        elif one.payload.holds == "changes":
            found.refused.append((one, RefusedPayload("same_stamp", _SAME_STAMP)))
        else:
            doubtful.append((one, holder))
    differ = _differing(work, ids, doubtful) if doubtful else set()
    for number, (one, _) in enumerate(doubtful):
        if number in differ:
            found.refused.append((one, RefusedPayload("same_stamp", _SAME_STAMP)))
        else:
            found.repeated.append(one)
    return found


def _order(one: Parsed) -> tuple[Any, ...]:
    """Of several with one stamp the longest first: shorter ones may be parts of it."""
    return one.payload.known_at, one.payload.slot, -len(one.rows), one.raw.sha256


def _differing(work: Transaction, ids: Markets, doubtful: list[tuple[Parsed, Load | Parsed]]) -> set[int]:
    """Places of payloads with a row that the holder of their stamp does not have just so. All hold the same kind of rows."""
    holds = doubtful[0][0].payload.holds
    if holds in REFERENCE:
        return _differing_facts(work, ids, doubtful)
    loads = {holder["load_id"] for _, holder in doubtful if not isinstance(holder, Parsed)}
    others = {id(holder): holder for _, holder in doubtful if isinstance(holder, Parsed)}
    names = {key: -1 - place for place, key in enumerate(others)}  # holders that are not stored yet, beside numbers of loads
    frames = [_frame(ids, holder).with_columns(load_id=pl.lit(names[key], pl.Int64)) for key, holder in others.items()]
    if loads:
        sessions = sorted({one.payload.quote_session for one, _ in doubtful})
        frames.append(_stored(standing.rows(work, holds, sessions, sorted(loads)), holds))
    new = pl.concat(
        _frame(ids, one).with_columns(
            load_id=pl.lit(names[id(holder)] if isinstance(holder, Parsed) else holder["load_id"], pl.Int64), place=pl.lit(place)
        )
        for place, (one, holder) in enumerate(doubtful)
    )
    columns = list(standing.ROWS[holds])
    known = pl.concat([frame.select(columns) for frame in frames])
    return set(new.join(known, on=columns, how="anti", nulls_equal=True)["place"].to_list())


def _differing_facts(work: Transaction, ids: Markets, doubtful: list[tuple[Parsed, Load | Parsed]]) -> set[int]:
    """The same for facts of reference, of which there are few."""
    loads = {holder["load_id"] for _, holder in doubtful if not isinstance(holder, Parsed)}
    stored = standing.facts(work, doubtful[0][0].payload.holds, sorted(loads)) if loads else {}
    found = set()
    for place, (one, holder) in enumerate(doubtful):
        known = facts_of(holder, ids) if isinstance(holder, Parsed) else stored.get(holder["load_id"], [])
        if any(fact not in known for fact in facts_of(one, ids)):
            found.add(place)
    return found


def _frame(ids: Markets, one: Parsed) -> pl.DataFrame:
    """A new payload's rows as they would be stored, but for `load_id`."""
    rows, holds = one.rows, one.payload.holds
    if holds == "chains":
        rows = rows.rename({name.removeprefix("source_"): name for name in standing.ROWS[holds] if name.startswith("source_")})
        lot = LOTS[one.payload.market]
        rows = rows.with_columns((pl.col(name) / lot).round() for name in ("open_interest", "volume"))
    else:
        rows = rows.with_columns(underlying_id=ids[one.payload.market].underlyings(rows["symbol"]))
    if holds == "bars":
        rows = rows.with_columns(bar_end=pl.Series(bulk.encode_instants(rows["bar_end"].dt.replace_time_zone(None).to_numpy())))
    return _typed(rows, holds)


def _stored(rows: np.ndarray, holds: str) -> pl.DataFrame:
    fields = standing.ROWS[holds]
    frame = pl.DataFrame({name: rows[name].astype(rows[name].dtype.newbyteorder("=")) for name in fields})
    return _typed(frame, holds).with_columns(pl.col("load_id").cast(pl.Int64))


def _typed(frame: pl.DataFrame, holds: str) -> pl.DataFrame:
    """Columns in the stored types; unknown is null."""
    floats = {"float4": pl.Float32, "float8": pl.Float64}
    found = []
    for name, kind in standing.ROWS[holds].items():
        if name not in frame.columns:
            continue
        value = pl.col(name)
        if kind in floats:
            found.append(value.cast(floats[kind]).fill_nan(None))
        else:
            found.append(pl.when(value.cast(pl.Int64) >= 0).then(value.cast(pl.Int64)).alias(name))
    return frame.select(found)
