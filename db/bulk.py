"""Columns in and out of PostgreSQL at full speed: numpy structured arrays are the binary COPY stream itself."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from db.database import Transaction

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_CHUNK = 1 << 20
_EPOCH = np.datetime64("2000-01-01")
DAYS_TO_2000 = 10957
"""From 1970-01-01 to the day from which PostgreSQL counts dates."""
_WIDTH = {"int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8, "date": 4, "timestamptz": 8}
_FORMAT = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float4": ">f4", "float8": ">f8", "date": ">i4", "timestamptz": ">i8"}

Fields = Mapping[str, str]
Columns = Mapping[str, np.ndarray]


def encode_dates(days: np.ndarray) -> np.ndarray:
    """datetime64[D] -> days since 2000-01-01, as PostgreSQL stores a date. Same shape, int32."""
    return (days.astype("datetime64[D]") - _EPOCH).astype("i4")


def encode_instants(instants: np.ndarray) -> np.ndarray:
    """datetime64 in UTC -> microseconds since 2000-01-01, as PostgreSQL stores a timestamptz. Same shape, int64."""
    return (instants.astype("datetime64[us]") - _EPOCH.astype("datetime64[us]")).astype("i8")


def encode(fields: Fields, columns: Columns, missing: Columns) -> Iterator[bytes]:
    """Binary COPY rows of a table, in blocks.

    fields: column name -> PostgreSQL type, in COPY order. columns: one array (n,) each, in the type's stored form.
    missing: masks (n,) of NULLs, for the columns that have any. Rows that lack the same columns are written together,
    because a NULL takes no bytes: within one such group each row has one length and numpy writes it in one go.
    """
    count = len(next(iter(columns.values()))) if columns else 0
    for absent, rows in _groups(count, missing):
        yield _block(fields, columns, absent, rows).tobytes()


def _groups(count: int, missing: Columns) -> Iterator[tuple[set[str], Any]]:
    """(names of absent columns, their rows) for each pattern of NULLs."""
    names = [name for name, mask in missing.items() if mask.any()]
    if not names:
        yield set(), slice(None)
        return
    pattern = np.zeros(count, dtype=np.int32)
    for bit, name in enumerate(names):
        pattern |= missing[name].astype(np.int32) << bit
    order = np.argsort(pattern, kind="stable")
    codes, starts = np.unique(pattern[order], return_index=True)
    for code, rows in zip(codes.tolist(), np.split(order, starts[1:]), strict=True):
        yield {name for bit, name in enumerate(names) if code >> bit & 1}, rows


def _block(fields: Fields, columns: Columns, absent: set[str], rows: Any) -> np.ndarray:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in fields.items():
        layout.append((f"{name} length", ">i4"))
        if name not in absent:
            layout.append((name, _FORMAT[kind]))
    first = next(iter(columns.values()))
    block = np.empty(len(first[rows]), dtype=layout)
    block["fields"] = len(fields)
    for name, kind in fields.items():
        block[f"{name} length"] = -1 if name in absent else _WIDTH[kind]
        if name not in absent:
            block[name] = columns[name][rows]
    return block


class _Stream(io.RawIOBase):
    """A readable over blocks: what libpq asks for while the next block is still being made."""

    def __init__(self, blocks: Iterator[bytes]):
        self._blocks = blocks
        self._view = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; empty at the end."""
        while not len(self._view):
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._view = memoryview(block)
        size = len(self._view) if size < 0 else size
        piece, self._view = bytes(self._view[:size]), self._view[size:]
        return piece


def _framed(blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield HEADER
    yield from blocks
    yield _END


def copy_rows(work: Transaction, table: str, fields: Fields, columns: Columns, missing: Columns | None = None) -> None:
    """Store rows of fixed-width columns. `table` and the names are our own words, never a visitor's."""
    names = ", ".join(f'"{name}"' for name in fields)
    stream = _Stream(_framed(encode(fields, columns, missing or {})))
    with work.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", stream, _CHUNK)


def copy_csv(work: Transaction, table: str, names: Sequence[str], body: bytes) -> None:
    """Store rows given as CSV without a header; an empty unquoted field is NULL."""
    listed = ", ".join(f'"{name}"' for name in names)
    with work.connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv)", io.BytesIO(body), _CHUNK)


def read_rows(work: Transaction, name: str, fields: Fields, **values: Any) -> np.ndarray:
    """Rows of a named query whose columns are all NOT NULL and of fixed width. Structured array, one field a column."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for field, kind in fields.items():
        layout += [(f"{field} length", ">i4"), (field, _FORMAT[kind])]
    body = io.BytesIO()
    work.copy_out(name, body, "binary", **values)
    return np.frombuffer(body.getbuffer()[len(HEADER) : -len(_END)], dtype=layout)
