"""A source changes its format: the ways in which it may, for any source of `samples`, and what has to become of each.

A payload that is reordered or has more in it is read as before; all others are held back, because their figures would be wrong.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

from tests.ingest.sources.json_mutations import inner, records
from tests.ingest.sources.samples.market import Sample

RIGHT = re.compile(r"(.*\d{6})([CP])(\d{8})|(.*-)([CP])")
"""A contract by its OCC symbol, or as Deribit names it."""
Column = Any
"""What names a column of a table: the way to a JSON value, or a place in a CSV line."""


class Json:
    """The records of a JSON payload as a table."""

    def __init__(self, body: bytes):
        self._document = json.loads(body)
        self.rows = [holder[key] for holder, key in records(self._document)]

    def columns(self, theirs: str) -> list[Column]:
        return [tuple(theirs.split("."))]

    def values(self, column: Column) -> list[Any]:
        return [inner(row, column).get(column[-1]) for row in self.rows]

    def put(self, column: Column, values: list[Any]) -> None:
        for row, value in zip(self.rows, values, strict=True):
            inner(row, column)[column[-1]] = value

    def drop(self, column: Column) -> None:
        for row in self.rows:
            inner(row, column).pop(column[-1], None)

    def rename(self, column: Column) -> None:
        self.put((*column[:-1], f"{column[-1]}_v2"), self.values(column))
        self.drop(column)

    def add(self) -> None:
        self.put(("brand_new",), [0.5] * len(self.rows))

    def reorder(self) -> None:
        for row in self.rows:
            for key in sorted(row, reverse=True):
                row[key] = row.pop(key)

    def written(self) -> bytes:
        return json.dumps(self._document).encode()


class Csv:
    """The lines of a CSV payload below its header as a table."""

    def __init__(self, body: bytes):
        lines = body.decode().split("\n")
        head = max(range(len(lines)), key=lambda place: lines[place].count(","))
        self._above, self._header = lines[:head], lines[head].split(",")
        self.rows = [line.split(",") for line in lines[head + 1 : -1]]

    def columns(self, theirs: str) -> list[Column]:
        return [place for place, name in enumerate(self._header) if name == theirs]

    def values(self, column: Column) -> list[Any]:
        return [row[column] for row in self.rows]

    def put(self, column: Column, values: list[Any]) -> None:
        for row, value in zip(self.rows, values, strict=True):
            row[column] = value if isinstance(value, str) else f"{value:.10f}".rstrip("0").rstrip(".")

    def drop(self, column: Column) -> None:
        for row in (self._header, *self.rows):
            del row[column]

    def rename(self, column: Column) -> None:
        self._header[column] += "_v2"

    def add(self) -> None:
        for row in (self._header, *self.rows):
            row.append("brand_new" if row is self._header else "0.5")

    def reorder(self) -> None:
        """The words that open a half stay in front of it."""
        halves = [place for place, name in enumerate(self._header) if name in ("Calls", "Puts")] or [0]
        order = [*range(halves[0])]
        for start, end in zip(halves, [*halves[1:], len(self._header)], strict=True):
            order += [start, *range(end - 1, start, -1)]
        self._header, *self.rows = ([row[place] for place in order] for row in (self._header, *self.rows))

    def written(self) -> bytes:
        return "\n".join((*self._above, *(",".join(row) for row in (self._header, *self.rows)), "")).encode()


class Series:
    """The lines of the OCC's text below its header, whose last columns are open interest of the call, of the put, and a limit."""

    def __init__(self, body: bytes):
        lines = body.split(b"\r\n")
        head = next(place for place, line in enumerate(lines) if line.startswith(b"ProductSymbol")) + 1
        self._above, self.rows = lines[:head], [line.decode().split("\t") for line in lines[head:] if line]

    def columns(self, theirs: str) -> list[Column]:
        return [-3, -2] if theirs == "Call" else []

    def values(self, column: Column) -> list[Any]:
        return [row[column] for row in self.rows]

    def put(self, column: Column, values: list[Any]) -> None:
        for row, value in zip(self.rows, values, strict=True):
            row[column] = str(round(float(value)))

    def written(self) -> bytes:
        return b"\r\n".join((*self._above, *("\t".join(row).encode() for row in self.rows), b""))


Table = Json | Csv
TABLES: dict[str, Callable[[bytes], Table]] = {"json": Json, "csv": Csv}
"""By KIND; a source of another kind shows by itself what becomes of its drifts."""
COUNTED: dict[str, Callable[[bytes], Any]] = TABLES | {"tsv": Series}
"""The same for drifts of the open interest alone."""


@cache
def sample(source: ModuleType, seed: int) -> Sample:
    """A payload of a usual size, seen during the session."""
    made: Sample = source.make(random.Random(seed), strikes=13, expirations=4, moment=1, symbol="AAPL")
    return made


def drifted(source: ModuleType, seed: int = 1) -> Iterator[tuple[str, Sample]]:
    """(what changed, payload) for everything that has to be held back. Needs a KIND of TABLES."""
    for name in source.FIELDS:
        for way in (_renamed, _dropped, _retyped):
            yield f"{way.__name__[1:]}:{name}", _changed(source, seed, lambda table, way=way, name=name: way(source, table, name))
    for name, change in SWAPS.items():
        what, _, needed = name.partition(":")
        if set(needed.split("+")) <= source.FIELDS.keys() and what not in getattr(source, "UNSEEN", ()):
            yield name, _changed(source, seed, lambda table, change=change: change(source, table))


def miscounted(source: ModuleType, seed: int = 1) -> Iterator[tuple[str, Sample]]:
    """(what changed, payload) for everything that a look before gives away. Needs a KIND of COUNTED."""
    for name, change in COUNTS.items():
        what, _, needed = name.partition(":")
        if set(needed.split("+")) <= source.FIELDS.keys():
            yield what, _changed(source, seed, lambda table, change=change: change(source, table))


def harmless(source: ModuleType, seed: int = 1) -> tuple[Sample, Sample]:
    """The same payload in another order, and with a column more."""
    return _changed(source, seed, lambda table: table.reorder()), _changed(source, seed, lambda table: table.add())


def _changed(source: ModuleType, seed: int, change: Callable[[Table], None]) -> Sample:
    made = sample(source, seed)
    table = COUNTED[source.KIND](made.body)
    change(table)
    return replace(made, body=table.written())


def _renamed(source: ModuleType, table: Table, name: str) -> None:
    table.rename(table.columns(source.FIELDS[name])[0])


def _dropped(source: ModuleType, table: Table, name: str) -> None:
    table.drop(table.columns(source.FIELDS[name])[0])


def _retyped(source: ModuleType, table: Table, name: str) -> None:
    """Numbers become text, text becomes a number."""
    for column in table.columns(source.FIELDS[name]):
        values = table.values(column)
        table.put(column, [f"~{value}" if source.KIND == "csv" or not isinstance(value, str) else 17 for value in values])


def _times(factor: float, *names: str) -> Callable[[ModuleType, Table], None]:
    def change(source: ModuleType, table: Table) -> None:
        for name in names:
            for column in table.columns(source.FIELDS[name]):
                table.put(column, [_scaled(value, factor) for value in table.values(column)])

    return change


def _scaled(value: Any, factor: float) -> Any:
    """The product, of the same type where it was text."""
    if value in (None, ""):
        return value
    return float(value) * factor


def _swapped(one: str, other: str) -> Callable[[ModuleType, Table], None]:
    def change(source: ModuleType, table: Table) -> None:
        for here, there in zip(table.columns(source.FIELDS[one]), table.columns(source.FIELDS[other]), strict=True):
            values = table.values(here), table.values(there)
            table.put(here, values[1])
            table.put(there, values[0])

    return change


def _sides(*names: str) -> Callable[[ModuleType, Any], None]:
    """Calls show what puts do, and the other way round."""

    def change(source: ModuleType, table: Any) -> None:
        for name in names:
            columns = table.columns(source.FIELDS[name])
            if len(columns) == 2:
                left, right = (table.values(column) for column in columns)
                table.put(columns[0], right)
                table.put(columns[1], left)
                continue
            symbols = table.values(table.columns(source.FIELDS.get("occ_symbol") or source.FIELDS["name"])[0])
            shown = dict(zip(symbols, table.values(columns[0]), strict=True))
            table.put(columns[0], [shown.get(_partner(symbol), shown[symbol]) for symbol in symbols])

    return change


def _partner(symbol: str) -> str:
    def turned(it: re.Match[str]) -> str:
        before, right, behind = (it[1], it[2], it[3]) if it[1] else (it[4], it[5], "")
        return f"{before}{'P' if right == 'C' else 'C'}{behind}"

    return RIGHT.sub(turned, symbol)


def _moved(name: str, places: int) -> Callable[[ModuleType, Any], None]:
    """Each row shows what stands some rows further on."""

    def change(source: ModuleType, table: Any) -> None:
        for column in table.columns(source.FIELDS[name]):
            values = table.values(column)
            table.put(column, values[places:] + values[:places])

    return change


SWAPS: dict[str, Callable[[ModuleType, Table], None]] = {
    "iv_in_percent:iv": _times(100, "iv"),
    "iv_hundredth:iv": _times(0.01, "iv"),
    "prices_in_cents:bid+ask+last": _times(100, "bid", "ask", "last"),
    "prices_hundredth:bid+ask+last": _times(0.01, "bid", "ask", "last"),
    "spot_in_cents:spot": _times(100, "spot"),
    "vega_for_a_whole:vega": _times(100, "vega"),
    "theta_for_a_year:theta": _times(365, "theta"),
    "gamma_in_percent:gamma": _times(100, "gamma"),
    "calls_as_puts:bid+ask+last+occ_symbol": _sides("bid", "ask", "last"),
    "bid_as_ask:bid+ask": _swapped("bid", "ask"),
    "volume_as_open_interest:volume+open_interest": _swapped("volume", "open_interest"),
}
"""What names it after the colon are the columns a source needs to have for it."""
COUNTS: dict[str, Callable[[ModuleType, Any], None]] = {
    "volume_as_open_interest:volume+open_interest": _swapped("volume", "open_interest"),
    "open_interest_of_the_other_side:open_interest": _sides("open_interest"),
    "open_interest_in_shares:open_interest": _times(100, "open_interest"),
    "open_interest_in_hundreds:open_interest": _times(0.01, "open_interest"),
    "open_interest_of_nobody:open_interest": _times(0, "open_interest"),
    "open_interest_of_other_rows:open_interest": _moved("open_interest", 17),
}
"""Those that show only beside an earlier look."""
