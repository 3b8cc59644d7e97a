"""Rows of one payload that name the same contract."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.sources.frames import KEY

Aside = tuple[int, str]
"""Line number and reason of a row to keep aside."""


def keep_one(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Aside], int]:
    """(rows with one per contract, rows kept aside, duplicates).

    Rows equal in all values count once, the others are duplicates. Where open interest differs, nothing says which row is
    which contract: all are `ambiguous_contract`. Where only other values differ, all are `conflicting_rows`.
    """
    if not _may_repeat(rows):
        return rows, [], 0
    seen = rows.unique([name for name in rows.columns if name != "line_number"], keep="first", maintain_order=True)
    duplicates = len(rows) - len(seen)
    twins = seen.filter(pl.struct(KEY).is_duplicated())
    if twins.is_empty():
        return seen, [], duplicates
    # A copy of a row that is kept aside is kept aside with it.
    twins = rows.join(twins.select(KEY).unique(), on=KEY, how="semi", nulls_equal=True)
    kept = rows.join(twins, on="line_number", how="anti")
    once = kept.unique([name for name in rows.columns if name != "line_number"], keep="first", maintain_order=True)
    differ = twins.select("line_number", differ=pl.col("open_interest").n_unique().over(KEY) > 1)
    aside = [(number, "ambiguous_contract" if apart else "conflicting_rows") for number, apart in differ.iter_rows()]
    return once, aside, len(kept) - len(once)


def _may_repeat(rows: pl.DataFrame) -> bool:
    """Whether two rows share a hash of symbol, expiration, right and strike: cheap, and never wrong about 'no'."""
    key = rows["symbol"].hash().to_numpy() + _spread(rows["strike_milli"], 1) + _spread(rows["expiration"].cast(pl.Int32), 2)
    key = np.sort(key + (rows["right"] == "C").to_numpy())
    return bool((key[1:] == key[:-1]).any())


def _spread(values: pl.Series, place: int) -> NDArray[np.uint64]:
    """Whole numbers spread over 64 bits, another way for each place of the key."""
    odd = np.uint64((0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)[place - 1])
    return values.to_numpy().astype(np.uint64) * odd
