"""A live payload held against what stands: what its bytes alone cannot show, as volume in the place of open interest.

Files are never refused so, because the order of their import must not matter. A payload that is held back is kept aside with its
reason; where what stands is wrong itself, `oiflow withdraw` takes it out, and the next look is held against the one before.
"""

import polars as pl

from analytics.likeness import FEWEST, Pairs, changed
from core.errors import RefusedPayload
from core.sources import REFERENCE, SCAN
from db import collection
from db.database import Database
from ingest.sources import Payload
from ingest.sources.frames import CHAIN_SCHEMA, KEY
from ingest.timetable.lost_past import refuse_lost

SAME_LADDER = 0.5
"""Share of the contracts that stand which a look has to have: after a split hardly any, and nothing can be compared."""
_WORDS = {
    "sides_swapped": "Its calls have the open interest that puts had in session {before}, and the other way round.",
    "counts_disagree": "What it shows as open interest is not like that of session {before}: is it volume, or another name's?",
    "units_changed": "Its open interest is of another size than that of session {before}: it is in other units.",
}
STANDING = {name: CHAIN_SCHEMA[name] for name in KEY if name != "symbol"} | {"before": pl.Float64()}
_ON = [name for name in STANDING if name != "before"]


def examine(db: Database, payload: Payload) -> None:
    """Refuse a chain whose open interest cannot be that of its contracts, and a list of reference that lost its past.

    Refused: `sides_swapped`, `counts_disagree`, `units_changed`; `lost_past`.
    """
    if payload.holds in REFERENCE:
        refuse_lost(db, payload)
    if payload.holds != "chains":
        return
    source, scan = payload.source.removesuffix(SCAN), payload.source.endswith(SCAN)
    stands = collection.levels_standing(db, source, payload.slot, payload.market, payload.quote_session, payload.known_at)
    if len(stands) < FEWEST:
        return
    counted = stands[0][-1]
    days = (payload.session_date - counted).days
    if scan and days:  # of the nearest expirations much changes in a day
        return
    before = pl.DataFrame([row[:-1] for row in stands], STANDING, orient="row")
    reason = compared(before, payload.rows, days)
    if reason:
        raise RefusedPayload(reason, _WORDS[reason].format(before=counted), beside=True)


def compared(before: pl.DataFrame, rows: pl.DataFrame, days: int) -> str | None:
    """What happened to the open interest of `rows` since `before`, columns of STANDING, was counted; None where nothing shows."""
    now = rows.select(*_ON, pl.col("open_interest", "volume").cast(pl.Float64)).unique(_ON, keep="none")
    before = before.filter(pl.col("expiration").is_in(now["expiration"].unique().implode()))
    same, sides = before.join(now, on=_ON), _turned(before).join(now, on=_ON)
    if len(same) < SAME_LADDER * len(before):
        return None
    return changed(_pairs(same, "open_interest"), _pairs(sides, "open_interest"), _pairs(same, "volume"), days)


def _turned(before: pl.DataFrame) -> pl.DataFrame:
    """Calls as puts and puts as calls."""
    return before.with_columns(right=pl.when(pl.col("right") == "C").then(pl.lit("P")).otherwise(pl.lit("C")))


def _pairs(part: pl.DataFrame, name: str) -> Pairs:
    before, now = (part[column].fill_null(float("nan")).to_numpy() for column in ("before", name))
    return Pairs(before, now)
