"""What becomes of a venue's list: instruments added, ended or changed, each recorded with its instant."""

from dataclasses import asdict
from datetime import datetime

import structlog

from analytics.futures import Instrument
from core.errors import RefusedPayload
from db import futures
from db.database import Transaction
from ingest.futures.lane import Lane
from ingest.sources.futures import Listed, Raw, followed, parse_instruments

log = structlog.get_logger()
_LEAST_LEFT = 0.5  # of what was followed: a list that has lost more is not believed

Followed = dict[str, tuple[int, Instrument]]


def read_list(lane: Lane, raw: Raw, least_usd: float) -> tuple[list[Listed], list[Listed]]:
    """Everything that the list holds, and what of it is followed. Refused: as `parse_instruments`, `mostly_gone`."""
    listed = parse_instruments(lane.venue, raw)
    wanted = followed(listed, least_usd, lane.followed.keys())
    left = lane.followed.keys() & {each.instrument.symbol for each in wanted}
    if len(left) < _LEAST_LEFT * len(lane.followed):
        raise RefusedPayload("mostly_gone", f"The list of {lane.venue.name} has lost more than half of what is followed.")
    return listed, wanted


def store_list(work: Transaction, lane: Lane, lists: tuple[list[Listed], list[Listed]], at: datetime) -> Followed:
    """Record what changed since the list before; what is followed from now on, for the lane once this is committed."""
    listed, wanted = ({each.instrument.symbol: each.instrument for each in part} for part in lists)
    fresh = [each for symbol, each in wanted.items() if symbol not in lane.followed or lane.followed[symbol][1] != each]
    ended = {
        "changed": [symbol for symbol, (_, known) in lane.followed.items() if symbol in wanted and wanted[symbol] != known],
        "delisted": [symbol for symbol in lane.followed if symbol not in listed],
        "volume": [symbol for symbol in lane.followed if symbol in listed and symbol not in wanted],
    }
    for why, symbols in ended.items():
        futures.end_instruments(work, [lane.followed[symbol][0] for symbol in symbols], at, why)
    stay = {symbol: each for symbol, each in lane.followed.items() if wanted.get(symbol) == each[1]}
    futures.see_instruments(work, [instrument_id for instrument_id, _ in stay.values()], at)
    rows = [asdict(each) | {"usd_quoted": each.usd_quoted, "first_seen": at} for each in fresh]
    ids = futures.add_instruments(work, rows) if rows else {}
    futures.mark_list(work, lane.venue.name, at)
    log.info(
        "futures_listed",
        venue=lane.venue.name,
        followed=len(wanted),
        added=len(fresh),
        **{why: len(found) for why, found in ended.items()},
    )
    return stay | {each.symbol: (ids[each.symbol], each) for each in fresh}
