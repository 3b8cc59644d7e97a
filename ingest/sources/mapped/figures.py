"""The columns of a mapping, read: one row a contract, day or bar, with the first fault of each row."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from core.roots import underlying_of
from ingest.sources.mapped.cells import READINGS, number
from ingest.sources.mapped.dates import dated
from ingest.sources.mapped.extract import Extract
from ingest.sources.mapped.spec import Cell, Mapping
from ingest.sources.reading.chain_rows import SYMBOL, with_occ_symbol

UNPLACED = "undated"
"""The column that says why a row has no session."""
_OCC = ("root", "expiration", "right", "strike_milli")


def read(mapping: Mapping, extract: Extract, received_at: datetime) -> pl.DataFrame:
    """Our columns, those of `dates.DATED`, `undated`, `slot`, `fault`, and `line_number`: from 1, one for each row.

    Refused: `several_files`, where a file of one name or day has as many rows of one as of another.
    Where call and put stand in one record, each becomes a row: 1 and 2 of the first record, 3 and 4 of the second.
    """
    days = dated(mapping, extract, received_at)
    if mapping.sides is None:
        frame = _figures(mapping, mapping.columns, extract)
        frame = frame.with_columns(line_number=pl.int_range(1, len(extract) + 1, dtype=pl.Int64))
    else:
        frame = _pairs(mapping, extract)
        days = days[((frame["line_number"] - 1) // 2).to_numpy()]
    frame = frame.hstack(days.drop("value"))
    return _slots(mapping, frame.with_columns(fault=pl.coalesce("fault", UNPLACED)))


def places(mapping: Mapping, numbers: Sequence[int]) -> np.ndarray:
    """The records that rows of these numbers are of, from 0."""
    return (np.asarray(numbers, np.int64) - 1) // (2 if mapping.sides else 1)


def true_lines(mapping: Mapping, extract: Extract, numbers: pl.Series) -> pl.Series:
    """Numbers of rows as lines of the file; where a record is two rows they stay what they are."""
    return numbers if mapping.sides else pl.Series(extract.lines[places(mapping, numbers.to_list())], dtype=pl.Int64)


def _pairs(mapping: Mapping, extract: Extract) -> pl.DataFrame:
    """Rows of calls and puts that stand side by side; a record that is none counts once."""
    assert mapping.sides is not None  # noqa: S101 - the caller asked
    frames = []
    for place, (right, cells) in enumerate((("C", mapping.sides.call), ("P", mapping.sides.put))):
        frame = _figures(mapping, mapping.columns | cells, extract)
        numbers = pl.int_range(place + 1, 2 * len(extract) + 1, 2, dtype=pl.Int64)
        frames.append(frame.with_columns(right=pl.lit(right), line_number=numbers))
    calls, puts = frames
    if mapping.rows.empty_pairs == "aside":
        figures = sorted(frozenset(mapping.sides.call) - READINGS.keys())
        empty = calls.select(pl.all_horizontal(pl.col(name).fill_null(0) == 0 for name in figures)).to_series()
        empty &= puts.select(pl.all_horizontal(pl.col(name).fill_null(0) == 0 for name in figures)).to_series()
        both = pl.when(empty).then(pl.lit("empty_pair"))
        calls, puts = (each.with_columns(fault=pl.coalesce("fault", both)) for each in (calls, puts))
    return pl.concat([calls, puts.filter(extract.faults.is_null())]).sort("line_number")


def _figures(mapping: Mapping, cells: Named[str, Cell], extract: Extract) -> pl.DataFrame:
    """Columns of ours with `fault`."""
    columns, faults = {}, _Faults(len(extract))
    for name, cell in cells.items():
        reading, reason = READINGS.get(name, (number, f"bad_number:{name}"))
        columns["strike_milli" if name == "strike" else name], bad = reading(extract.cells[cell.place], cell)
        faults.add(bad, reason)
    frame = pl.DataFrame(columns)
    if mapping.holds == "chains":
        frame = _contracts(frame, faults)
    for name, cell in mapping.witnesses.items():
        reading, _ = READINGS.get(name, (number, ""))
        second, bad = reading(extract.cells[cell.place], cell)
        faults.add(bad, f"disagrees:{name}")
        told = frame["strike_milli" if name == "strike" else name]
        faults.add((second != told).fill_null(False).to_numpy(), f"disagrees:{name}")
    for name, wanted in mapping.recognise.where.items():
        faults.add((extract.cells[f"column:{name}"] != wanted).fill_null(True).to_numpy(), "outside_slot")
    return frame.with_columns(fault=faults.series).with_columns(fault=pl.coalesce(extract.faults, "fault"))


class _Faults:
    """The first fault of each row."""

    def __init__(self, count: int):
        self._codes, self._reasons = np.zeros(count, np.int64), [""]

    def add(self, wrong: np.ndarray | None, reason: str) -> None:
        """A further fault, of rows that have none yet."""
        if wrong is not None and wrong.any():
            self._codes[wrong & (self._codes == 0)] = len(self._reasons)
            self._reasons.append(reason)

    @property
    def series(self) -> pl.Series:
        """The reason of each row; null where there is no fault."""
        found: list[str | None] = [None, *self._reasons[1:]]
        return pl.Series("fault", [None] * len(self._codes), dtype=pl.String) if len(found) == 1 else pl.Series(
            "fault", [found[code] for code in self._codes], dtype=pl.String)  # fmt: skip


def _contracts(frame: pl.DataFrame, faults: _Faults) -> pl.DataFrame:
    """What the rows of a chain have to name, from their OCC symbols where there are any."""
    if "occ_symbol" not in frame.columns:
        root = {} if "root" in frame.columns else {"root": pl.col("symbol")}
        return frame.with_columns(**root, deliverable=pl.lit("standard"))
    frame = with_occ_symbol(frame, "occ_symbol")
    faults.add(
        frame.select(pl.any_horizontal(pl.col(name).is_null() for name in _OCC)).to_series().to_numpy(), "bad_contract_code"
    )
    roots = frame["root"].unique().drop_nulls().to_list()
    names = [underlying_of(root) for root in roots]
    written_on = pl.col("root").replace_strict(roots, names, default=None, return_dtype=pl.String)
    if "symbol" not in frame.columns:
        return frame.with_columns(symbol=written_on)
    strangers = frame.select((written_on != pl.col("symbol").str.replace_all(r"[.-]", "")).fill_null(False)).to_series()
    faults.add(strangers.to_numpy(), "disagrees:root")
    return frame


def _slots(mapping: Mapping, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `slot`: the underlying; null for names that are none, and in a file of one name or day for all others."""
    named = pl.when(pl.col("symbol").str.contains(SYMBOL)).then(pl.col("symbol"))
    frame = frame.with_columns(slot=named).with_columns(
        fault=pl.coalesce("fault", pl.when(pl.col("slot").is_null()).then(pl.lit("bad_symbol")))
    )
    chosen = [("slot", mapping.rows.one_symbol), ("quote_session", mapping.rows.one_day)]
    for column in (column for column, one in chosen if one and frame[column].count()):
        away = (pl.col(column) != _usual(frame[column])).fill_null(True)
        frame = frame.with_columns(
            slot=pl.when(~away).then(pl.col("slot")), fault=pl.coalesce("fault", pl.when(away).then(pl.lit("outside_slot")))
        )
    return frame


def _usual(values: pl.Series) -> Any:
    """What most rows say; rows without a value have no say. Refused: `several_files` where two say it equally often."""
    counted = values.drop_nulls().value_counts(name="times")
    usual = counted.filter(pl.col("times") == pl.col("times").max())[values.name].sort().to_list()
    if len(usual) > 1:
        words = f"As many rows are of {usual[0]} as of {usual[1]}, in a file that is of one of them."
        raise RefusedPayload("several_files", words)
    return usual[0]
