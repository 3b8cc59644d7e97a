"""Reads and writes for derived facts: the flags of each session."""

import json
from collections.abc import Sequence
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


def flow_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> np.ndarray:
    """Contract, load, open interest and change of every row of these loads. Structured array, one row a contract and load."""
    return bulk.read_rows(work, "derive_flow_rows", _FLOW, first=first, last=last, load_ids=load_ids)


def chain_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> np.ndarray:
    """Contract, load, open interest and volume of the contracts of these loads; -1 is unknown. One row a contract and load."""
    return bulk.read_rows(work, "derive_chain_rows", _CHAIN, first=first, last=last, load_ids=load_ids)


def chains_of_sessions(work: Transaction, sessions: list[date], fresh: Sequence[int]) -> list[dict[str, Any]]:
    """Loads of whole chains by the session of their open interest; of a source, slot and session the one that is seen comes last.

    fresh: staged loads that count too.
    """
    return work.dicts("chains_of_sessions", sessions=sessions, fresh=list(fresh))


def derived_of_sessions(work: Transaction, sessions: list[date]) -> list[dict[str, Any]]:
    """Derived loads of some sessions, with their inputs."""
    return work.dicts("derived_of_sessions", sessions=sessions)


def change_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> np.ndarray:
    """Contracts of chains with their quotes, in order of strike within a load; counts -1, floats NaN, trade_time 0 unknown.

    expiration in days, trade_time in microseconds since 2000; is_call, is_standard 1 or 0. One row a contract and load.
    """
    return bulk.read_rows(work, "chain_rows_for_changes", _CHANGE, first=first, last=last, load_ids=load_ids)


def stale_slots(work: Transaction, load_ids: list[int]) -> set[str]:
    """Slots of derived loads whose later chain repeats the open interest of the session before."""
    return {row[0] for row in work.rows("stale_inputs", load_ids=load_ids)}


def replace_states(work: Transaction, source: str, sessions: list[date], states: list[dict[str, Any]]) -> None:
    """Put the derived states of these sessions in place of those derived before."""
    work.execute("delete_session_states", source=source, sessions=sessions)
    work.execute("insert_session_states", states=json.dumps(states, default=str))
