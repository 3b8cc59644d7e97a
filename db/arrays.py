"""Rows that hold arrays, out of PostgreSQL at full speed: elements of one width are read as numpy arrays, not one by one."""

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from db.bulk import HEADER
from db.database import Transaction

_ELEMENTS = {"int2": ">i2", "int4": ">i4", "float4": ">f4", "float8": ">f8"}
_SCALARS = {"date": ">i", "int4": ">i", "int8": ">q"}
_SIZE = struct.Struct(">i")
_ARRAY = struct.Struct(">iiiii")  # dimensions, any null, type of the elements, length, first index


def read_arrays(work: Transaction, name: str, fields: dict[str, str], **values: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of a named query, one tuple each. fields: name -> type; `float8[]` is an array (n,) of NOT NULL elements.

    A date is days since 2000-01-01, as PostgreSQL stores it.
    """
    stream = io.BytesIO()
    work.copy_out(name, stream, "binary", **values)
    body = stream.getbuffer()
    place = len(HEADER)
    while body[place : place + 2] != b"\xff\xff":
        place += 2
        row = []
        for kind in fields.values():
            (length,) = _SIZE.unpack_from(body, place)
            place += _SIZE.size
            row.append(
                _array(body, place, kind[:-2]) if kind.endswith("[]") else struct.unpack_from(_SCALARS[kind], body, place)[0]
            )
            place += length
        yield tuple(row)


def _array(body: memoryview, place: int, kind: str) -> np.ndarray:
    """One array; each element stands behind its own length."""
    (dimensions,) = _SIZE.unpack_from(body, place)
    if dimensions == 0:
        return np.empty(0, dtype=_ELEMENTS[kind])
    _, _, _, count, _ = _ARRAY.unpack_from(body, place)
    layout = np.dtype([("length", ">i4"), ("value", _ELEMENTS[kind])])
    return np.frombuffer(body, dtype=layout, count=count, offset=place + _ARRAY.size)["value"]
