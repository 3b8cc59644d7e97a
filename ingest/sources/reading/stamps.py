"""Which sessions the figures of a delayed chain belong to, from the instant at which it was seen.

Open interest of a session is counted after its close and shown the next morning: from 07:00 of New York on it counts as
settled, between 06:00 and 07:00 sources alternate between two days. Quotes and volume are those of the latest session that
has opened. So a chain seen between 07:00 and the open shows new open interest beside old quotes: it is taken for its open
interest alone, as the first look at the session that is about to open.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.sessions import ALTERNATES, EASTERN, SETTLED
from ingest.sources import Raw

LIVE = "live"
"""`Raw.folder` of what the collector fetched: its figures were known at the instant of the fetch."""
VOLUME_FINAL_AFTER = timedelta(minutes=30)
"""Some fund options trade to 15 minutes past the close, and delayed feeds show them 15 minutes later still."""
SKEW = timedelta(minutes=5)
"""A stamp that lies further ahead of the fetch means that a clock is wrong."""
_OF_QUOTES = ("bid", "ask", "last", "mark", "volume", "iv", "delta", "gamma", "theta", "vega", "rho", "trade_time")


@dataclass(frozen=True)
class Look:
    """session_date: of the open interest; quote_session: of everything else; quotes: whether there is anything else."""

    session_date: date
    quote_session: date
    known_at: datetime
    volume_final: bool
    quotes: bool = True

    def only(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of CHAIN_SCHEMA without what belongs to another session."""
        return rows if self.quotes else rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in _OF_QUOTES)


def live_look(now: datetime) -> Look:
    """What a source shows at this instant. Refused: `unsettled`."""
    return _look(now)


def look(raw: Raw, stamp: datetime) -> Look:
    """What a payload shows that says of itself `stamp` (UTC). Refused: `unsettled`, `stale_payload`, `bad_stamp`,
    `stamp_in_future`.
    """
    known_at = raw.received_at if raw.folder == LIVE else stamp
    refuse_future(raw, stamp)
    try:
        found = _look(known_at)
    except (ValueError, KeyError, IndexError) as error:
        raise RefusedPayload("bad_stamp", f"No session is known for {known_at:%Y-%m-%d}.") from error
    if found.quotes and sessions.latest_opened(stamp) < found.quote_session:
        words = f"The source still shows {stamp:%Y-%m-%d %H:%M} UTC, from before session {found.quote_session}."
        raise RefusedPayload("stale_payload", words)
    return found


def refuse_future(raw: Raw, stamp: datetime) -> None:
    """Refuse what says of itself an instant (UTC) that is still to come. Refused: `stamp_in_future`."""
    if stamp > raw.received_at + (SKEW if raw.folder == LIVE else timedelta(days=1)):
        words = f"It says of itself {stamp:%Y-%m-%d %H:%M} UTC, which is still to come: is this machine's clock right?"
        raise RefusedPayload("stamp_in_future", words)


def _look(known_at: datetime) -> Look:
    local = known_at.astimezone(EASTERN)
    if sessions.is_session(local.date()) and known_at < sessions.opens(local.date()):
        if ALTERNATES <= local.time() < SETTLED:
            raise RefusedPayload(
                "unsettled", "Between 06:00 and 07:00 of New York open interest changes from one day to the next."
            )
        if local.time() >= SETTLED:
            return Look(sessions.previous_session(local.date()), local.date(), known_at, volume_final=False, quotes=False)
    session = sessions.latest_opened(known_at)
    final = known_at >= sessions.closes(session) + VOLUME_FINAL_AFTER
    return Look(sessions.previous_session(session), session, known_at, final)
