"""Barchart "change in open interest" downloads: one CSV per direction (increase, decrease) and market (stocks, etfs).

Six header layouts since 2023. Open interest belongs to the session before the quotes, and the session of the quotes is the
latest one opened at the footer's instant; the file's name counts for nothing, except that it may say the market where no
symbol does. Regular lines are read at once (`columns`), all others by hand (`rows`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core import sessions
from core.errors import RefusedPayload
from core.vocabulary import EXPORT_LIMIT
from ingest import columns as fast
from ingest.sources import Payload, Raw, refuse_page
from ingest.sources.barchart.columns import pattern, read_regular
from ingest.sources.barchart.layout import FOOTER_WORDS, Layout, is_footer, read_footer, read_header
from ingest.sources.barchart.rows import BadRow, Moment, is_whole, read_row
from ingest.sources.barchart.slot import off_side, slot_of
from ingest.sources.barchart.units import check_units
from ingest.sources.frames import QUARANTINE_SCHEMA, ROW_SCHEMA
from ingest.sources.reading.stamps import VOLUME_FINAL_AFTER
from ingest.sources.reading.twins import Aside, keep_one

MOST_QUARANTINED = 0.5
"""A file of which a larger share cannot be read has changed its format."""
_NOTHING = pl.DataFrame(schema=QUARANTINE_SCHEMA)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    """The data lines of a file: their text, their numbers in the file (from 1), and those that hold NUL or bad UTF-8."""

    texts: list[str]
    numbers: NDArray[np.int64]
    unreadable: frozenset[int]


def recognises(content: bytes) -> bool:
    """Whether the first line looks like this header, or the footer is there."""
    first = content.removeprefix(_BYTE_ORDER_MARK).lstrip().split(b"\n", 1)[0]
    return FOOTER_WORDS in content or sum(name in first for name in (b"Symbol", b"Strike", b"Open Int", b"OI Chg")) >= 2


def parse(raw: Raw, by_line: bool = False) -> Payload:
    """The payload of one file, or RefusedPayload. `by_line` reads every line by hand: slower, and the answer is the same."""
    layout, lines, footer = _frame(raw.content)
    known_at, footer_warnings = _stamp(footer, raw.received_at)
    moment, session_date, closes = _dates(known_at)
    read, bad = _read(lines, layout.columns, moment, by_line)
    _check_share(bad, len(lines.texts))
    check_units(read)
    rows, slot, slot_warnings, away = _in_slot(read, raw.file_name)
    rows, twins, duplicates = keep_one(rows)
    aside = bad + away + twins
    _check_share(aside, len(lines.texts))
    return Payload(
        source="barchart",
        slot=slot,
        asset_class="stock" if slot.startswith("stocks") else "etf",
        session_date=session_date,
        quote_session=moment.quote_session,
        known_at=known_at,
        coverage="top_list",
        volume_final=known_at >= closes + VOLUME_FINAL_AFTER,
        cut=len(lines.texts) == EXPORT_LIMIT,
        rows_in=len(lines.texts),
        duplicates=duplicates,
        rows=rows,
        quarantined=_quarantined(lines, aside),
        warnings=(*layout.warnings, *footer_warnings, *slot_warnings),
        read_aside=_of_lines(read, away + twins),
    )


def _stamp(footer: str, received_at: datetime) -> tuple[datetime, tuple[str, ...]]:
    """The footer's instant (UTC) and warnings about it; one that was still to come when the file did is refused."""
    known_at, warnings = read_footer(footer)
    if known_at > received_at + timedelta(days=1):
        raise RefusedPayload("footer_in_future", f"The footer says {known_at:%Y-%m-%d %H:%M} UTC, which is still to come.")
    return known_at, warnings


@lru_cache(maxsize=1024)
def _dates(known_at: datetime) -> tuple[Moment, date, datetime]:
    """The moment of a footer, the session whose open interest it shows, and when the session of its quotes closes."""
    try:
        quote_session = sessions.latest_opened(known_at)
        return Moment(quote_session, known_at), sessions.previous_session(quote_session), sessions.closes(quote_session)
    except (ValueError, KeyError, IndexError) as error:
        raise RefusedPayload("bad_footer", f"No session is known for {known_at:%Y-%m-%d}.") from error


def _frame(content: bytes) -> tuple[Layout, Lines, str]:
    """Header, data lines and footer of a file, or RefusedPayload where one of them is not there."""
    refuse_page(content)
    content = content.removeprefix(_BYTE_ORDER_MARK)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    if content.count(FOOTER_WORDS) > 1:
        raise RefusedPayload("several_files", "There is more than one footer: several downloads in one file.")
    texts, unreadable = _texts(content)
    filled = _filled(texts)
    if not filled:
        raise RefusedPayload("empty_file", "The file is empty.")
    layout = read_header(texts[filled[0]])
    last = texts[filled[-1]]
    if not is_footer(last):
        raise _without_footer(texts, last, layout)
    inside = np.arange(1, len(filled) - 1) if isinstance(filled, range) else np.array(filled[1:-1], np.int64)
    if not len(inside):
        raise RefusedPayload("no_rows", "There is no row between header and footer.")
    chosen = texts[1 : inside[-1] + 1] if isinstance(filled, range) else [texts[place] for place in inside]
    lines = Lines(chosen, inside + 1, unreadable)
    return layout, lines, last


def _filled(texts: list[str]) -> Sequence[int]:
    """Places of the lines that hold more than blanks."""
    end = len(texts) - (texts[-1] == "")
    if min(texts[:end], default="") < "!":
        return [place for place, text in enumerate(texts) if text.strip(" \t")]
    return range(end)


def _texts(content: bytes) -> tuple[list[str], frozenset[int]]:
    """Lines as text, and the numbers of those that hold NUL or bad UTF-8, which are shown as \\xNN."""
    try:
        text = content.decode()
        if "\0" not in text:
            return text.split("\n"), frozenset()
    except UnicodeDecodeError:
        pass
    texts, unreadable = [], set()
    for number, line in enumerate(content.split(b"\n"), start=1):
        shown = line.decode(errors="backslashreplace").replace("\0", "\\x00")
        texts.append(shown)
        if shown.encode() != line:
            unreadable.add(number)
    return texts, frozenset(unreadable)


def _without_footer(texts: list[str], last: str, layout: Layout) -> RefusedPayload:
    """Why the last line is no footer."""
    if any(is_footer(text) for text in texts):
        return RefusedPayload("rows_after_footer", "There are lines after the footer.")
    begun = last.strip().strip('"').encode()
    if not FOOTER_WORDS.startswith(begun[: len(FOOTER_WORDS)]) and not is_whole(last, layout.columns):
        return RefusedPayload("cut_in_row", "The file ends in the middle of a row.")
    return RefusedPayload("no_footer", "The footer that says when the file was downloaded is not there.")


def _read(lines: Lines, columns: tuple[str, ...], moment: Moment, by_line: bool) -> tuple[pl.DataFrame, list[Aside]]:
    """Accepted rows in the file's order, and the lines to keep aside with their reasons."""
    regular = np.zeros(len(lines.texts), bool)
    taken = np.zeros(0, np.int64)
    frames = []
    if not by_line:
        regular = fast.matching(lines.texts, pattern(columns))
        if lines.unreadable:
            regular = regular & ~np.isin(lines.numbers, list(lines.unreadable))
    if regular.any():
        texts = lines.texts if regular.all() else list(compress(lines.texts, regular))
        rows, good = read_regular("\n".join(texts).encode(), columns, moment)
        taken = np.flatnonzero(regular)[good]
        rows = rows if good.all() else rows.filter(pl.Series(good))
        frames.append(rows.insert_column(len(rows.columns), pl.Series("line_number", lines.numbers[taken])))
    if len(taken) == len(lines.texts):
        return frames[0], []
    by_hand, bad = _by_hand(lines, np.delete(np.arange(len(lines.texts)), taken), columns, moment)
    return pl.concat([*frames, by_hand]).sort("line_number"), bad


def _by_hand(
    lines: Lines, places: NDArray[np.int64], columns: tuple[str, ...], moment: Moment
) -> tuple[pl.DataFrame, list[Aside]]:
    rows: list[tuple[Any, ...]] = []
    bad: list[Aside] = []
    for place in places.tolist():
        number = int(lines.numbers[place])
        try:
            if number in lines.unreadable:
                raise BadRow("not_text")
            rows.append((*read_row(lines.texts[place], columns, moment), number))
        except BadRow as error:
            bad.append((number, error.reason))
    return pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"), bad


def _in_slot(rows: pl.DataFrame, file_name: str) -> tuple[pl.DataFrame, str, tuple[str, ...], list[Aside]]:
    """The slot that the rows fill; a few rows on the other side of it are kept aside."""
    slot, warnings = slot_of(rows, file_name)
    away = off_side(rows, slot)
    if not away.any():
        return rows, slot, warnings, []
    numbers = rows.filter(away)["line_number"].to_list()
    return rows.filter(~away), slot, warnings, [(number, "outside_slot") for number in numbers]


def _of_lines(rows: pl.DataFrame, aside: list[Aside]) -> pl.DataFrame | None:
    """The rows of lines that are kept aside although they could be read."""
    return rows.filter(pl.col("line_number").is_in([number for number, _ in aside])) if aside else None


def _quarantined(lines: Lines, aside: list[Aside]) -> pl.DataFrame:
    """Lines kept aside, in the file's order, with their text."""
    if not aside:
        return _NOTHING.clone()
    aside = sorted(aside)
    places = np.searchsorted(lines.numbers, [number for number, _ in aside])
    columns = ([number for number, _ in aside], [lines.texts[place] for place in places], [reason for _, reason in aside])
    return pl.DataFrame(dict(zip(QUARANTINE_SCHEMA, columns, strict=True)), schema=QUARANTINE_SCHEMA)


def _check_share(aside: list[Aside], rows_in: int) -> None:
    """Refuse a file of which most rows cannot be read: its format has changed."""
    if len(aside) > MOST_QUARANTINED * rows_in:
        reason, count = Counter(reason for _, reason in aside).most_common(1)[0]
        raise RefusedPayload("mostly_unreadable", f"{len(aside)} of {rows_in} rows cannot be read; {count} are {reason}.")
