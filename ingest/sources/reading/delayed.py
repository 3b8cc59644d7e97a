"""Looks at feeds that show what was a quarter of an hour ago: Cboe's and Yahoo's.

Right after the open such a feed still shows the quotes and the volume of the session before, beside the new open interest
(seen in real files stamped 09:33 and 09:34 New York time). So until the delay has passed a look counts for its open interest
alone, as one before the open does.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from ingest.sources import Raw
from ingest.sources.reading.chain_rows import Checked
from ingest.sources.reading.stamps import Look, look

DELAY = timedelta(minutes=15)


def delayed_look(raw: Raw, stamp: datetime) -> Look:
    """What a payload shows that says of itself `stamp` (UTC). Refused: as by `stamps.look`."""
    found = look(raw, stamp)
    if found.quotes and found.known_at < sessions.opens(found.quote_session) + DELAY:
        return replace(found, quotes=False, volume_final=False)
    return found


def quoted_in(seen: Look) -> date:
    """The session of the quotes that stand there, whether they count or not."""
    return seen.quote_session if seen.quotes else sessions.previous_session(seen.quote_session)


def seen_rows(checked: Checked, seen: Look) -> pl.DataFrame:
    """The rows that a look is good for. Refused: `no_open_interest` where nothing of them would be known."""
    rows = seen.only(checked.rows)
    if not seen.quotes and rows["open_interest"].is_null().all():
        raise RefusedPayload("no_open_interest", "Before the open nothing but open interest counts, and none is shown.")
    return rows


def spot_prices(symbol: str, spot: float | None, seen: Look) -> pl.DataFrame | None:
    """`Payload.prices` of a chain: what its underlying cost; None where that is unknown or of another session."""
    if spot is None or not seen.quotes:
        return None
    return pl.DataFrame({"symbol": [symbol], "spot": [spot]}, schema={"symbol": pl.String(), "spot": pl.Float64()})
