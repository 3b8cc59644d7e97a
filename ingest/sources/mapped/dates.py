"""The sessions of rows: from the day by which a source names them, or from the instant at which it showed them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from ingest.sources.mapped import cells
from ingest.sources.mapped.extract import Extract
from ingest.sources.mapped.spec import Dates, Mapping
from ingest.sources.mapped.words import QUOTES
from ingest.sources.reading.stamps import Look, live_look

AHEAD = timedelta(days=5)
"""A figure may be named after the next session, which is never further away; one known later than that is wrong."""
DATED = {
    "session_date": pl.Date(),
    "quote_session": pl.Date(),
    "stamp": cells.INSTANT,
    "final": pl.Boolean(),
    "quoted": pl.Boolean(),
}
"""stamp: the instant of the row's own at which it was shown, null without one. final: whether volume is that of the whole
session. quoted: whether quotes count too."""
_DAY = timedelta(days=1)
Told = Callable[[Any], Look]


@dataclass(frozen=True)
class Rule:
    """When figures without a stamp count as known."""

    market: str
    open_interest: bool
    quotes: bool

    def known_at(self, session_date: date, quote_session: date) -> datetime:
        """The latest of: 07:00 of New York on the session after `session_date`, the close of `quote_session`."""
        if self.market != "US":
            return datetime.combine(quote_session + _DAY, time(), UTC)
        parts = [sessions.settled_at(session_date)] if self.open_interest else []
        return max([*parts, sessions.closes(quote_session)] if self.quotes or not parts else parts)


def rule_of(mapping: Mapping) -> Rule:
    """The rule for a mapping's figures."""
    chain = mapping.holds == "chains"
    return Rule(mapping.market, chain and "open_interest" in mapping.told, not chain or not mapping.told.isdisjoint(QUOTES))


def dated(mapping: Mapping, extract: Extract, received_at: datetime) -> pl.DataFrame:
    """Columns of DATED for each record, and `undated`: why a record has no session, else null."""
    dates = mapping.dates
    assert dates is not None  # noqa: S101 - the mapping's own check
    named = dates.label or dates.instant
    assert named is not None  # noqa: S101 - the same
    place = extract.cells[named.place]
    if dates.instant:
        values, _ = cells.instant(place, named)
    else:
        values, _ = cells.day(place, named, _year(dates, extract))
    found = pl.DataFrame({"value": values}).join(
        _told(mapping, values, received_at), on="value", how="left", maintain_order="left"
    )
    if dates.stamp:
        stamp, _ = cells.instant(extract.cells[dates.stamp.place], dates.stamp)
        found = found.with_columns(stamp=stamp)
        late = pl.col("stamp").is_null() | (pl.col("stamp") > received_at + _DAY)
        found = found.with_columns(undated=pl.when(late).then(pl.lit("bad_date")).otherwise("undated"))
    return found.with_columns(pl.when(pl.col("value").is_null()).then(pl.lit("bad_date")).otherwise("undated").alias("undated"))


def _year(dates: Dates, extract: Extract) -> str | None:
    """What tells the year of labels without one."""
    if dates.year_from is None:
        return None
    said, _ = cells.text(extract.cells[dates.year_from.place], dates.year_from)
    return said.drop_nulls().first() if said.count() else None  # type: ignore[return-value]


def _told(mapping: Mapping, values: pl.Series, received_at: datetime) -> pl.DataFrame:
    """Columns of DATED and `undated` for each different label or instant."""
    tell = _teller(mapping)
    rows: list[tuple[Any, ...]] = []
    rule, ahead = rule_of(mapping), mapping.dates.instant is None  # type: ignore[union-attr]
    for value in values.unique().drop_nulls():
        try:
            look = tell(value)
            known_at = rule.known_at(look.session_date, look.quote_session) if ahead else look.known_at
            late = known_at > received_at + (AHEAD if ahead else _DAY)
            stamp = None if ahead else look.known_at
            rows.append((value, look.session_date, look.quote_session, stamp, look.volume_final, look.quotes,
                         "in_future" if late else None))  # fmt: skip
        except RefusedPayload as refused:
            rows.append((value, None, None, None, None, None, refused.reason))
        except (ValueError, KeyError, IndexError, OverflowError):
            rows.append((value, None, None, None, None, None, "not_a_session"))
    return pl.DataFrame(rows, schema={"value": values.dtype, **DATED, "undated": pl.String()}, orient="row")


def _teller(mapping: Mapping) -> Told:
    dates = mapping.dates
    if dates is not None and dates.instant is not None:
        if mapping.market == "US":
            return live_look
        return lambda at: Look(at.date(), at.date(), at, False)
    before = sessions.previous_session if mapping.market == "US" else _day_before

    def look(label: date) -> Look:
        if mapping.market == "US" and not sessions.is_session(label):
            raise ValueError(label)
        chain = mapping.holds == "chains"
        quoted = before(label) if chain and dates.quotes_of != "label" else label  # type: ignore[union-attr]
        counted = label if dates.open_interest_of == "label" else before(label)  # type: ignore[union-attr]
        return Look(counted if chain else quoted, quoted, datetime.min.replace(tzinfo=UTC), mapping.volume_final)

    return look


def _day_before(day: date) -> date:
    return day - _DAY
