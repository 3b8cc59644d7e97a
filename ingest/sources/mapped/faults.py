"""Every fault of a mapping file at once, each with where it is and what to write instead."""

import copy
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from core.errors import BadMapping
from ingest.sources.mapped.formats import EPOCHS, has_year
from ingest.sources.mapped.spec import TARGETS, Cell, Dates, Lists, Mapping, Recognise, Rows, Sides

_ROUNDS = 5
_TABLES: dict[str, type[BaseModel]] = {
    "recognise": Recognise, "rows": Rows, "dates": Dates, "sides": Sides, "lists": Lists,
}  # fmt: skip
_FILLED: dict[str, Any] = {"recognise": {"columns": ["?"]}, "call": {}, "put": {}, "keys": ["?"]}
_CELLED = ("columns", "witnesses", "call", "put", "label", "instant", "stamp", "year_from")
_PRICES = ("open", "high", "low", "close", "adjusted_close")
_FIGURES = ("open_interest", "bid", "ask", "last", "mark", "volume")


def read_mapping(name: str, text: str) -> Mapping:
    """The mapping that a TOML text says. BadMapping, one line a fault."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"{name}: this is no TOML: {error}.") from error
    mapping, faults = _checked({**told, "name": name})
    if mapping is not None:
        known = {fault.split(" ")[0].split(".")[0] for fault in faults}
        faults += [fault for fault in _between(mapping) if not (fault.startswith("dates is missing") and "dates" in known)]
    if faults or mapping is None:
        raise BadMapping("\n".join([f"The mapping {name} cannot be used:", *(f"  {fault}" for fault in dict.fromkeys(faults))]))
    return mapping


def _checked(told: dict[str, Any]) -> tuple[Mapping | None, list[str]]:
    """(the mapping without what is wrong in it, where that leaves one; the faults of single entries).

    What is wrong is taken out, what is missing is filled in, and all is checked again: some checks need others to have passed.
    """
    faults: list[str] = []
    told = copy.deepcopy(told)
    for _ in range(_ROUNDS):
        try:
            return Mapping.model_validate(told), faults
        except ValidationError as error:
            faults += [_words(fault) for fault in error.errors()]
            for fault in error.errors():
                (_fill_in if fault["type"] == "missing" else _take_out)(told, fault["loc"])
    return None, faults


def _fill_in(told: Any, place: tuple[Any, ...]) -> None:
    """Put something that passes where an entry is missing."""
    for key in place[:-1]:
        told = told[key]
    told[place[-1]] = copy.deepcopy(_FILLED.get(place[-1], "?"))


def _take_out(told: Any, place: tuple[Any, ...]) -> None:
    """Take the entry at a place out."""
    node, way = told, []
    for key in place:
        if not (isinstance(node, dict) and key in node):
            break
        way.append((node, key))
        node = node[key]
    if way:
        inside, key = way[-1]
        del inside[key]


def _words(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "mapping"
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return f"{where} is missing: {_meaning(fault['loc'])}."
    if kind == "extra_forbidden":
        return f"{where}: there is no such entry{_instead(fault['loc'])}"
    if kind == "literal_error":
        return f"{where} = {fault['input']!r}: write one of {context['expected']}."
    if kind == "value_error":
        return f"{where} {context['error']}."
    return f"{where} = {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}."


def _table(place: tuple[Any, ...]) -> type[BaseModel]:
    """The kind of table that the last part of a place stands in."""
    found: type[BaseModel] = Mapping
    for part in place[:-1]:
        found = _TABLES.get(part, Cell if part in _CELLED or found is Cell else found)
    return found


def _meaning(place: tuple[Any, ...]) -> str:
    field = _table(place).model_fields.get(str(place[-1]))
    return f"write {field.description}" if field and field.description else "write a place, as a column's name"


def _instead(place: tuple[Any, ...]) -> str:
    names = list(_table(place).model_fields)
    near = get_close_matches(str(place[-1]), names, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}."


def _between(mapping: Mapping) -> Iterator[str]:
    """Faults that only show where entries are held against each other."""
    yield from _of_recognition(mapping)
    if mapping.not_stored:
        return
    if mapping.dates is None:
        yield "dates is missing: write a table [dates] with label (a day) or instant (a day and time)."
    yield from _of_columns(mapping)
    yield from _of_places(mapping)
    yield from _of_dates(mapping)


def _of_recognition(mapping: Mapping) -> Iterator[str]:
    recognise = mapping.recognise
    if bool(recognise.columns) == mapping.is_json:
        yield "recognise: write columns for a table, or keys or record_keys for JSON, and not both."
    if mapping.is_json and not mapping.rows.records and not mapping.not_stored:
        yield "rows.records is missing: write where the records lie, as 'quotes[]'."
    if not mapping.is_json and (mapping.rows.records or mapping.rows.lists):
        yield "rows: records and lists are for JSON; a table has none."
    if mapping.is_json and recognise.where:
        yield "recognise.where is for tables; take it out."


def _of_columns(mapping: Mapping) -> Iterator[str]:
    known = TARGETS[mapping.holds]
    named = [*mapping.columns, *mapping.witnesses, *((*mapping.sides.call, *mapping.sides.put) if mapping.sides else ())]
    for name in dict.fromkeys(named):
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            yield f"columns.{name}: {mapping.holds} have no such column; {hint}"
    yield from (f"columns.{name} is missing: {words}." for name, words in _lacking(mapping))
    if mapping.sides and set(mapping.sides.call) != set(mapping.sides.put):
        yield "sides: call and put have to name the same columns."
    for name in mapping.witnesses:
        if name not in mapping.told and "occ_symbol" not in mapping.told:
            yield f"witnesses.{name} is a second place of a column that has no first one: name it under columns too."
    if mapping.holds == "bars" and not mapping.minutes:
        yield "minutes is missing: write the length of a bar."


def _lacking(mapping: Mapping) -> Iterator[tuple[str, str]]:
    told = mapping.told | ({"right"} if mapping.sides else set())
    if mapping.holds == "chains":
        if "occ_symbol" not in told:
            for name in sorted({"symbol", "expiration", "strike", "right"} - told):
                yield name, "write its place, or that of occ_symbol in place of root, expiration, strike and right"
        if told.isdisjoint(_FIGURES):
            yield "open_interest", f"write at least one of {', '.join(_FIGURES)}"
        return
    if "symbol" not in told:
        yield "symbol", 'write its place, as {path = "symbol"} where only the file\'s name says it'
    if mapping.holds == "bars" and "bar" not in told:
        yield "bar", "write where the instant of a bar stands"
    if told.isdisjoint(_PRICES):
        yield "close", f"write at least one of {', '.join(_PRICES)}"


def _of_places(mapping: Mapping) -> Iterator[str]:
    groups = {part.split(">")[0] for part in mapping.recognise.path.split("(?P<")[1:]}
    for cell in mapping.cells:
        if cell.column and not mapping.is_json and cell.column not in mapping.recognise.columns:
            yield f"recognise.columns lacks {cell.column!r}, which is read: name it there."
        if cell.level and cell.level not in mapping.rows.levels:
            yield f"level {cell.level!r} is not in rows.records: write {{{cell.level}}} there."
        if cell.path and cell.path not in groups:
            yield f"path {cell.path!r} is no group of recognise.path: write (?P<{cell.path}>...) there."
        if cell.document and not mapping.is_json:
            yield f"document {cell.document!r}: a table has nothing beside its rows; write column, path or value."
    for name in mapping.recognise.where:
        if name not in mapping.recognise.columns:
            yield f"recognise.columns lacks {name!r}, which recognise.where asks for: name it there."


def _of_dates(mapping: Mapping) -> Iterator[str]:
    dates = mapping.dates
    if dates is None:
        return
    if dates.label and (dates.label.format in EPOCHS or "HH" in dates.label.format):
        yield "dates.label.format tells a time of day: write instant in place of label, or a pattern around the day."
    if dates.label and not has_year(dates.label.format) and dates.year_from is None:
        yield "dates.year_from is missing: the label has no year; write where a year, or a date near to it, stands."
    for name, cell in _instants(mapping):
        if cell.format and cell.format not in EPOCHS and not (has_year(cell.format) and "HH" in cell.format):
            yield f"{name}.format has no year or no time of day: write both, as 'YYYY-MM-DD HH:mm'."
    if dates.looks and not (dates.instant or dates.stamp):
        yield "dates.looks needs instant or stamp, which part the looks."
    if mapping.holds != "chains":
        for name in sorted({"open_interest_of", "quotes_of", "volume_of"} & dates.model_fields_set):
            yield f"dates.{name} is for chains; take it out."


def _instants(mapping: Mapping) -> Iterator[tuple[str, Cell]]:
    """Cells that hold instants, with their names."""
    for name, cell in [*mapping.columns.items(), *mapping.witnesses.items()]:
        if name in ("trade_time", "bar"):
            yield f"columns.{name}", cell
    if mapping.dates:
        yield from ((f"dates.{name}", cell) for name in ("instant", "stamp") if (cell := getattr(mapping.dates, name)))
