"""Rows of reported changes into the store: their features, and the sums over them."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl

from analytics import flow
from core.vocabulary import MULTIPLIER
from db import bulk, write
from db.database import Transaction
from ingest.staging import rollups
from ingest.staging.loads import Loads

_FLOATS = ("spot", "bid", "ask", "mid", "last", "iv", "delta")
_WHOLE = ("open_interest", "strike_milli", "contract_id", "underlying_id")
_UNSURE = ("oi_change", "volume")


def copy(work: Transaction, filled: Loads, finished: bool) -> None:
    """Store contracts with their features, and the sums over those whose source gives none itself.

    Rows without a change, as chains have where only one of two sessions says the open interest, are in sums alone.
    """
    columns = _columns(filled)
    shown = _of(columns, ~np.isnan(columns["oi_change"]))
    write.copy_flow(work, filled[0][1].quote_session, finished, shown, _unknown(shown))
    summed = [load_id for load_id, payload, _ in filled if payload.daily is None]
    if summed:
        chosen = np.isin(columns["load_id"], summed)
        listed = _of(columns, chosen)
        daily, missing = rollups.by_ticker(listed)
        bulk.copy_rows(work, "facts.oi_daily", write.DAILY, daily, missing)
        bulk.copy_rows(work, "facts.oi_expiration", write.EXPIRATIONS, *rollups.by_expiration(listed))
        bulk.copy_rows(work, "facts.underlying_daily", write.PRICES, *rollups.prices(listed))


def _of(columns: Mapping[str, np.ndarray], chosen: np.ndarray) -> dict[str, np.ndarray]:
    return dict(columns) if chosen.all() else {name: values[chosen] for name, values in columns.items()}


def _columns(filled: Loads) -> dict[str, np.ndarray]:
    """All rows of some loads as arrays in stored form: unknown floats NaN, instants in microseconds."""
    rows = pl.concat([rows for _, _, rows in filled], how="vertical")
    sizes = [len(each) for _, _, each in filled]
    sessions = np.repeat(np.array([payload.quote_session for _, payload, _ in filled], "datetime64[D]"), sizes)
    stamps = np.repeat(np.array([_utc(payload.known_at) for _, payload, _ in filled], "datetime64[us]"), sizes)
    columns = {name: rows[name].to_numpy() for name in _WHOLE}
    columns |= {name: rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in (*_UNSURE, *_FLOATS)}
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
    floats = (*_FLOATS, "volume", "moneyness", "vol_oi", "share_new")
    masks = {name: np.isnan(columns[name]) for name in floats}
    masks |= {name: columns[name] == flow.UNKNOWN for name in ("sentiment", "confidence")}
    return masks | {"trade_time": columns["no_trade_time"]}


def _utc(instant: datetime) -> np.datetime64:
    return np.datetime64(int(instant.timestamp() * 1_000_000), "us")
