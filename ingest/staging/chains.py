"""Contracts of chains into the store, and the sums over each ticker and expiration."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from analytics import flow
from core.reasons import Reason
from core.roots import LOTS
from db import bulk, write
from db.database import Transaction
from ingest.staging import rollups
from ingest.staging.loads import Loads

_QUOTES = ("bid", "ask", "last", "mark")
_GREEKS = ("iv", "delta", "gamma", "theta", "vega", "rho")
_COUNTS = ("open_interest", "volume")
Arrays = dict[str, np.ndarray]


def copy(work: Transaction, filled: Loads, finished: bool) -> None:
    """Store contracts with the reasons why figures are unknown, and the sums over those whose source gives none itself."""
    columns = _columns(filled)
    write.copy_chains(work, filled[0][1].quote_session, finished, columns, _unknown(columns))
    summed = [load_id for load_id, payload, _ in filled if payload.daily is None]
    chosen = np.isin(columns["load_id"], summed)
    levels = {name: values[chosen] for name, values in columns.items()}
    bulk.copy_rows(work, "facts.oi_daily", write.DAILY, *rollups.levels_by_ticker(levels))
    by_expiration = rollups.levels_by_expiration(levels)
    bulk.copy_rows(work, "facts.oi_expiration", write.EXPIRATIONS, *_with_forwards(*by_expiration, filled))


def _columns(filled: Loads) -> Arrays:
    """All rows of some loads as arrays in stored form: unknown floats NaN, counts in lots, instants in microseconds."""
    rows = pl.concat([rows for _, _, rows in filled], how="vertical")
    sizes = [len(each) for _, _, each in filled]
    lots = np.repeat([LOTS[payload.market] for _, payload, _ in filled], sizes)
    columns = {name: rows[name].to_numpy() for name in ("contract_id", "underlying_id")}
    columns |= {name: rows[name].fill_null(float("nan")).to_numpy() for name in _QUOTES}
    columns |= {f"source_{name}": rows[name].fill_null(float("nan")).to_numpy() for name in _GREEKS}
    columns |= {name: np.round(rows[name].fill_null(float("nan")).to_numpy() / lots) for name in _COUNTS}
    traded = rows["trade_time"].dt.replace_time_zone(None).to_numpy()
    return columns | {
        "reasons": _reasons(columns, np.isnat(traded)),
        "load_id": np.repeat(np.array([load_id for load_id, _, _ in filled], np.int64), sizes),
        "quote_session": bulk.encode_dates(np.repeat(np.array([each.quote_session for _, each, _ in filled], "M8[D]"), sizes)),
        "expiration": bulk.encode_dates(rows["expiration"].to_numpy().astype("datetime64[D]")),
        "trade_time": bulk.encode_instants(traded),
        "no_trade_time": np.isnat(traded),
        "is_call": (rows["right"] == "C").to_numpy(),
    }


def _reasons(columns: Mapping[str, np.ndarray], no_trade_time: np.ndarray) -> np.ndarray:
    """Reason bits of each row. int32 (n,)"""
    bits = flow.quote_reasons(columns["bid"], columns["ask"], columns["last"])
    for unknown, reason in (
        (no_trade_time, Reason.NO_TRADE_TIME),
        (~(columns["source_iv"] > 0), Reason.NO_IV),
        (np.isnan(columns["source_delta"]), Reason.NO_DELTA),
        (np.isnan(columns["open_interest"]), Reason.UNKNOWN_OPEN_INTEREST),
        (np.isnan(columns["volume"]), Reason.UNKNOWN_VOLUME),
    ):
        bits |= np.where(unknown, np.int32(reason), np.int32(0))
    return bits


def _unknown(columns: Mapping[str, np.ndarray]) -> Arrays:
    """Masks of what is NULL in the store."""
    floats = (*_QUOTES, *(f"source_{name}" for name in _GREEKS), *_COUNTS)
    return {name: np.isnan(columns[name]) for name in floats} | {"trade_time": columns["no_trade_time"]}


def _with_forwards(sums: Arrays, missing: Arrays, filled: Loads) -> tuple[Arrays, Arrays]:
    """Sums by expiration with the source's price of the underlying for each, where it shows one."""
    given = [
        rows.join(payload.forwards, on=["symbol", "expiration"]).select(
            "underlying_id", "expiration", "forward", load_id=pl.lit(load_id, pl.Int64)
        ).unique(["underlying_id", "expiration"])
        for load_id, payload, rows in filled
        if payload.forwards is not None
    ]  # fmt: skip
    keys = {name: sums[name] for name in ("load_id", "underlying_id", "expiration")}
    if given:
        known = pl.concat(given).with_columns(pl.col("expiration").cast(pl.Int32) - bulk.DAYS_TO_2000)
        known = known.cast({"load_id": pl.Int64, "underlying_id": pl.Int64, "expiration": pl.Int64})
        asked = pl.DataFrame({name: values.astype(np.int64) for name, values in keys.items()})
        forwards = asked.join(known, on=list(keys), how="left", maintain_order="left")["forward"]
    else:
        forwards = pl.Series("forward", [None] * len(keys["load_id"]), dtype=pl.Float64)
    unknown = forwards.is_null().to_numpy()
    return sums | {"source_forward": forwards.fill_null(0).to_numpy()}, missing | {"source_forward": unknown}
