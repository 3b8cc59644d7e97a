"""Price histories: `{"symbol", "candles": [{open, high, low, close, volume, datetime}]}`, each candle stamped at its begin [ms].

Candles of minutes become bars, candles of days the days' prices; one payload a session. A file has no stamp of its own, so a
session counts as known at its close, or at the end of its last candle where that is later.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.sessions import EASTERN
from ingest.sources import Payload, Raw
from ingest.sources.frames import BAR_SCHEMA, PRICE_SCHEMA, QUARANTINE_SCHEMA
from ingest.sources.reading.records import Spec, milliseconds, number, require, table, texts
from ingest.sources.reading.stamps import LIVE

_DAY = 1440  # minutes
_LONGEST = 390  # minutes of a part of a day
_MOST_PRICE, _MOST_VOLUME = 1e7, 1e13
_PRICES = ("open", "high", "low", "close")
_SPEC: Spec = {name: (name, number) for name in (*_PRICES, "volume")} | {"begins": ("datetime", milliseconds)}
_TYPES = dict.fromkeys((*_PRICES, "volume"), pl.Float64()) | {"begins": pl.Datetime("us", "UTC")}


def parse(raw: Raw, told: dict[str, Any]) -> list[Payload]:
    """One payload for each session. Refused: `no_rows`, `schema_drift`, `mostly_unreadable`."""
    symbol, candles = told.get("symbol"), told.get("candles")
    if not isinstance(symbol, str) or not isinstance(candles, list):
        raise RefusedPayload("schema_drift", "It lacks the symbol, or the list of candles.")
    if not candles:
        raise RefusedPayload("no_rows", "There is no candle in it.")
    warnings = require(candles, [key for key, _ in _SPEC.values()])
    frame = _read(table(candles, _SPEC, _TYPES))
    minutes = _length(frame["begins"].drop_nulls())
    frame = frame.with_columns(symbol=pl.lit(symbol), minutes=pl.lit(minutes, pl.Int64), **_ends(minutes))
    bad = frame.filter(pl.col("reason").is_not_null())
    if 2 * len(bad) > len(frame):
        reason, count = Counter(bad["reason"]).most_common(1)[0]
        raise RefusedPayload("mostly_unreadable", f"{len(bad)} of {len(frame)} candles cannot be read; {count} are {reason}.")
    sorted_out = {day: part for (day,), part in frame.partition_by("session", as_dict=True, maintain_order=True).items()}
    return list(_payloads(raw, symbol, minutes, sorted_out, candles, warnings))


def _length(begins: pl.Series) -> int:
    """Minutes of most candles, from one begin to the next."""
    between = begins.unique().sort().diff().drop_nulls().dt.total_minutes()
    minutes = Counter(between).most_common(1)[0][0] if len(between) else _DAY
    if minutes != _DAY and not 1 <= minutes <= _LONGEST:
        raise RefusedPayload("unknown_layout", f"Candles of {minutes} minutes are neither parts of a day nor days.")
    return int(minutes)


def _ends(minutes: int) -> dict[str, pl.Expr]:
    return {"bar_end": pl.col("begins") + timedelta(minutes=minutes)}


def _read(frame: pl.DataFrame) -> pl.DataFrame:
    """Candles with their session and `reason`, what keeps one aside; those without a session go with the one before."""
    day = pl.col("begins").dt.convert_time_zone(EASTERN.key).dt.date()
    days = [each for each in frame.select(day)["begins"].drop_nulls().unique() if sessions.is_session(each)]
    session = pl.when(day.is_in(days)).then(day)
    outside = pl.when(session.is_null()).then(pl.lit("outside_session"))
    reason = pl.coalesce("fault", *_reasons(), outside)
    return _once(frame.with_columns(reason=reason, session=session.forward_fill().backward_fill()))


def _reasons() -> list[pl.Expr]:
    """What keeps a candle aside, the first that holds."""
    unknown = [(pl.col(name).is_null(), f"bad_value:{name}") for name in _SPEC]
    odd = [(~pl.col(name).is_between(0, _MOST_PRICE, closed="right"), f"out_of_range:{name}") for name in _PRICES]
    outside = pl.any_horizontal(~pl.col(name).is_between("low", "high") for name in _PRICES)
    volume = pl.col("volume")
    found = [
        *unknown, *odd, (outside, "disagrees"), (~volume.is_between(0, _MOST_VOLUME), "out_of_range:volume"),
        (volume != volume.round(), "not_whole:volume"),
    ]  # fmt: skip
    return [pl.when(fault).then(pl.lit(reason)) for fault, reason in found]


def _once(frame: pl.DataFrame) -> pl.DataFrame:
    """The same with `again`: candles that stand there before with equal values; other twins are kept aside."""
    good = pl.col("reason").is_null()
    again = good & ~pl.struct("reason", *_SPEC).is_first_distinct()
    frame = frame.with_columns(again=again)
    first = frame.filter(good & ~pl.col("again"))
    twice = first.filter(pl.col("begins").is_duplicated())["begins"].unique()
    torn = good & pl.col("begins").is_in(twice.implode())
    reason = pl.when(torn).then(pl.lit("conflicting_rows")).otherwise("reason")
    return frame.with_columns(reason=reason, again=pl.col("again") & ~torn)


def _payloads(
    raw: Raw, symbol: str, minutes: int, parts: dict[Any, pl.DataFrame], candles: list[Any], warnings: tuple[str, ...]
) -> Iterator[Payload]:
    """Each session's candles as a payload."""
    holds: Literal["prices", "bars"] = "prices" if minutes == _DAY else "bars"
    schema, column = (PRICE_SCHEMA, "adjusted_close") if holds == "prices" else (BAR_SCHEMA, "vwap")
    for session, part in parts.items():
        if session is None:
            raise RefusedPayload("mostly_unreadable", "No candle lies in a session of the exchange.")
        close = sessions.closes(session)
        last = part.filter(pl.col("reason").is_null())["bar_end"].max()
        end = last if holds == "bars" and isinstance(last, datetime) else close
        if end > raw.received_at + timedelta(days=1):
            raise RefusedPayload("bad_stamp", f"Its last candle ends at {end:%Y-%m-%d %H:%M} UTC, which is still to come.")
        known_at = raw.received_at if raw.folder == LIVE else max(close, end)
        aside = part.filter(pl.col("reason").is_not_null())
        rows = part.filter(pl.col("reason").is_null() & ~pl.col("again")).with_columns(pl.lit(None, pl.Float64).alias(column))
        raw_text = pl.Series(texts(candles)(aside["line_number"].to_list()), dtype=pl.String)
        yield Payload(
            f"schwab_{holds}", symbol, None, session, session, known_at, "full", end >= close, False, len(part),
            len(part) - len(rows) - len(aside), rows.select(list(schema)).cast(schema),  # type: ignore[arg-type]
            aside.with_columns(raw_text=raw_text).select(list(QUARANTINE_SCHEMA)), warnings, holds=holds,
        )  # fmt: skip
