"""Cells of a payload, text or numbers, to what our columns hold. What cannot be read is told apart, never guessed.

Each reading gives (values, bad): the column with null for unknown, and which cells hold something that cannot be read, None
where no cell does. What is one number a cell is done with numpy: a query costs more than the conversion of a few thousand.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.sources.mapped import formats

if TYPE_CHECKING:
    from ingest.sources.mapped.spec import Cell

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Read = tuple[pl.Series, Flags | None]
RIGHTS = {spelt: right for right, word in (("C", "call"), ("P", "put")) for spelt in (right, word, word.title(), word.upper())}
INSTANT = pl.Datetime("us", "UTC")
_NUMBER = r"-?(?:[0-9]{1,25}(?:\.[0-9]{1,25})?|\.[0-9]{1,25})(?:[eE][+-]?[0-9]{1,3})?"
_PARTED = r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,25})(?:\.[0-9]{1,25})?"
_SAME = 1e-9
_MOST_MILLI, _FINER = 1e15, 1e-4


def check_pattern(pattern: str) -> str:
    """A pattern as it came; ValueError where it does not work."""
    if pattern:
        try:
            groups = re.compile(pattern).groups
            pl.Series([""]).str.extract(f"^(?:{pattern})$", 1)
        except (re.error, pl.exceptions.PolarsError) as error:
            raise ValueError(f"is no regular expression that works here: {error}") from None
        if groups != 1:
            raise ValueError(f"has {groups} groups: put exactly one pair of brackets around the part that is meant")
    return pattern


def check_zone(zone: str) -> str:
    """A zone as it came; ValueError where there is none of that name."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise ValueError("is no time zone: write one as 'America/New_York' or 'UTC'") from None
    return zone


def check_format(written: str) -> str:
    """A format as it came; ValueError where it cannot tell a day."""
    if written and written not in formats.EPOCHS:
        try:
            formats.compiled(written)
        except ValueError:
            raise ValueError(f"has no day and month: write YYYY, MM, DD, D, M, MMM, HH, mm, SS, or {_epochs()}") from None
    return written


def _epochs() -> str:
    return ", ".join(formats.EPOCHS)


def text(cells: pl.Series, how: "Cell") -> Read:
    """Words; an empty cell is null."""
    if cells.dtype != pl.String:
        return pl.Series([None] * len(cells), dtype=pl.String), cells.is_not_null().to_numpy()
    words = [word for word in how.unknown if isinstance(word, str)]
    cell = pl.col("cell")
    found = cell.str.extract(f"^(?:{how.pattern})$", 1) if how.pattern else cell
    told = pl.when((found != "") & ~found.is_in(words) if words else found != "").then(
        found.str.to_uppercase() if how.upper else found
    )
    bad = (cell != "") & found.is_null() if how.pattern else pl.lit(False)
    read = cells.to_frame("cell").select(told.alias("told"), bad.fill_null(False).alias("bad"))
    return read["told"], read["bad"].to_numpy() if how.pattern else None


def number(cells: pl.Series, how: "Cell") -> Read:
    """Finite numbers. float64"""
    if cells.dtype == pl.String:
        told, bad = _written(cells, how)
    else:
        told = cells.to_numpy()
        bad = ~np.isfinite(told) & ~cells.is_null().to_numpy()
    if how.unit == "percent":
        told = told / 100.0
    words = [word / 100.0 if how.unit == "percent" else word for word in how.unknown if not isinstance(word, str)]
    for word in words:
        told = np.where(np.abs(told - word) <= _SAME * max(1.0, abs(word)) if word else told == 0, np.nan, told)
    return pl.Series(np.rint(told) if how.rounded else told, nan_to_null=True), bad


def _written(cells: pl.Series, how: "Cell") -> tuple[Array, Flags]:
    """Numbers of text cells, NaN unknown, and which are none."""
    said, bad = text(cells, how)
    cell = pl.col("cell")
    cell = cell.str.strip_prefix(how.prefix) if how.prefix else cell
    cell = cell.str.strip_suffix("%") if how.unit == "percent" else cell
    fits = cell.str.contains(f"^{_PARTED if how.thousands else _NUMBER}$")
    plain = cell.str.replace_all(",", "", literal=True) if how.thousands else cell
    read = said.to_frame("cell").select(told=pl.when(fits).then(plain).cast(pl.Float64, strict=False), said=cell.is_not_null())
    told = read["told"].to_numpy()
    wrong = ~np.isfinite(told) & read["said"].to_numpy()
    return np.where(np.isinf(told), np.nan, told), wrong if bad is None else wrong | bad


def milli(cells: pl.Series, how: "Cell") -> Read:
    """Numbers as whole thousandths; one that is finer cannot be read. int64"""
    values, bad = number(cells, how)
    with np.errstate(over="ignore"):
        told = values.to_numpy() * 1000.0
    unknown = np.isnan(told)
    whole = np.rint(np.where(unknown, 0.0, told))
    with np.errstate(invalid="ignore"):
        off = (np.abs(told - whole) > _FINER) | (np.abs(told) > _MOST_MILLI)
    unread = unknown | off
    found = pl.Series(np.where(unread, 0.0, whole).astype(np.int64))
    if unread.any():
        found = pl.DataFrame({"told": found, "unread": unread}).select(pl.when(~pl.col("unread")).then("told"))["told"]
    return found, off if bad is None else bad | off


def right(cells: pl.Series, how: "Cell") -> Read:
    """C or P, written so or as call and put."""
    said, bad = text(cells, how)
    return _each(said, bad, pl.String(), RIGHTS.__getitem__)


def day(cells: pl.Series, how: "Cell", year: str | None = None) -> Read:
    """Days. year: for a format without one."""
    said, bad = text(cells, how)
    return _each(said, bad, pl.Date(), lambda word: formats.day(word, how.format or formats.ISO_DAY, year))


def instant(cells: pl.Series, how: "Cell") -> Read:
    """Instants, UTC."""
    if how.format in formats.EPOCHS:
        values, bad = number(cells, how)
        parts = formats.EPOCHS[how.format]
        return _each(values, bad, INSTANT, lambda value: datetime.fromtimestamp(value / parts, UTC))
    said, bad = text(cells, how)
    return _each(said, bad, INSTANT, lambda word: formats.instant(word, how.format, how.zone))


def _each(said: pl.Series, bad: Flags | None, kind: pl.DataType, read: Callable[[Any], Any]) -> Read:
    """Read each different value once."""
    values = said.to_list()
    known: dict[Any, Any] = {None: None}
    wrong = set()
    for value in set(values) - known.keys():
        try:
            known[value] = read(value)
        except (ValueError, KeyError, OverflowError, OSError):
            known[value] = None
            wrong.add(value)
    found = pl.Series([known[value] for value in values], dtype=kind)
    if not wrong:
        return found, bad
    unread = np.fromiter((value in wrong for value in values), bool, len(values))
    return found, unread if bad is None else bad | unread


READINGS: dict[str, tuple[Callable[..., Read], str]] = {
    "symbol": (text, "bad_symbol"), "root": (text, "bad_symbol"), "occ_symbol": (text, "bad_contract_code"),
    "expiration": (day, "bad_expiration"), "strike": (milli, "bad_strike"), "right": (right, "bad_right"),
    "trade_time": (instant, "bad_trade_time"), "bar": (instant, "bad_time"),
}  # fmt: skip
"""How each column of ours is read, and the reason of a row in which it cannot be; all others are numbers."""
