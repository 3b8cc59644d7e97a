"""What a source gives ready to store: prices, bars, sums of its own."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import polars as pl

from db import bulk, write
from db.database import Transaction
from ingest.staging.contracts import ContractIds
from ingest.staging.loads import Loads

_TABLES: tuple[tuple[str, str, bulk.Fields], ...] = (
    ("daily", "facts.oi_daily", write.DAILY),
    ("expirations", "facts.oi_expiration", write.EXPIRATIONS),
    ("prices", "facts.underlying_daily", write.PRICES),
)


def copy_rows(work: Transaction, loads: Loads, ids: Mapping[str, ContractIds]) -> None:
    """Store payloads whose own rows are prices or bars. loads: load id, payload and rows of each."""
    for holds, table, fields in (("prices", "facts.underlying_daily", write.PRICES), ("bars", "facts.bars", write.BARS)):
        filled = [load for load in loads if load[1].holds == holds]
        if filled:
            _copy(work, table, fields, _in_loads(filled, ids, "vertical"))


def copy_sums(work: Transaction, loads: Loads, ids: Mapping[str, ContractIds]) -> None:
    """Store sums and prices that come beside the rows, as a source of whole chains gives them."""
    for name, table, fields in _TABLES:
        filled = [(load_id, payload, getattr(payload, name)) for load_id, payload, _ in loads]
        filled = [load for load in filled if load[2] is not None and len(load[2])]
        if filled:
            _copy(work, table, fields, _in_loads(filled, ids, "diagonal"))


def _in_loads(loads: Loads, ids: Mapping[str, ContractIds], how: Literal["vertical", "diagonal"]) -> pl.DataFrame:
    """The rows of many loads together; a load may have but one, so that nothing is done for each by itself."""
    frames = []
    for market in sorted({payload.market for _, payload, _ in loads}):
        chosen = [load for load in loads if load[1].market == market]
        rows = pl.concat([rows for _, _, rows in chosen], how=how)
        sizes = [len(rows) for _, _, rows in chosen]
        frames.append(
            rows.with_columns(
                pl.Series("load_id", np.repeat(np.array([load_id for load_id, _, _ in chosen], np.int64), sizes)),
                pl.Series("quote_session", np.repeat(np.array([each.quote_session for _, each, _ in chosen], "M8[D]"), sizes)),
                ids[market].underlyings(rows["symbol"]).alias("underlying_id"),
            )
        )
    return pl.concat(frames, how=how)


def _copy(work: Transaction, table: str, fields: bulk.Fields, frame: pl.DataFrame) -> None:
    """Store a frame's columns in stored form; a column that it lacks is NULL, or its table's default."""
    fields = {name: kind for name, kind in fields.items() if name in frame.columns or name not in write.DEFAULTED}
    columns, missing = {}, {}
    for name, kind in fields.items():
        if name not in frame.columns:
            columns[name], missing[name] = np.zeros(len(frame)), np.ones(len(frame), bool)
        elif kind == "date":
            columns[name] = bulk.encode_dates(frame[name].to_numpy())
        elif kind == "timestamptz":
            columns[name] = bulk.encode_instants(frame[name].dt.replace_time_zone(None).to_numpy())
        else:
            values = frame[name].fill_nan(None) if frame[name].dtype.is_float() else frame[name]
            missing[name] = values.is_null().to_numpy()
            columns[name] = values.fill_null(0).to_numpy()
    bulk.copy_rows(work, table, fields, columns, {name: mask for name, mask in missing.items() if mask.any()})
