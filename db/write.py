"""What the ingest service writes: contracts, staged loads, the flip, withdrawals. Answers are idempotent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np

from core.sources import REFERENCE
from db import bulk
from db.database import Transaction
from db.words import as_json

Staged = dict[str, dict[int, date]]
"""source -> {load id: session}"""
WANTED_COLUMNS = ("ordinal", "symbol", "root", "expiration", "right", "strike_milli", "deliverable")
CONTRACT_COLUMNS = ("contract_id", "underlying_id", "root", "expiration", "right", "strike_milli", "deliverable", "multiplier",
                    "exercise_style", "settlement")  # fmt: skip
FLOW = {
    "quote_session": "date", "contract_id": "int4", "load_id": "int8", "underlying_id": "int4", "open_interest": "int4",
    "oi_change": "int4", "volume": "int4", "trade_time": "timestamptz", "spot": "float4", "bid": "float4", "ask": "float4",
    "mid": "float4", "last": "float4", "iv": "float4", "delta": "float4", "moneyness": "float4", "vol_oi": "float4",
    "share_new": "float4", "reasons": "int4", "dte": "int2", "sentiment": "int2", "confidence": "int2",
}  # fmt: skip
_SUMS = {f"{right}_{what}": "int8" for what in ("open_interest", "oi_change", "volume") for right in ("call", "put")}
_TICKER = {"quote_session": "date", "underlying_id": "int4", "load_id": "int8"}
CHAINS = {
    "quote_session": "date", "contract_id": "int4", "load_id": "int8", "underlying_id": "int4", "reasons": "int4",
    "trade_time": "timestamptz", "open_interest": "int4", "volume": "int4", "bid": "float4", "ask": "float4", "last": "float4",
    "mark": "float4", **{f"source_{name}": "float4" for name in ("iv", "delta", "gamma", "theta", "vega", "rho")},
}  # fmt: skip
_COUNTED = {"contracts": "int4", "unknown_open_interest": "int4"}
DAILY = {**_TICKER, **_SUMS, "call_premium": "float8", "put_premium": "float8", **_COUNTED}
EXPIRATIONS = {**_TICKER, "expiration": "date", **_SUMS, **_COUNTED, "source_forward": "float8"}
PRICES = {**_TICKER, **dict.fromkeys(("spot", "open", "high", "low", "close", "adjusted_close"), "float8"), "volume": "int8"}
_BAR = dict.fromkeys(("open", "high", "low", "close", "vwap"), "float8")
BARS = {**_TICKER, "bar_end": "timestamptz", "minutes": "int2", **_BAR, "volume": "int8"}
DEFAULTED = frozenset({"unknown_open_interest"})
"""Columns that may be left out of rows: the table fills them in."""


def underlying_ids(
    work: Transaction, symbols: Sequence[str], market: str = "US", lot: float = 1.0
) -> tuple[dict[str, int], set[str]]:
    """Ids of tickers of a market, adding those never seen, and which these are."""
    added = {row[0] for row in work.rows("insert_underlyings", symbols=list(symbols), market=market, lot=lot)}
    return dict(work.rows("underlying_ids", symbols=list(symbols), market=market)), added


def find_contracts(work: Transaction, wanted: bytes, market: str = "US") -> tuple[np.ndarray, np.ndarray]:
    """Which of these contracts are known: (their ordinals, their ids). wanted: CSV with WANTED_COLUMNS."""
    work.execute("make_wanted_contracts")
    bulk.copy_csv(work, "wanted_contracts", WANTED_COLUMNS, wanted)
    found = bulk.read_rows(work, "wanted_contract_ids", {"ordinal": "int4", "contract_id": "int4"}, market=market)
    return found["ordinal"].astype(np.int64), found["contract_id"].astype(np.int32)


def next_contract_ids(work: Transaction, count: int) -> np.ndarray:
    """Ids that nobody else gets. int32 (count,)"""
    return bulk.read_rows(work, "next_contract_ids", {"contract_id": "int8"}, count=count)["contract_id"].astype(np.int32)


def add_contracts(work: Transaction, fresh: bytes) -> None:
    """Store contracts never seen before. One importer works at a time, so nobody else adds them. CSV with CONTRACT_COLUMNS."""
    bulk.copy_csv(work, "contracts", CONTRACT_COLUMNS, fresh)


def insert_raw_payloads(work: Transaction, rows: list[dict[str, Any]]) -> None:
    """Note where payloads lie; those noted before stay as they are."""
    work.execute("insert_raw_payloads", rows=as_json(rows))


def insert_loads(work: Transaction, rows: list[dict[str, Any]]) -> list[int]:
    """Store new loads and answer their ids in the order given."""
    answered = {tuple(key): load_id for load_id, *key in work.rows("insert_loads", rows=as_json(rows))}
    names = ("payload_sha256", "source", "slot", "quote_session", "known_at", "reason")
    return [answered[tuple(row.get(name) for name in names)] for row in rows]


def insert_load_inputs(work: Transaction, inputs: Mapping[int, tuple[int, int]]) -> None:
    """Store what derived loads follow from: (load with the later open interest, that of the session before)."""
    later, earlier = zip(*inputs.values(), strict=True)
    work.execute("insert_load_inputs", load_ids=list(inputs), later=list(later), earlier=list(earlier))


def insert_quarantine(work: Transaction, rows: list[dict[str, Any]]) -> None:
    """Store rows that are kept aside."""
    if rows:
        work.execute("insert_quarantine", rows=as_json(rows))


def copy_flow(work: Transaction, session: date, finished: bool, columns: bulk.Columns, missing: bulk.Columns) -> None:
    """Store rows of one session, or of one finished month: in a table apart, attached once filled, or in the one that stands."""
    _copy_partitioned(work, "options_flow", FLOW, session, finished, columns, missing)


def copy_chains(work: Transaction, session: date, finished: bool, columns: bulk.Columns, missing: bulk.Columns) -> None:
    """The same for contracts of chains."""
    _copy_partitioned(work, "chain_snapshots", CHAINS, session, finished, columns, missing)


def _copy_partitioned(
    work: Transaction,
    parent: str,
    fields: bulk.Fields,
    session: date,
    finished: bool,
    columns: bulk.Columns,
    missing: bulk.Columns,
) -> None:
    made = work.value("open_partition", parent=parent, session=session, finished=finished)
    bulk.copy_rows(work, made or f"facts.{parent}", fields, columns, missing)
    if made:
        work.execute("close_partition", parent=parent, session=session, made=made)


def insert_reference(work: Transaction, holds: str, rows: list[dict[str, Any]]) -> None:
    """Store facts of one kind of reference: curves, dividends and splits, adjusted contracts, lists of names."""
    if rows:
        work.execute(f"insert_{holds}", rows=as_json(rows))


def declare_sources(work: Transaction, rows: list[dict[str, Any]]) -> None:
    """Write down what is known about sources, so that a load may name them."""
    work.execute("declare_sources", rows=as_json(rows))


def flip(
    work: Transaction, staged: Staged, at: datetime, ended: Mapping[int, datetime] | None = None, dropped: Iterable[int] = ()
) -> int:
    """Make staged loads visible. Returns the new data version.

    staged: source -> {load id: session}. ended: those whose payload is withdrawn, and since when. dropped: loads to take out.
    """
    version = int(work.value("raise_data_version", at=at))
    if wrong := sorted(dropped):
        work.execute("forget_loads", load_ids=wrong)
        work.execute("forget_derived", load_ids=wrong)
        work.execute("drop_loads", load_ids=wrong)
    for source, loads in staged.items():
        sessions = sorted(set(loads.values()))
        work.execute("show_loads", source=source, sessions=sessions, load_ids=list(loads), at=at, version=version)
        if ended:
            work.execute("withdraw_shown", load_ids=list(ended), ends=list(ended.values()))
        work.execute("rank_loads", source=source, sessions=sessions)
    return version


def end_derived(work: Transaction, source: str, ends: Mapping[int, datetime | None], sessions: Iterable[date]) -> None:
    """Let derived loads end with an input that was withdrawn, or come back with it (None), and rank those of these sessions."""
    work.execute("end_derived", load_ids=list(ends), ends=list(ends.values()))
    work.execute("rank_loads", source=source, sessions=sorted(sessions))


def free_view_touched(work: Transaction, sessions: Iterable[date], at: datetime) -> bool:
    """Whether what free visitors see has to be rebuilt."""
    return bool(work.value("free_view_touched", sessions=list(sessions), at=at))


def delete_staged(work: Transaction) -> int:
    """Delete what a crash left staged; the number of loads."""
    left = work.rows("staged_loads")
    load_ids = [load_id for load_id, _ in left]
    sessions = sorted({session for _, session in left if session})
    if load_ids:
        for table in ("flow", "chains", "daily", "expiration", "prices", "bars", *REFERENCE):
            work.execute(f"delete_staged_{table}", sessions=sessions, load_ids=load_ids)
        work.execute("delete_staged_quarantine", load_ids=load_ids)
        work.execute("delete_staged_loads", load_ids=load_ids)
    work.execute("delete_stray_payloads")
    return len(load_ids)
