"""Objects of a JSON payload as columns: a value that is not what its column holds becomes a fault of its row, never a guess."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl

from core.errors import RefusedPayload
from ingest.json_size import too_large
from ingest.sources import refuse_page

Reading = Callable[[Any], Any]
Spec = Mapping[str, tuple[str, Reading]]
"""Our column -> (their key, how to read its value). A reading answers None for unknown and raises ValueError for nonsense."""

REPEATED = "\0repeated"
"""Key under which an object keeps its pairs where one of its keys stands twice: nobody can say which value counts."""
MOST_SPOT = 1e7
FEWEST = 20
"""Fewer rows than this prove nothing about a column."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=[T ]|$)")
_NUMBERS = {int, float, type(None)}


def load_json(content: bytes) -> Any:
    """The document. Refused: `sign_in_page`, `too_large`, `not_json`. NaN and Infinity come out as floats that none accepts."""
    refuse_page(content)
    refuse_large(content)
    try:
        return json.loads(content.removeprefix(_BYTE_ORDER_MARK).decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise RefusedPayload("not_json", f"This is no JSON document: {str(error)[:120]}.") from error


def refuse_large(content: bytes) -> None:
    """Refuse a document that would take too much memory. Refused: `too_large`."""
    if why := too_large(content):
        raise RefusedPayload("too_large", why)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or REPEATED in found:  # nobody's key: whoever sends it wants to be taken for us
        found[REPEATED] = pairs
    return found


def entry(place: Any, key: str, kind: type | tuple[type, ...]) -> Any:
    """The value of one kind under a key of an object around the records. Refused: `schema_drift`."""
    if not isinstance(place, dict) or REPEATED in place:
        raise RefusedPayload("schema_drift", f"The source changed its format: around {key} is no plain object.")
    found = place.get(key)
    if not isinstance(found, kind) or isinstance(found, bool):
        what = "missing" if key not in place else f"a {type(found).__name__}"
        raise RefusedPayload("schema_drift", f"The source changed its format: {key} is {what}.")
    return found


def price_beside(place: dict[str, Any], key: str) -> float | None:
    """The price of the underlying that stands beside the records; None for null and 0. Refused: `schema_drift`."""
    try:
        found = number(place[key])
    except (KeyError, ValueError):
        found = -1.0
    if found is not None and not 0 <= found <= MOST_SPOT:
        raise RefusedPayload("schema_drift", f"The source changed its format: {key} is no price.")
    return found or None


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(value)
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError(value) from error
    if not math.isfinite(found):
        raise ValueError(value)
    return found


def number_unless(*unknown: float) -> Reading:
    """A finite number; None for the values by which a source says that it does not know."""

    def read(value: Any) -> float | None:
        found = number(value)
        return None if found in unknown else found

    return read


def text(value: Any) -> str | None:
    """Text that can be stored, or None."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(value)
    if not value.isascii():
        value.encode()  # half of a pair of surrogates is no text: a UnicodeEncodeError is a ValueError
    return value


def day(value: Any) -> date | None:
    """A date written 2026-11-20, alone or with a time of day behind it, which counts for nothing."""
    found = text(value)
    if not found:
        return None
    written = _DAY.match(found)
    if written is None:
        raise ValueError(value)
    return date.fromisoformat(written[0])


def milliseconds(value: Any) -> datetime | None:
    """An instant in milliseconds since 1970; None for 0 and less, which is no trade."""
    return _instant(value, 1_000)


def seconds(value: Any) -> datetime | None:
    """An instant in seconds since 1970; None for 0 and less."""
    return _instant(value, 1)


def nanoseconds(value: Any) -> datetime | None:
    """An instant in nanoseconds since 1970; None for 0 and less."""
    return _instant(value, 1_000_000_000)


def _instant(value: Any, parts: int) -> datetime | None:
    found = number(value)
    if found is None or found <= 0:
        return None
    try:
        return datetime.fromtimestamp(found / parts, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(value) from error


def table(records: Sequence[Any], spec: Spec, schema: Mapping[str, pl.DataType], required: Iterable[str] = ()) -> pl.DataFrame:
    """One row a record, columns of `spec` with the types of `schema`, and two more: `line_number` from 1, and `fault`.

    required: our columns whose key every record has to have. fault: null, or the first of `not_a_record`, `repeated_key`,
    `missing:<column>`, and `bad_value:<column>` for a value that cannot be read, or a part that is no object.
    """
    names = {spec[name][0]: name for name in required}
    parts = {key.partition(".")[0] for key, _ in spec.values() if "." in key}
    faults = [_fault(record, names, parts) for record in records]
    objects = [record if isinstance(record, dict) else {} for record in records]
    columns = []
    for name, (key, reading) in spec.items():
        values = [value_at(each, key) for each in objects] if "." in key else [each.get(key) for each in objects]
        columns.append(_column(name, values, reading, schema.get(name, pl.String()), faults))
    numbers = pl.Series("line_number", range(1, len(records) + 1), dtype=pl.Int64)
    return pl.DataFrame([*columns, numbers, pl.Series("fault", faults, dtype=pl.String)])


def _fault(record: Any, required: Mapping[str, str], parts: Iterable[str]) -> str | None:
    """What is wrong with a record before its values are read. required: their key -> our column; parts: objects inside."""
    if not isinstance(record, dict):
        return "not_a_record"
    if REPEATED in record or any(REPEATED in inner for part in parts if isinstance(inner := record.get(part), dict)):
        return "repeated_key"
    if wrong := [part for part in parts if not isinstance(record.get(part), dict | None)]:
        return f"bad_value:{min(wrong)}"
    missing = required.keys() - record.keys()
    return f"missing:{required[min(missing)]}" if missing else None


def _column(name: str, values: list[Any], reading: Reading, kind: pl.DataType, faults: list[str | None]) -> pl.Series:
    """A column; a value that cannot be read is null, and a fault of its row unless that has one."""
    if reading is number and kind.is_float() and (quick := _quick_numbers(values)) is not None:
        return pl.Series(name, quick, dtype=kind, nan_to_null=True)
    found: list[Any] = []
    whole = kind.is_integer()
    for place, value in enumerate(values):
        try:
            read = reading(value)
            if whole and isinstance(read, float) and not read.is_integer():
                raise ValueError(value)
            found.append(read)
        except (ValueError, TypeError):
            found.append(None)
            faults[place] = faults[place] or f"bad_value:{name}"
    return pl.Series(name, found, dtype=kind, strict=False)


def _quick_numbers(values: list[Any]) -> np.ndarray | None:
    """The same as `number` for each value, at once; None where one of them is anything but a finite number or unknown."""
    if not set(map(type, values)) <= _NUMBERS:
        return None
    try:
        found = np.array(values, np.float64)
    except OverflowError:
        return None
    return found if np.count_nonzero(~np.isfinite(found)) == values.count(None) else None


def value_at(record: Any, key: str) -> Any:
    """The value under a key; a dot goes into an object: `greeks.delta`. None where there is none."""
    found = record
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def require(records: Iterable[Any], keys: Sequence[str], known: Iterable[str] = (), rare: Sequence[str] = ()) -> tuple[str, ...]:
    """Refuse records of another shape: `schema_drift` where no record has one of `keys`. Warnings: keys nobody knows.

    rare: keys that a source leaves out where it has nothing to say. That none of a few records has one is drift only where
    they have a key that nobody knows.
    """
    seen: set[str] = set()
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007
        if isinstance(record, dict):
            seen |= record.keys()
    tops = {key.split(".")[0]: key for key in (*keys, *rare)}
    unknown = sorted(seen - tops.keys() - set(known) - {REPEATED})
    strict = (*keys, *rare) if unknown or count >= FEWEST else tuple(keys)
    missing = [key for key in strict if key.split(".")[0] not in seen]
    if missing and seen:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(missing)} is missing everywhere.")
    return (f"New in this format: {', '.join(shown(key)[:40] for key in unknown[:10])}.",) if unknown else ()


def unrepeated(frame: pl.DataFrame) -> pl.DataFrame:
    """A table without the records of which nobody can say which values count."""
    return frame.filter(pl.col("fault").fill_null("") != "repeated_key")


def require_values(frame: pl.DataFrame, names: Iterable[str]) -> None:
    """Refuse a table of which a whole column is unknown, or of another type: `schema_drift`. Few rows prove nothing."""
    empty = [name for name in names if frame[name].is_null().all()]
    if empty and len(frame) >= FEWEST:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(empty)} cannot be read in any row.")


def texts(records: Sequence[Any]) -> Callable[[Sequence[int]], list[str]]:
    """The text of records by line number from 1, for rows kept aside."""
    return lambda lines: [_written(records[line - 1])[:2000] for line in lines]


def _written(record: Any) -> str:
    """A record as JSON; one with a repeated key shows all its pairs."""
    if isinstance(record, dict) and REPEATED in record:
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_written(value)}" for key, value in record[REPEATED])
        return shown("{" + ", ".join(pairs) + "}")
    try:
        return shown(json.dumps(record, ensure_ascii=False))
    except RecursionError:  # read at a lower depth of calls than it is written
        return "nested too deeply to be shown"


def shown(words: str) -> str:
    """Text as it can be stored: half pairs of surrogates as \\udNNN."""
    return words if words.isascii() else words.encode("utf-8", "backslashreplace").decode()
