"""Facts of reference: records read one by one, those with a fault kept aside, and payloads in which each fact has its own stamp.

A list of dividends fetched today tells the past as well: what it says of a day in 2023 was known then. So each fact has its own
`known_at`, and the load has that of the whole list: for a live fetch its instant, for a file that of its latest fact.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.sessions import EASTERN
from core.sources import Holds
from ingest.sources import Payload, Raw
from ingest.sources.frames import QUARANTINE_SCHEMA, SCHEMAS
from ingest.sources.reading.csv_rows import Sheet, sheet, shown, whole_lines
from ingest.sources.reading.stamps import LIVE

OPEN = time(9, 30)
"""By this hour of New York everybody knows what happens to a share on a day."""
_FIRST, _LAST = date(1962, 1, 1), date(2200, 1, 1)
_SKEW = timedelta(days=1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""What is taken: of the other ways to write a date, 2026-W10-5 and 20261120 among them, some are read as another by mistake."""

Fact = dict[str, Any]
Record = tuple[int, str, Mapping[str, str] | None]
"""Its line, its text, and its cells by column; None where it is no line of the table."""


class BadFact(ValueError):
    """A record that cannot be a fact; the text is its reason code."""


@dataclass
class Facts:
    """What records say. aside: line, text and reason of those kept aside."""

    rows: list[Fact] = field(default_factory=list)
    aside: list[tuple[int, str, str]] = field(default_factory=list)
    duplicates: int = 0


def table(raw: Raw, required: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Record]:
    """Lines of a CSV that has these columns and no other. Refused: `schema_drift` and what `sheet` refuses."""
    found = sheet(whole_lines(raw.content))
    missing, strange = set(required) - set(found.header), set(found.header) - {*required, *optional}
    if missing or strange or len(set(found.header)) < len(found.header):
        words = [f"{', '.join(sorted(missing))} is missing"] if missing else []
        words += [f"nobody knows {', '.join(shown(name.encode())[:40] for name in sorted(strange))}"] if strange else []
        told = "; ".join(words) or "a column stands there twice"
        raise RefusedPayload("schema_drift", f"The columns have to be {', '.join((*required, *optional))}: {told}.")
    return records(found)


def records(found: Sheet) -> Iterator[Record]:
    """The lines below a header."""
    for number, (line, cells) in enumerate(zip(found.lines, found.cells.iter_rows(), strict=True), start=1):
        *values, fault = cells
        named = {name: value.strip() for name, value in zip(found.header, values, strict=True)}
        yield number, shown(line)[:2000], None if fault else named


def facts(found: Iterable[Record], read: Callable[[Mapping[str, str]], Fact], key: Sequence[str]) -> Facts:
    """Read records. Those that say again what one before says are duplicates; those that contradict each other are kept aside."""
    told, texts, met = Facts(), {}, dict[tuple[Any, ...], list[Fact]]()
    for number, text, cells in found:
        try:
            if cells is None:
                raise BadFact("malformed_row")
            row = read(cells) | {"line_number": number}
        except BadFact as bad:
            told.aside.append((number, text, str(bad)))
            continue
        texts[number] = text
        met.setdefault(tuple(row[name] for name in key), []).append(row)
    for same in met.values():
        if any(_said(row) != _said(same[0]) for row in same):
            told.aside += [(row["line_number"], texts[row["line_number"]], "conflicting_rows") for row in same]
        else:
            told.rows.append(same[0])
            told.duplicates += len(same) - 1
    return told


def payloads(
    raw: Raw, source: str, holds: Holds, told: Facts, slot_of: Callable[[Fact], str], empty: str = "", alone: bool = False
) -> list[Payload]:
    """One payload a slot; what was kept aside goes with the first. Refused: `no_rows`, `bad_stamp`.

    empty: the slot of which a list without a fact, fetched just now, says that there is none. alone: facts of one slot that were
    known at different moments are versions of one fact.
    """
    if not told.rows and not told.aside and empty and raw.folder == LIVE:
        return [_payload(raw, source, holds, empty, [], [], 0)]
    if not told.rows:
        why = f", the first because of {told.aside[0][2]}" if told.aside else ""
        raise RefusedPayload("no_rows", f"No line of it can be used{why}.")
    slots: dict[tuple[str, Any], list[Fact]] = {}
    for row in told.rows:
        slots.setdefault((slot_of(row), row["known_at"] if alone else None), []).append(row)
    made, aside, again = [], told.aside, told.duplicates
    for (slot, _), rows in slots.items():
        made.append(_payload(raw, source, holds, slot, rows, aside, again))
        aside, again = [], 0
    return made


def _payload(
    raw: Raw, source: str, holds: Holds, slot: str, rows: list[Fact], aside: list[tuple[int, str, str]], duplicates: int
) -> Payload:
    known_at = raw.received_at if raw.folder == LIVE else max(row["known_at"] for row in rows)
    try:
        session = sessions.latest_opened(known_at)
    except (ValueError, KeyError, IndexError) as error:
        raise RefusedPayload("bad_stamp", f"No session is known for {known_at:%Y-%m-%d}.") from error
    frame = pl.DataFrame(rows, schema=SCHEMAS[holds], orient="row")
    kept = pl.DataFrame([(line, text, why) for line, text, why in sorted(aside)], schema=QUARANTINE_SCHEMA, orient="row")
    rows_in = len(frame) + len(kept) + duplicates
    return Payload(
        source, slot, None, session, session, known_at, "full", False, False, rows_in, duplicates, frame, kept, holds=holds
    )


def _said(row: Fact) -> Fact:
    return {name: value for name, value in row.items() if name != "line_number"}


# ---------------------------------------------------------------- cells
def word(cells: Mapping[str, str], name: str, most: int = 200) -> str:
    """Text that has to stand there. BadFact: `missing:<name>`, `bad_value:<name>`."""
    found = cells[name]
    if not found:
        raise BadFact(f"missing:{name}")
    if len(found) > most or not found.isprintable():
        raise BadFact(f"bad_value:{name}")
    return found


def symbol(cells: Mapping[str, str], name: str = "symbol") -> str:
    """A ticker, in capitals, its classes parted by a dot."""
    found = word(cells, name, 12).upper().replace("/", ".").replace("-", ".")
    if not found.replace(".", "").isalnum() or not found.isascii():
        raise BadFact(f"bad_value:{name}")
    return found


def day(cells: Mapping[str, str], name: str) -> date:
    """A date written 2026-11-20."""
    written = word(cells, name, 10)
    try:
        found = date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise BadFact(f"bad_value:{name}") from None
    if not _FIRST <= found < _LAST:
        raise BadFact(f"bad_value:{name}")
    return found


def number(cells: Mapping[str, str], name: str, most: float) -> float | None:
    """A number above 0 and up to `most`; None for an empty cell."""
    if not (written := cells.get(name, "")):
        return None
    try:
        found = float(written) if written.isascii() and "_" not in written else -1.0
    except ValueError:
        found = -1.0
    if not 0 < found <= most:
        raise BadFact(f"bad_value:{name}")
    return found


def instant(cells: Mapping[str, str], name: str, received_at: datetime) -> datetime | None:
    """An instant with its zone, 2026-11-20T18:05-05:00, or a date, which counts from its end in New York; None where empty."""
    written = cells.get(name, "")
    if not written:
        return None
    try:
        if _DAY.fullmatch(written):
            found = end_of(date.fromisoformat(written))
        else:
            found = datetime.fromisoformat(written if _INSTANT.fullmatch(written) else "")
    except ValueError:
        raise BadFact(f"bad_value:{name}") from None
    if not _FIRST <= found.date() < _LAST:
        raise BadFact(f"bad_value:{name}")
    if found > received_at + _SKEW:
        raise BadFact("known_in_future")
    return found.astimezone(UTC)


def known(cells: Mapping[str, str], described: date, received_at: datetime) -> datetime:
    """When a fact of a day was known: as `known_at` says, else at the open of the day. BadFact where that is still to come."""
    said = instant(cells, "known_at", received_at)
    if said is None and open_of(described) > received_at:
        raise BadFact("missing:known_at")
    return said or open_of(described)


def open_of(day: date) -> datetime:
    """09:30 of New York, UTC."""
    return datetime.combine(day, OPEN, EASTERN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Midnight of New York after a day, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), EASTERN).astimezone(UTC)


def one_of(cells: Mapping[str, str], name: str, words: Iterable[str]) -> str:
    """One of these words, whatever its capitals."""
    found = word(cells, name).lower().replace(" ", "_").replace("-", "_")
    if found not in set(words):
        raise BadFact(f"bad_value:{name}")
    return found
