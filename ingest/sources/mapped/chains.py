"""Chains out of mapped files: one payload a name and session."""

from dataclasses import replace
from datetime import date, datetime

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from ingest.sources import Payload
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.mapped.dates import rule_of
from ingest.sources.mapped.extract import Extract
from ingest.sources.mapped.figures import places, true_lines
from ingest.sources.mapped.parts import Part, quarantined, split
from ingest.sources.mapped.spec import Mapping
from ingest.sources.reading.chain_rows import check, dead_contracts, traded_in
from ingest.sources.reading.stamps import VOLUME_FINAL_AFTER, Look

_TRADED = ("volume", "last", "trade_time")


def payloads(mapping: Mapping, extract: Extract, frame: pl.DataFrame) -> list[Payload]:
    """The payloads of a file; `frame` as `figures.read` gives it. Rows that belong to none are kept aside with the first.

    Refused: `no_rows` where nothing of the file can be published, and what `split` and `check` refuse.
    """
    parts, strays = split(mapping, frame)
    made = [_payload(mapping, extract, part) for part in parts]
    found, empty = [one for one in made if len(one.rows)], [one for one in made if not len(one.rows)]
    if not found:
        raise RefusedPayload("no_rows", "There is no contract in it that was still listed on its date.")
    loose = [quarantined(mapping, extract, strays.select("line_number", "fault"))] if len(strays) else []
    loose += [one.quarantined for one in empty]
    if loose:
        duplicates = sum(one.duplicates for one in empty)
        found[0] = replace(
            found[0],
            rows_in=found[0].rows_in + sum(map(len, loose)) + duplicates,
            duplicates=found[0].duplicates + duplicates,
            quarantined=pl.concat([found[0].quarantined, *loose]),
        )
    found[0] = replace(found[0], warnings=(*extract.warnings, *found[0].warnings))
    return _known_together(found) if mapping.dates and mapping.dates.known_at == "newest row" else found


def _known_together(found: list[Payload]) -> list[Payload]:
    newest = max(one.known_at for one in found)
    return [replace(one, known_at=newest) for one in found]


def _payload(mapping: Mapping, extract: Extract, part: Part) -> Payload:
    known_at = part.stamp or rule_of(mapping).known_at(part.session_date, part.quote_session)
    limit = part.stamp or _latest_trade(mapping, part.quote_session)
    rows, later, latest = _of_session(mapping, part, limit)
    spots = _beside(rows, "spot", "symbol") if part.quoted else None
    spot = None if spots is None else spots["spot"][0]
    if {"ask", "trade_time"} <= set(rows.columns):
        rows = rows.with_columns(fault=pl.coalesce("fault", dead_contracts(spot, known_at)))
    checked = check(
        rows.select(name for name in (*CHAIN_SCHEMA, "fault", "traded") if name in rows.columns),
        part.quote_session,
        lambda numbers: extract.texts(places(mapping, numbers).tolist()),
        mapping.market,
        spot,
    )
    at = known_at if part.stamp or latest is None else max(known_at, latest)
    look = Look(part.session_date, part.quote_session, known_at, part.final, part.quoted)
    kept, aside = (
        frame.with_columns(line_number=true_lines(mapping, extract, frame["line_number"]))
        for frame in (look.only(checked.rows), checked.quarantined)
    )
    return Payload(
        source=mapping.fills, slot=part.slot, asset_class=None, session_date=part.session_date, quote_session=part.quote_session,
        known_at=at, coverage=mapping.coverage, volume_final=part.final,
        cut=False, rows_in=checked.rows_in, duplicates=checked.duplicates, rows=kept, quarantined=aside,
        warnings=(f"{part.slot}: {later} contracts traded after the session; their volume is not known.",) if later else (),
        prices=spots, forwards=_beside(rows, "forward", "symbol", "expiration") if part.quoted else None,
        holds="chains", market=mapping.market, about=mapping.about,
    )  # fmt: skip


def _latest_trade(mapping: Mapping, quote_session: date) -> datetime | None:
    """No trade can be later, in a file without a stamp: it was made before the session after the next one."""
    return sessions.closes(sessions.next_session(quote_session)) if mapping.market == "US" else None


def _of_session(mapping: Mapping, part: Part, limit: datetime | None) -> tuple[pl.DataFrame, int, datetime | None]:
    """(rows with volume of the session alone, how many contracts traded after it, the latest trade that they show).

    Where volume is that of the day of the last trade, it is 0 for a contract that last traded before the session. One that
    traded after it hides what it traded in it, and its last price and trade are of another session.
    """
    if mapping.market != "US" or "trade_time" not in part.rows.columns:
        return part.rows, 0, None
    at, read = pl.col("trade_time"), pl.col("fault").is_null()
    rows = part.rows.with_columns(fault=pl.coalesce("fault", pl.when(at > limit).then(pl.lit("trade_after_stamp"))))
    latest = rows.filter(read)["trade_time"].max()
    over = at > sessions.closes(part.quote_session) + VOLUME_FINAL_AFTER
    rows = rows.with_columns(traded=pl.when(~over).then(traded_in(part.quote_session)), over=over.fill_null(False) & read)
    names = [name for name in _TRADED if name in rows.columns]
    rows = rows.with_columns(pl.when(~pl.col("over")).then(pl.col(name)).alias(name) for name in names)
    later = int(rows["over"].sum())
    if mapping.dates is None or mapping.dates.volume_of != "last trade" or "volume" not in names:
        return rows.drop("traded"), later, latest  # type: ignore[return-value]
    return rows.with_columns(volume=pl.when(~pl.col("traded")).then(pl.lit(0.0)).otherwise("volume")), later, latest  # type: ignore[return-value]


def _beside(rows: pl.DataFrame, name: str, *key: str) -> pl.DataFrame | None:
    """What a source says of an underlying beside its contracts: the first price of each key, if it says any."""
    if name not in rows.columns:
        return None
    said = rows.filter(pl.col("fault").is_null() & pl.col(name).is_not_null() & (pl.col(name) > 0))
    found = said.select(*key, name).unique(list(key), keep="first", maintain_order=True)
    return found if len(found) else None
