"""Text lines to typed columns, many at once.

Only for lines that a pattern has matched: nothing here checks or guesses. All conversions of a file run in one query, because a
query costs more than the conversion of a few thousand cells.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray


def matching(lines: list[str], pattern: str) -> NDArray[np.bool_]:
    """Which lines the anchored pattern matches. Write [0-9] and not \\d, which costs five times as much."""
    return pl.Series(lines, dtype=pl.String).str.contains(pattern).to_numpy()


def split(block: bytes, columns: tuple[str, ...]) -> pl.DataFrame:
    """Cells of comma-separated lines without a header, all text; an empty cell is null."""
    return pl.read_csv(block, has_header=False, infer_schema=False, new_columns=list(columns))


def number(name: str) -> pl.Expr:
    """Plain decimal numbers; null for an empty cell."""
    return pl.col(name).cast(pl.Float64, strict=False)


def nonzero(name: str) -> pl.Expr:
    """Plain decimal numbers; null for an empty cell and for zero, where zero is the source's word for unknown."""
    return pl.when(number(name) != 0).then(number(name)).alias(name)


def milli(name: str) -> pl.Expr:
    """Plain decimal numbers as whole thousandths."""
    return (number(name) * 1000).round(0).cast(pl.Int64)


def count(name: str) -> pl.Expr:
    """Whole numbers, signed or not."""
    return pl.col(name).cast(pl.Int64, strict=False)


def signed_count(name: str) -> pl.Expr:
    """Whole numbers with thousands commas; any word stands for zero."""
    return pl.col(name).str.replace_all(",", "", literal=True).cast(pl.Int64, strict=False).fill_null(0).alias(name)


def percent(name: str) -> pl.Expr:
    """'22.58%' to 22.58. Divide with numpy: a query multiplies by 0.01 instead, which is another number."""
    return pl.col(name).str.strip_suffix("%").cast(pl.Float64, strict=False)


def day(name: str) -> pl.Expr:
    """'2023-10-20' to a date; null where there is no such day."""
    return pl.col(name).str.to_date("%Y-%m-%d", strict=False)


def eight_bytes(name: str) -> pl.Expr:
    """Text of exactly eight bytes as one number, for `minutes`; 0 for any other length."""
    return pl.col(name).cast(pl.Binary).bin.reinterpret(dtype=pl.UInt64).fill_null(0)


def minutes(words: pl.Series) -> NDArray[np.int64]:
    """'HH:MM ET' as `eight_bytes` to minutes of the day; -1 where unknown or no time of day."""
    packed = words.to_numpy()
    digit = packed.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8).astype(np.int64) - 48
    hours, rest = 10 * digit[:, 0] + digit[:, 1], 10 * digit[:, 3] + digit[:, 4]
    return np.where((packed != 0) & (hours < 24) & (rest < 60), 60 * hours + rest, -1)
