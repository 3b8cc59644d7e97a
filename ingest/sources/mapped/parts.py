"""One file, many payloads: the rows of each slot, session and look."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from core.errors import RefusedPayload
from ingest.sources.frames import QUARANTINE_SCHEMA
from ingest.sources.mapped.extract import Extract
from ingest.sources.mapped.figures import places, true_lines
from ingest.sources.mapped.spec import Mapping
from ingest.sources.reading.chain_rows import MOST_ASIDE

UNDATED = {
    "not_a_session": "No row of it is of a day on which the exchange was open.",
    "in_future": "Its dates are still to come.",
    "unsettled": "Between 06:00 and 07:00 of New York open interest changes from one day to the next.",
}
"""Why a whole file is refused, by what is wrong with all of its dates."""


@dataclass(frozen=True)
class Part:
    """The rows of one payload."""

    slot: str
    session_date: date
    quote_session: date
    stamp: datetime | None
    final: bool
    quoted: bool
    rows: pl.DataFrame


def split(mapping: Mapping, frame: pl.DataFrame) -> tuple[list[Part], pl.DataFrame]:
    """(parts, oldest first; rows that belong to none). Refused: `not_a_session` and its like, `mostly_unreadable`."""
    placed = pl.col("slot").is_not_null() & pl.col("session_date").is_not_null() & pl.col("undated").is_null()
    strays = frame.filter(~placed)
    refuse_strays(strays, len(frame))
    looks = ["stamp"] if mapping.dates and mapping.dates.looks else []
    keys = ["quote_session", "slot", "session_date", "quoted", *looks]
    groups = frame.filter(placed).partition_by(keys, as_dict=True, maintain_order=True)
    return list(_parts(groups)), strays


def _parts(groups: dict[tuple[object, ...], pl.DataFrame]) -> Iterator[Part]:
    for key in sorted(groups, key=str):
        rows = groups[key]
        first = rows.row(0, named=True)
        stamp: datetime | None = rows["stamp"].max()  # type: ignore[assignment]
        final = bool(rows["final"].all())
        yield Part(first["slot"], first["session_date"], first["quote_session"], stamp, final, first["quoted"], rows)


def refuse_strays(strays: pl.DataFrame, rows_in: int) -> None:
    """Refuse a file of which no row, or only a minority, can be placed; days without a session are no fault of the format."""
    counts = Counter(strays["fault"].to_list())
    if len(strays) == rows_in:
        for reason, words in UNDATED.items():
            if counts[reason]:
                raise RefusedPayload(reason, words)
    wrong = Counter({reason: count for reason, count in counts.items() if reason not in UNDATED})
    if sum(wrong.values()) > MOST_ASIDE * rows_in:
        reason, count = wrong.most_common(1)[0]
        raise RefusedPayload("mostly_unreadable", f"{len(strays)} of {rows_in} rows cannot be read; {count} are {reason}.")


def quarantined(mapping: Mapping, extract: Extract, aside: pl.DataFrame) -> pl.DataFrame:
    """Rows kept aside, columns of QUARANTINE_SCHEMA. aside: line_number and fault of each."""
    lines = true_lines(mapping, extract, aside["line_number"])
    texts = pl.Series(extract.texts(places(mapping, aside["line_number"].to_list()).tolist()), dtype=pl.String)
    return pl.DataFrame({"line_number": lines, "raw_text": texts, "reason": aside["fault"]}, schema=QUARANTINE_SCHEMA)
