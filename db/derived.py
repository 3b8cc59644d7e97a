"""Reads and writes for derived facts: the flags of each session."""

import json
from datetime import date
from typing import Any

import numpy as np

from db import bulk
from db.database import Transaction

_CHAIN = {"contract": "int4", "load": "int8", "open_interest": "int4", "volume": "int4"}
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


def replace_states(work: Transaction, source: str, sessions: list[date], states: list[dict[str, Any]]) -> None:
    """Put the derived states of these sessions in place of those derived before."""
    work.execute("delete_session_states", source=source, sessions=sessions)
    work.execute("insert_session_states", states=json.dumps(states, default=str))
