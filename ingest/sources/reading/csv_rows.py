"""Lines of a CSV payload as columns of text, each line by itself: one with a fault never swallows its neighbours."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from core.errors import RefusedPayload

PLAIN = r"^-?[0-9]{1,12}(?:\.[0-9]{1,20})?$"
"""A number as sites write it. Thousands commas, signs of currency, exponents and words are none."""
WRITTEN = r"^-?[0-9]{1,12}(?:\.[0-9]{1,20})?(?:e-[0-9]{2})?$"
"""A number as programs write it: small ones may have an exponent."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Sheet:
    """cells: one text column for each of the header's, named by its place, and `fault`; lines: the data lines as they came."""

    header: tuple[str, ...]
    cells: pl.DataFrame
    lines: list[bytes]

    def texts(self, rows_a_line: int = 1) -> Callable[[Sequence[int]], list[str]]:
        """The text of rows by number from 1, for rows kept aside, where each line makes so many of them."""
        return lambda numbers: [shown(self.lines[(number - 1) // rows_a_line])[:2000] for number in numbers]


def whole_lines(content: bytes) -> list[bytes]:
    """Lines without their ends; those with nothing but blanks are left out. Refused: `cut_in_row`, where the last has no end."""
    if not content.endswith(b"\n"):
        raise RefusedPayload("cut_in_row", "The file ends in the middle of a line.")
    lines = content.removeprefix(_BYTE_ORDER_MARK).replace(b"\r\n", b"\n").split(b"\n")
    return [line for line in lines if line.strip()]


def sheet(lines: Sequence[bytes]) -> Sheet:
    """A header and its lines. Refused: `schema_drift`, `several_files`, `no_rows`."""
    header = cells_of(lines[0]) if lines else None
    if header is None:
        raise RefusedPayload("schema_drift", "The source changed its format: the header cannot be read.")
    if lines[0] in lines[1:]:
        raise RefusedPayload("several_files", "The header stands there more than once.")
    if len(lines) < 2:
        raise RefusedPayload("no_rows", "There is no line below the header.")
    read = [_read(line, len(header)) for line in lines[1:]]
    empty = [""] * len(header)
    columns = zip(*(cells or empty for cells, _ in read), strict=True)
    named = {str(place): pl.Series(values, dtype=pl.String) for place, values in enumerate(columns)}
    faults = pl.Series("fault", [fault for _, fault in read], dtype=pl.String)
    return Sheet(tuple(name.strip() for name in header), pl.DataFrame(named).with_columns(faults), list(lines[1:]))


def cells_of(line: bytes) -> list[str] | None:
    """The cells of one line; None where it is no text or its quotes do not close."""
    try:
        words = line.decode()
        return None if "\0" in words else words.split(",") if '"' not in words else next(csv.reader([words], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None


def _read(line: bytes, width: int) -> tuple[list[str] | None, str | None]:
    """(cells, fault)"""
    cells = cells_of(line)
    if cells is None:
        return None, "not_text" if shown(line).encode() != line else "malformed_row"
    return (cells, None) if len(cells) == width else (None, "malformed_row")


def number(name: str) -> pl.Expr:
    """The numbers of a text column; null for an empty cell. What `bad_numbers` tells of has to be kept aside."""
    return pl.col(name).cast(pl.Float64, strict=False)


def bad_number(name: str, ours: str, pattern: str = PLAIN) -> pl.Expr:
    """`bad_value:<ours>` where a cell is neither empty nor a number."""
    wrong = (pl.col(name) != "") & ~pl.col(name).str.contains(pattern)
    return pl.when(wrong).then(pl.lit(f"bad_value:{ours}"))


def shown(line: bytes) -> str:
    """A line as text that can be stored: NUL and bytes that are no UTF-8 as \\xNN."""
    return line.decode(errors="backslashreplace").replace("\0", "\\x00")
