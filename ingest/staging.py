"""Parsed rows into the store: features, roll-ups and binary COPY of loads that nobody sees yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from analytics import flow
from core.clock import Clock
from core.vocabulary import MULTIPLIER
from db import bulk, write
from db.database import Database, Transaction
from ingest import rollups
from ingest.contracts import ContractIds
from ingest.sources import Payload, Raw
from ingest.versions import AMBIGUOUS, Version

_FLOATS = ("spot", "bid", "ask", "mid", "last", "iv", "delta")
_COUNTS = ("open_interest", "oi_change", "volume", "strike_milli", "contract_id", "underlying_id")


@dataclass(frozen=True)
class Parsed:
    """A payload on its way into the store; `rows` and `aside`, its readable rows kept aside, have their contract ids."""

    raw: Raw
    payload: Payload
    rows: pl.DataFrame
    aside: pl.DataFrame | None = None


@dataclass(frozen=True)
class Staged:
    """One load to store: a version of a payload, and the payload."""

    parsed: Parsed
    version: Version

    @property
    def rows(self) -> pl.DataFrame:
        """The rows without those held back because of another slot."""
        if not self.version.held:
            return self.parsed.rows
        return self.parsed.rows.filter(~pl.col("line_number").is_in([line for line, _ in self.version.held]))


def is_finished(session: date, clock: Clock) -> bool:
    """Whether the month of a session is over."""
    today = clock()
    return (session.year, session.month) < (today.year, today.month)


def stage(
    db: Database, staged: Sequence[Staged], raw_rows: list[dict[str, Any]], finished: bool, ids: ContractIds
) -> dict[int, date]:
    """Store loads of one session, or of one finished month, in one transaction. Returns load id -> session, in order."""
    with db.transaction() as work:
        work.rows("join_staging")
        work.execute("commit_lazily")
        return stage_within(work, staged, raw_rows, finished, ids)


def stage_within(
    work: Transaction, staged: Sequence[Staged], raw_rows: list[dict[str, Any]], finished: bool, ids: ContractIds
) -> dict[int, date]:
    """The same within a transaction of the caller's."""
    if raw_rows:
        write.insert_raw_payloads(work, raw_rows)
    load_ids = write.insert_loads(work, [_load_row(one) for one in staged])
    write.insert_quarantine(work, [row for load_id, one in zip(load_ids, staged, strict=True) for row in _aside(load_id, one)])
    _copy_contracts(work, load_ids, staged, finished)
    _copy_given(work, load_ids, staged, ids)
    return dict(zip(load_ids, (one.parsed.payload.quote_session for one in staged), strict=True))


def refused_row(raw: Raw, source: str | None, reason: str, detail: str) -> dict[str, Any]:
    """The row of `loads` for a payload kept aside as a whole; source None: nobody recognised it."""
    counts = dict.fromkeys(("rows_in", "rows_published", "rows_quarantined", "rows_duplicate"), 0)
    named = {"source": source or raw.source or None, "payload_sha256": raw.sha256, "file_name": raw.file_name}
    return named | counts | {
        "received_at": raw.received_at, "state": "refused", "reason": reason, "detail": detail[:500], "cut": False,
    }  # fmt: skip


def _load_row(one: Staged) -> dict[str, Any]:
    raw, payload, version = one.parsed.raw, one.parsed.payload, one.version
    published = len(one.rows)
    return {
        "source": payload.source, "slot": payload.slot, "asset_class": payload.asset_class, "session_date": payload.session_date,
        "quote_session": payload.quote_session, "known_at": version.known_at, "received_at": raw.received_at, "state": "staged",
        "coverage": payload.coverage, "volume_final": payload.volume_final, "cut": payload.cut,
        "reason": AMBIGUOUS if version.again else None, "detail": "; ".join(payload.warnings)[:500] or None,
        "rows_in": payload.rows_in, "rows_published": published, "rows_duplicate": payload.duplicates,
        "rows_quarantined": payload.rows_in - published - payload.duplicates, "payload_sha256": raw.sha256,
        "file_name": raw.file_name,
    }  # fmt: skip


def _aside(load_id: int, one: Staged) -> list[dict[str, Any]]:
    """Rows of `quarantine` for a load: what the parser kept aside, and what another slot contradicts or says too."""
    payload, sha256 = one.parsed.payload, one.parsed.raw.sha256
    kept = [(row["line_number"], row["reason"], row["raw_text"]) for row in payload.quarantined.iter_rows(named=True)]
    own = {line for line, _, _ in kept}
    held = [(line, reason) for line, reason in sorted(one.version.held) if line not in own]
    if held:
        lines = one.parsed.raw.content.split(b"\n")
        kept += [(line, why, lines[line - 1].decode("utf-8", "backslashreplace").rstrip("\r")) for line, why in held]
    return [
        {
            "load_id": load_id,
            "payload_sha256": sha256,
            "line_number": line,
            "reason": reason,
            "raw_text": text.replace("\0", r"\x00"),
        }
        for line, reason, text in kept
    ]


def _copy_contracts(work: Transaction, load_ids: list[int], staged: Sequence[Staged], finished: bool) -> None:
    """Rows of contracts with their features, and the sums over them."""
    filled = [(load_id, one, rows) for load_id, one in zip(load_ids, staged, strict=True) if len(rows := one.rows)]
    if not filled:
        return
    columns = _columns([(load_id, one.parsed.payload, rows) for load_id, one, rows in filled])
    write.copy_flow(work, filled[0][1].parsed.payload.quote_session, finished, columns, _unknown(columns))
    summed = [load_id for load_id, one, _ in filled if one.parsed.payload.daily is None]
    if summed:
        chosen = np.isin(columns["load_id"], summed)
        listed = columns if chosen.all() else {name: values[chosen] for name, values in columns.items()}
        daily, missing = rollups.by_ticker(listed)
        bulk.copy_rows(work, "facts.oi_daily", write.DAILY, daily, missing)
        bulk.copy_rows(work, "facts.oi_expiration", write.EXPIRATIONS, rollups.by_expiration(listed))
        bulk.copy_rows(work, "facts.underlying_daily", write.PRICES, *rollups.prices(listed))


def _columns(filled: Sequence[tuple[int, Payload, pl.DataFrame]]) -> dict[str, np.ndarray]:
    """All rows of some loads as arrays in stored form: unknown floats NaN, instants in microseconds."""
    rows = pl.concat([rows for _, _, rows in filled], how="vertical")
    sizes = [len(each) for _, _, each in filled]
    sessions = np.repeat(np.array([payload.quote_session for _, payload, _ in filled], "datetime64[D]"), sizes)
    stamps = np.repeat(np.array([_utc(payload.known_at) for _, payload, _ in filled], "datetime64[us]"), sizes)
    columns = {name: rows[name].to_numpy() for name in _COUNTS}
    columns |= {name: rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in _FLOATS}
    traded = rows["trade_time"].dt.replace_time_zone(None).to_numpy()
    expiration = rows["expiration"].to_numpy().astype("datetime64[D]")
    columns |= flow.features(columns | {"trade_time": traded, "expiration": expiration}, sessions, stamps)
    return columns | {
        "load_id": np.repeat(np.array([load_id for load_id, _, _ in filled], np.int64), sizes),
        "quote_session": bulk.encode_dates(sessions),
        "expiration": bulk.encode_dates(expiration),
        "trade_time": bulk.encode_instants(traded),
        "no_trade_time": np.isnat(traded),
        "is_call": (rows["right"] == "C").to_numpy(),
        "multiplier": np.where((rows["deliverable"] == "standard").to_numpy(), float(MULTIPLIER), np.nan),
    }


def _unknown(columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Masks of what is NULL in the store."""
    floats = (*_FLOATS, "moneyness", "vol_oi", "share_new")
    masks = {name: np.isnan(columns[name]) for name in floats}
    masks |= {name: columns[name] == flow.UNKNOWN for name in ("sentiment", "confidence")}
    return masks | {"trade_time": columns["no_trade_time"]}


def _copy_given(work: Transaction, load_ids: list[int], staged: Sequence[Staged], ids: ContractIds) -> None:
    """Sums and prices that a source gives itself, as one of whole chains does."""
    for name, table, fields in (
        ("daily", "facts.oi_daily", write.DAILY),
        ("expirations", "facts.oi_expiration", write.EXPIRATIONS),
        ("prices", "facts.underlying_daily", write.PRICES),
    ):
        frames = [
            frame.with_columns(load_id=pl.lit(load_id, pl.Int64), quote_session=pl.lit(one.parsed.payload.quote_session, pl.Date))
            for load_id, one in zip(load_ids, staged, strict=True)
            if (frame := getattr(one.parsed.payload, name)) is not None and len(frame)
        ]
        if frames:
            given = pl.concat(frames, how="vertical")
            given = given.with_columns(underlying_id=ids.underlyings(given["symbol"]))
            bulk.copy_rows(work, table, fields, *_given(given, fields))


def _given(frame: pl.DataFrame, fields: bulk.Fields) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """A frame's columns in stored form and their NULL masks; a column that it lacks is NULL."""
    columns, missing = {}, {}
    for name, kind in fields.items():
        if name not in frame.columns:
            columns[name], missing[name] = np.zeros(len(frame)), np.ones(len(frame), bool)
        elif kind == "date":
            columns[name] = bulk.encode_dates(frame[name].to_numpy())
        else:
            values = frame[name].fill_nan(None) if frame[name].dtype.is_float() else frame[name]
            missing[name] = values.is_null().to_numpy()
            columns[name] = values.fill_null(0).to_numpy()
    return columns, {name: mask for name, mask in missing.items() if mask.any()}


def _utc(instant: datetime) -> np.datetime64:
    return np.datetime64(int(instant.timestamp() * 1_000_000), "us")
