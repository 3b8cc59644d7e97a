"""Days and bars of underlyings out of mapped files: one payload a symbol and session, checked for the whole file at once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from ingest.sources import Payload
from ingest.sources.frames import QUARANTINE_SCHEMA, SCHEMAS
from ingest.sources.mapped.dates import rule_of
from ingest.sources.mapped.extract import Extract
from ingest.sources.mapped.figures import true_lines
from ingest.sources.mapped.parts import quarantined, refuse_strays
from ingest.sources.mapped.spec import Mapping
from ingest.sources.reading.chain_rows import MOST_PRICE

MOST_SHARES = 1e13
_PRICES = ("open", "high", "low", "close", "adjusted_close", "vwap")
_NOTHING = pl.DataFrame(schema=QUARANTINE_SCHEMA)
Key = tuple[str, date, datetime | None]
"""Slot, session, and the payload's own stamp where it has one."""


def payloads(mapping: Mapping, extract: Extract, frame: pl.DataFrame) -> list[Payload]:
    """The payloads of a file; `frame` as `figures.read` gives it. All rows kept aside are kept with the first payload.

    Refused: `not_a_session` and its like, `mostly_unreadable`.
    """
    frame = _bars(mapping, frame) if mapping.holds == "bars" else frame
    rows, duplicates = _once(_checked(frame), ["slot", *(["bar_end"] if mapping.holds == "bars" else ["quote_session"])])
    aside = rows.filter(pl.col("fault").is_not_null())
    refuse_strays(aside, len(frame))
    kept = quarantined(mapping, extract, aside.select("line_number", "fault").sort("line_number"))
    return list(_payloads(mapping, extract, rows.filter(pl.col("fault").is_null()), kept, duplicates))


def _bars(mapping: Mapping, frame: pl.DataFrame) -> pl.DataFrame:
    """With `bar_end` and `minutes`; a bar that is unknown is at fault."""
    length = timedelta(minutes=mapping.minutes if mapping.bar_is == "start" else 0)
    unknown = pl.when(pl.col("bar").is_null()).then(pl.lit("bad_time"))
    return frame.with_columns(
        bar_end=pl.col("bar") + length, minutes=pl.lit(mapping.minutes, pl.Int64), fault=pl.coalesce("fault", unknown)
    )


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    """With the first fault of each row: prices that cannot be, or contradict each other, and rows that say nothing."""
    prices = [name for name in _PRICES if name in frame.columns]
    bounds = [(name, MOST_PRICE) for name in prices] + ([("volume", MOST_SHARES)] if "volume" in frame.columns else [])
    found = [_when(pl.all_horizontal(pl.col(name).is_null() for name in prices), "no_figure")]
    for name, most in bounds:
        found += [_when(pl.col(name) < 0, f"negative:{name}"), _when(pl.col(name) > most, f"out_of_range:{name}")]
    if "volume" in frame.columns:
        found.append(_when((pl.col("volume") - pl.col("volume").round()).abs() > 0, "not_whole:volume"))
    inside = [name for name in ("open", "close", "low", "high") if name in prices]
    if "high" in prices:
        found.append(_when(pl.any_horizontal(pl.col(name) > pl.col("high") for name in inside), "disagrees:high"))
    if "low" in prices:
        found.append(_when(pl.any_horizontal(pl.col(name) < pl.col("low") for name in inside), "disagrees:low"))
    return frame.with_columns(fault=pl.coalesce("fault", *found))


def _when(fault: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(fault).then(pl.lit(reason))


def _once(rows: pl.DataFrame, key: list[str]) -> tuple[pl.DataFrame, int]:
    """(rows of which each stands once, those of one key that differ at fault; how many stood there again)."""
    good = rows.filter(pl.col("fault").is_null())
    if not good.select(pl.struct(key).is_duplicated().any()).item():
        return rows, 0
    said = [name for name in good.columns if name != "line_number"]
    seen = good.unique(said, keep="first", maintain_order=True)
    differ = pl.when(pl.struct(key).is_duplicated()).then(pl.lit("conflicting_rows"))
    return pl.concat([rows.filter(pl.col("fault").is_not_null()), seen.with_columns(fault=differ)]), len(good) - len(seen)


def _payloads(mapping: Mapping, extract: Extract, rows: pl.DataFrame, aside: pl.DataFrame, duplicates: int) -> Iterator[Payload]:
    """One payload for each slot and session of good rows; what was kept aside goes with the first."""
    rows = rows.sort("quote_session", "slot", "line_number")
    kept = _in_schema(rows.with_columns(line_number=true_lines(mapping, extract, rows["line_number"])), mapping)
    keys = list(rows.select("slot", "quote_session", "stamp").iter_rows())
    starts = [0, *(np.flatnonzero([one[:2] != other[:2] for one, other in pairwise(keys)]) + 1).tolist(), len(keys)]
    newest = _newest(mapping, keys)
    about, warnings = mapping.about, extract.warnings
    for start, end in pairwise(starts):
        slot, session, stamp = keys[start]
        yield Payload(
            source=mapping.fills, slot=slot, asset_class=None, session_date=session, quote_session=session,
            known_at=newest or _known_at(mapping, session, stamp), coverage=mapping.coverage, volume_final=mapping.volume_final,
            cut=False, rows_in=end - start + len(aside) + duplicates, duplicates=duplicates,
            rows=kept.slice(start, end - start), quarantined=aside, warnings=warnings,
            holds="bars" if mapping.holds == "bars" else "prices", market=mapping.market, about=about,
        )  # fmt: skip
        aside, duplicates, warnings = _NOTHING, 0, ()


def _known_at(mapping: Mapping, session: date, stamp: datetime | None) -> datetime:
    return stamp or rule_of(mapping).known_at(session, session)


def _newest(mapping: Mapping, keys: list[Key]) -> datetime | None:
    """When the newest row was known, where that is when all of them were."""
    if mapping.dates is None or mapping.dates.known_at != "newest row":
        return None
    return max(_known_at(mapping, session, stamp) for _, session, stamp in keys)


def _in_schema(rows: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The columns that are stored; those that the mapping does not name are unknown."""
    schema = SCHEMAS[mapping.holds]
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in rows.columns]
    return rows.with_columns(missing).select(list(schema)).cast(schema)  # type: ignore[arg-type]
