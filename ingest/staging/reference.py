"""Facts of reference into the store: curves, dividends and splits, adjusted contracts, names."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from core.sources import REFERENCE
from db import write
from db.database import Transaction
from ingest.staging.contracts import ContractIds
from ingest.staging.loads import Loads


def copy(work: Transaction, loads: Loads, ids: Mapping[str, ContractIds]) -> None:
    """Store the facts of loads that hold some; a list of names is one row."""
    for holds in REFERENCE:
        stored: list[dict[str, Any]] = []
        for load_id, payload, rows in loads:
            if payload.holds == holds and len(rows):
                place = {"load_id": load_id, "quote_session": payload.quote_session}
                told = [_list_of(rows)] if holds == "names" else _facts(rows, ids[payload.market])
                stored += [place | fact for fact in told]
        write.insert_reference(work, holds, stored)


def facts_of(one: Any, ids: Mapping[str, ContractIds]) -> list[dict[str, Any]]:
    """The facts of a parsed payload as they would be stored, names one by one."""
    if one.payload.holds in ("names", "rates"):
        found: list[dict[str, Any]] = one.rows.drop("line_number").to_dicts()
        return found
    return _facts(one.rows, ids[one.payload.market])


def _facts(rows: pl.DataFrame, ids: ContractIds) -> list[dict[str, Any]]:
    if "symbol" in rows.columns:
        rows = rows.with_columns(underlying_id=ids.underlyings(rows["symbol"])).drop("symbol")
    return rows.drop("line_number").to_dicts()


def _list_of(rows: pl.DataFrame) -> dict[str, Any]:
    columns = (("symbols", "symbol"), ("names", "name"), ("classes", "asset_class"))
    return {"known_at": rows["known_at"].max()} | {ours: rows[name].to_list() for ours, name in columns}
