"""Rows that are stored already, in the form in which new ones are held against them."""

from datetime import date
from typing import Any

import numpy as np

from db import bulk
from db.database import Database, Transaction

_LOAD = {"load_id": "int8"}
_FLOATS = ("bid", "ask", "last", "mark", "source_iv", "source_delta", "source_gamma", "source_theta", "source_vega", "source_rho")
_PRICES = ("open", "high", "low", "close")
ROWS: dict[str, bulk.Fields] = {
    "chains": {**_LOAD, "contract_id": "int4", "open_interest": "int4", "volume": "int4", **dict.fromkeys(_FLOATS, "float4")},
    "prices": {**_LOAD, "underlying_id": "int4", **dict.fromkeys((*_PRICES, "adjusted_close"), "float8"), "volume": "int8"},
    "bars": {**_LOAD, "underlying_id": "int4", "bar_end": "timestamptz", "minutes": "int2",
             **dict.fromkeys((*_PRICES, "vwap"), "float8"), "volume": "int8"},
}  # fmt: skip
"""What is compared of each kind of rows. Unknown floats are NaN, unknown counts -1."""


def facts(work: Database | Transaction, holds: str, load_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Facts of reference by load, each as the columns of its kind say."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in work.dicts(f"standing_{holds}", load_ids=load_ids):
        found.setdefault(row.pop("load_id"), []).append(row)
    return found


def rows(work: Transaction, holds: str, sessions: list[date], load_ids: list[int]) -> np.ndarray:
    """Rows of some loads of these sessions, structured as ROWS says."""
    values = {"first": min(sessions), "last": max(sessions), "load_ids": load_ids}
    return bulk.read_rows(work, f"standing_{holds}", ROWS[holds], **values)
