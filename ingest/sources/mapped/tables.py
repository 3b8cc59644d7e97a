"""Tables: separated cells under a header. A line that is no whole row is told apart; nothing of it is taken."""

import csv
import re

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from ingest.sources.mapped.extract import RAW_TEXT, Extract, constants
from ingest.sources.mapped.spec import Mapping

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_HEADER, _LONGEST = 20_000, 100_000
_NAMED = 10


def header(content: bytes, separator: str) -> tuple[str, ...]:
    """The names in the first line that is not blank; none where that is no line of such a table."""
    first = content[: _LONGEST_HEADER + 3].removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n").partition(b"\n")[0]
    try:
        cells = next(csv.reader([first.decode().rstrip("\r")], delimiter=separator, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return ()
    return tuple(cell.strip() for cell in cells)


def extract(mapping: Mapping, content: bytes, found: dict[str, str]) -> Extract:
    """The rows of a table. found: groups of the path. Refused: `schema_drift`, `unknown_layout`, `several_files`, `no_rows`."""
    separator = mapping.rows.separator
    names = header(content, separator)
    wanted = _wanted(mapping, names)
    lines, numbers, torn = _lines(content)
    faults = _faults(lines, mapping, len(names), torn, ended=content.endswith((b"\n", b"\r")))
    good = faults.is_null()
    taken = _cells([line for line, fine in zip(lines, good, strict=True) if fine], separator, names, wanted)
    placed = taken.with_columns(at=pl.Series(np.flatnonzero(good.to_numpy())))
    cells = pl.DataFrame({"at": np.arange(len(lines))}).join(placed, on="at", how="left", maintain_order="left").drop("at")
    every = cells.with_columns(constants(mapping, len(lines), found))
    new = sorted(set(names) - set(mapping.recognise.columns))
    warnings = (f"New in this format: {', '.join(new[:_NAMED])}.",) if new else ()
    return Extract(every, faults, numbers, lambda asked: [lines[place][:RAW_TEXT] for place in asked], warnings)


def _wanted(mapping: Mapping, names: tuple[str, ...]) -> list[str]:
    """The columns that are read, each once in the header."""
    wanted = sorted({cell.column for cell in mapping.cells if cell.column} | mapping.recognise.where.keys())
    if missing := [name for name in wanted if name not in names]:
        raise RefusedPayload("schema_drift", f"As {mapping.name}, the header lacks {', '.join(missing)}.")
    if twice := [name for name in wanted if names.count(name) > 1]:
        raise RefusedPayload("unknown_layout", f"The header has {', '.join(twice)} more than once.")
    return wanted


def _lines(content: bytes) -> tuple[list[str], np.ndarray, bool]:
    """Lines below the header that are not blank, their numbers in the file, and whether NUL or bad UTF-8 shows as \\xNN."""
    content = content.removeprefix(_BYTE_ORDER_MARK).replace(b"\r\n", b"\n")
    text = content.decode(errors="backslashreplace")
    torn = b"\0" in content or text.encode() != content
    lines = text.replace("\0", "\\x00").split("\n")
    filled = [place for place, line in enumerate(lines) if line.strip(" \t")]
    inside = filled[1:]
    if not inside:
        raise RefusedPayload("no_rows", "There is no row below the header.")
    chosen = [lines[place] for place in inside]
    if lines[filled[0]] in chosen:
        raise RefusedPayload("several_files", "The header stands there again: two files were put together.")
    return chosen, np.array(inside, np.int64) + 1, torn


def _faults(lines: list[str], mapping: Mapping, columns: int, torn: bool, ended: bool) -> pl.Series:
    """Why lines are no whole rows; null for those that are."""
    separator = re.escape(mapping.rows.separator)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{separator}\r]*)'
    shape = rf"^{cell}(?:{separator}{cell}){{{columns - 1}}}$"
    frame = pl.DataFrame({"line": pl.Series(lines, dtype=pl.String)}).with_row_index("at")
    long = pl.col("line").str.len_bytes() > _LONGEST
    last = (pl.col("at") == len(lines) - 1) & (not ended and not mapping.rows.unended)
    fault = (
        pl.when(pl.col("line").str.contains(r"\\x[0-9a-f]{2}") & torn).then(pl.lit("not_text"))
        .when(long | ~pl.when(~long).then("line").str.contains(shape)).then(pl.lit("malformed_row"))
        .when(last).then(pl.lit("unended_row"))
    )  # fmt: skip
    return frame.select(fault.alias("fault"))["fault"]


def _cells(lines: list[str], separator: str, names: tuple[str, ...], wanted: list[str]) -> pl.DataFrame:
    """The wanted cells of whole rows, as text, by their place; an empty one is null."""
    if not lines or not wanted:
        return pl.DataFrame(schema={f"column:{name}": pl.String() for name in wanted})
    read = pl.read_csv(
        "\n".join(lines).encode(), separator=separator, has_header=False, infer_schema=False,
        new_columns=[str(place) for place in range(len(names))],
    )  # fmt: skip
    return read.select(pl.col(str(names.index(name))).alias(f"column:{name}") for name in wanted)
