"""Reads and writes for derived facts: the flags of each session."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from db import bulk
from db.database import Transaction

_CHAIN = {"contract": "int4", "load": "int8", "open_interest": "int4", "volume": "int4"}
_CHANGE = {
    "load": "int8", "contract": "int4", "underlying": "int4", "expiration": "int4", "is_call": "int4", "strike_milli": "int4",
    "is_standard": "int4", "open_interest": "int4", "volume": "int4", "bid": "float4", "ask": "float4", "last": "float4",
    "iv": "float4", "delta": "float4", "spot": "float8", "trade_time": "timestamptz",
}  # fmt: skip
_FLOW = {"day": "int4", "contract": "int4", "load": "int8", "open_interest": "int4", "oi_change": "int4"}


def loads_between(work: Transaction, source: str, first: date, last: date) -> list[dict[str, Any]]:
    """Loads of a source that some reader may see, with their states and stamps, by session."""
    return work.dicts("derive_loads", source=source, first=first, last=last)


def neighbours(work: Transaction, source: str, first: date, last: date, count: int) -> tuple[date, date]:
    """First and last stored session within `count` stored sessions around a range."""
    low, high = work.one("derive_neighbours", source=source, first=first, last=last, count=count) or (None, None)
    return low or first, high or last


def flow_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> dict[int, np.ndarray]:
    """Load id -> contract, open interest and change of its rows, by contract. Structured arrays."""
    return _by_load(bulk.read_rows(work, "derive_flow_rows", _FLOW, first=first, last=last, load_ids=load_ids))


def chain_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> dict[int, np.ndarray]:
    """Load id -> contract, open interest and volume of its rows; -1 is unknown. Structured arrays."""
    return _by_load(bulk.read_rows(work, "derive_chain_rows", _CHAIN, first=first, last=last, load_ids=load_ids))


def comparisons(work: Transaction, later: list[int]) -> dict[tuple[int, int], bool]:
    """(later load, earlier load) -> whether the one repeats the open interest of the other, of pairs compared before."""
    return {(row[0], row[1]): row[2] for row in work.rows("load_comparisons", later=later)}


def keep_comparisons(work: Transaction, found: Mapping[tuple[int, int], tuple[bool, int, int]]) -> None:
    """Keep what came of comparing pairs of loads: (repeats, contracts compared, those unchanged)."""
    if found:
        later, earlier = zip(*found, strict=True)
        repeats, pairs, unchanged = zip(*found.values(), strict=True)
        columns = {"later": later, "earlier": earlier, "repeats": repeats, "pairs": pairs, "unchanged": unchanged}
        work.execute("insert_load_comparisons", **{name: list(column) for name, column in columns.items()})


def inputs(work: Transaction, load_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Derived load -> the loads it follows from, the later open interest first."""
    return {row[0]: (row[1], row[2]) for row in work.rows("inputs_of_loads", load_ids=load_ids)}


def chains_of_sessions(work: Transaction, sessions: list[date], fresh: Sequence[int]) -> list[dict[str, Any]]:
    """Loads of whole chains by the session of their open interest; of a source, slot and session the one that is seen comes last.

    fresh: staged loads that count too.
    """
    return work.dicts("chains_of_sessions", sessions=sessions, fresh=list(fresh))


def derived_of_sessions(work: Transaction, sessions: list[date]) -> list[dict[str, Any]]:
    """Derived loads of some sessions, with their inputs."""
    return work.dicts("derived_of_sessions", sessions=sessions)


def change_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> dict[int, np.ndarray]:
    """Load id -> contracts of its chain with their quotes, in order of strike; counts -1, floats NaN, trade_time 0 unknown.

    expiration in days, trade_time in microseconds since 2000; is_call, is_standard 1 or 0. Structured arrays.
    """
    return _by_load(bulk.read_rows(work, "chain_rows_for_changes", _CHANGE, first=first, last=last, load_ids=load_ids))


def replace_states(work: Transaction, source: str, sessions: list[date], states: list[dict[str, Any]]) -> None:
    """Put the derived states of these sessions in place of those derived before."""
    work.execute("delete_session_states", source=source, sessions=sessions)
    work.execute("insert_session_states", states=json.dumps(states, default=str))


def _by_load(rows: np.ndarray) -> dict[int, np.ndarray]:
    order = np.argsort(rows["load"], kind="stable")
    ids, starts = np.unique(rows["load"][order], return_index=True)
    return dict(zip(ids.tolist(), np.split(rows[order], starts[1:]), strict=True)) if len(rows) else {}
