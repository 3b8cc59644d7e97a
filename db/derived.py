"""Reads and writes for derived facts: the flags of each session."""

import io
import json
from datetime import date
from typing import Any

import numpy as np

from db.database import Transaction

_HEADER = 19  # bytes of a binary COPY before the first row
_ROW = np.dtype(
    [("fields", ">i2")]
    + [(part, ">i4") for name in ("day", "contract") for part in (f"{name}_length", name)]
    + [("load_length", ">i4"), ("load", ">i8")]
    + [(part, ">i4") for name in ("open_interest", "oi_change") for part in (f"{name}_length", name)]
)


def loads_between(work: Transaction, source: str, first: date, last: date) -> list[dict[str, Any]]:
    """Loads of a source that some reader may see, with their states and stamps, by session."""
    return work.dicts("derive_loads", source=source, first=first, last=last)


def neighbours(work: Transaction, source: str, first: date, last: date, count: int) -> tuple[date, date]:
    """First and last stored session within `count` stored sessions around a range."""
    low, high = work.one("derive_neighbours", source=source, first=first, last=last, count=count) or (None, None)
    return low or first, high or last


def flow_rows(work: Transaction, first: date, last: date, load_ids: list[int]) -> np.ndarray:
    """Contract, load, open interest and change of every row of these loads. Structured array, one row a contract and load."""
    body = io.BytesIO()
    work.copy_out("derive_flow_rows", body, "binary", first=first, last=last, load_ids=load_ids)
    return np.frombuffer(body.getbuffer()[_HEADER:-2], dtype=_ROW)


def replace_states(work: Transaction, source: str, sessions: list[date], states: list[dict[str, Any]]) -> None:
    """Put the derived states of these sessions in place of those derived before."""
    work.execute("delete_session_states", source=source, sessions=sessions)
    work.execute("insert_session_states", states=json.dumps(states, default=str))
