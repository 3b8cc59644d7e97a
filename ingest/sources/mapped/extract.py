"""What stands in a payload before anything of it is read: cells by their place, and the text of each row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from ingest.sources.mapped.spec import Mapping
from ingest.sources.reading.records import shown, value_at

RAW_TEXT = 2000
"""Characters of a row that are kept with it."""


@dataclass(frozen=True)
class Extract:
    """cells: one column a place, text or float64, one row a record. faults: the reason of each record that is none, else null.

    lines: line, or number from 1, of each record in the file. texts: what stood there, of records by their place from 0.
    """

    cells: pl.DataFrame
    faults: pl.Series
    lines: np.ndarray
    texts: Callable[[Sequence[int]], list[str]]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.faults)


def constants(mapping: Mapping, count: int, found: dict[str, str], document: Any = None) -> Iterable[pl.Series]:
    """Cells that are the same in every row. found: groups of the path, by name."""
    for cell in {cell.place: cell for cell in mapping.cells}.values():
        if cell.path:
            value: Any = found.get(cell.path)
        elif cell.document:
            value = value_at(document, cell.document)
        elif cell.value is not None:
            value = cell.value
        else:
            continue
        yield series(cell.place, [brief(value)]).new_from_index(0, count)


def brief(value: Any) -> Any:
    """What stands once in a file, for every row: of text longer than RAW_TEXT, which no reading takes, no row gets a copy."""
    return "<text>" if isinstance(value, str) and len(value) > RAW_TEXT else value


def series(name: str, values: list[Any]) -> pl.Series:
    """JSON values as one column: numbers where all are, else text; what is neither becomes text that no reading takes."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        try:
            return pl.Series(name, values, dtype=pl.String)
        except UnicodeEncodeError:  # half of a pair of surrogates
            return pl.Series(name, [value and shown(value) for value in values], dtype=pl.String)
    if kinds <= {int, float, type(None)}:
        try:
            return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
        except OverflowError:
            pass
    return pl.Series(name, [_shown(value) for value in values], dtype=pl.String)


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value and shown(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<{type(value).__name__}>"
    return repr(value)[:RAW_TEXT]


def unplaced(mapping: Mapping) -> RefusedPayload:
    """The refusal of a file whose path does not say what only the path can."""
    words = f"Date or ticker of {mapping.label} stand only in the path: import the file from its folder, under its own name."
    return RefusedPayload("path_unknown", words)
