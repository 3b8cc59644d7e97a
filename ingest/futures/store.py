"""What becomes of a look at a venue: values where they changed, gaps where nothing came. One transaction each."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from analytics.futures import HEARTBEAT, SWITCHED_OFF
from db import bulk, futures
from db.database import Row, Transaction
from ingest.futures.lane import Lane
from ingest.sources.futures import Parsed, Reading, Trouble

_KINDS = {"mark": 1, "index": 2}
_SECOND = timedelta(seconds=1)
Stored = dict[int, tuple[float, datetime]]


def known_at(seen_at: datetime) -> datetime:
    """Whole seconds, never before the figure was here."""
    whole = seen_at.replace(microsecond=0)
    return whole if whole == seen_at else whole + _SECOND


def store_values(work: Transaction, lane: Lane, parsed: Parsed) -> Stored:
    """Store the readings that changed or whose heartbeat is due; the lane's new `last` for those."""
    known = [
        (lane.followed[each.symbol][0], known_at(each.seen_at), each) for each in parsed.readings if each.symbol in lane.followed
    ]
    chosen = [each for each in known if _worth(lane, *each)]
    if not chosen:
        return {}
    ids, moments, readings = zip(*chosen, strict=True)
    changed = [lane.last.get(place, (None,))[0] != reading.native for place, reading in zip(ids, readings, strict=True)]
    stamps = [reading.venue_ts for reading in readings]
    columns = {
        "session_date": bulk.encode_dates(_instants(moments)),
        "instrument_id": np.array(ids, dtype=np.int32),
        "known_at": bulk.encode_instants(_instants(moments)),
        "venue_ts": bulk.encode_instants(_instants(stamp or moment for stamp, moment in zip(stamps, moments, strict=True))),
        "oi_native": np.array([reading.native for reading in readings]),
        "price_used": np.array([reading.price for reading in readings], dtype=np.float32),
        "price_kind": np.array([_KINDS[reading.price_kind] for reading in readings], dtype=np.int16),
        "sides": np.array([reading.sides for reading in readings], dtype=np.int16),
        "changed": np.array(changed, dtype=np.int16),
    }
    missing = {"venue_ts": np.array([stamp is None for stamp in stamps])}
    futures.copy_values(work, [moment.date() for moment in moments], columns, missing)
    return {place: (reading.native, moment) for place, moment, reading in chosen}


def _worth(lane: Lane, instrument_id: int, moment: datetime, reading: Reading) -> bool:
    """Whether a reading says something new; a second one within a second, or one of a clock set back, does not."""
    if instrument_id not in lane.last:
        return True
    native, before = lane.last[instrument_id]
    return moment > before and (native != reading.native or moment - before >= HEARTBEAT)


def _instants(moments: Iterable[datetime]) -> np.ndarray:
    return np.array([moment.replace(tzinfo=None, microsecond=0) for moment in moments], dtype="datetime64[us]")


def account(work: Transaction, lane: Lane, cycle_at: datetime, parsed: Parsed) -> None:
    """Note for every due cycle up to this one that it gave values, or lies in a gap with its reason."""
    if cycle_at <= lane.accounted(cycle_at):
        return  # it came too late: its cycle is in a gap already
    if parsed.trouble and not parsed.readings:
        miss(work, lane, cycle_at, parsed.trouble)
        return
    open_gaps = _missed_before(work, lane, cycle_at)
    silent = _silent_symbols(lane, parsed)
    futures.end_gaps(work, [gap[0] for symbol, gap in open_gaps.items() if symbol not in silent], cycle_at)
    _silent(work, lane, silent, open_gaps, cycle_at, 1)
    futures.mark_cycle(work, lane.venue.name, cycle_at, answered=True)


def miss(work: Transaction, lane: Lane, until: datetime, trouble: Trouble) -> None:
    """Note that no due cycle up to and with `until` gave a value in time."""
    open_gaps = _missed_before(work, lane, until)
    _silent(work, lane, {None: trouble}, open_gaps, until, 1)
    futures.mark_cycle(work, lane.venue.name, until, answered=False)


def switch_off(work: Transaction, venue: str, state: Mapping[str, Any]) -> None:
    """A venue that is not looked at any more: from its next cycle on it belongs to no total, and nothing of it is missing."""
    open_gaps = futures.open_gaps(work, venue)
    if state["cycle_at"] is None or (None in open_gaps and open_gaps[None][2] == SWITCHED_OFF):
        return
    since = state["cycle_at"] + timedelta(seconds=state["interval_s"])
    futures.end_gaps(work, [gap[0] for gap in open_gaps.values()], since)
    futures.add_gaps(work, [_gap(venue, None, Trouble(SWITCHED_OFF, ""), since, since, 1)])
    futures.mark_cycle(work, venue, since, answered=False)


def _gap(
    venue: str, symbol: str | None, trouble: Trouble, began_at: datetime, latest_at: datetime, cycles: int
) -> dict[str, Any]:
    return {"venue": venue, "symbol": symbol, "reason": trouble.reason, "detail": trouble.detail, "began_at": began_at,
            "latest_at": latest_at, "cycles": cycles}  # fmt: skip


def _missed_before(work: Transaction, lane: Lane, cycle_at: datetime) -> dict[str | None, Row]:
    """Put the cycles since the last one accounted for into a gap; the gaps that are open then."""
    open_gaps = futures.open_gaps(work, lane.venue.name)
    cycles = round((cycle_at - lane.accounted(cycle_at)) / lane.interval) - 1
    if cycles <= 0:
        return open_gaps
    reason = SWITCHED_OFF if None in open_gaps and open_gaps[None][2] == SWITCHED_OFF else lane.why_missed
    _silent(work, lane, {None: Trouble(reason, "")}, open_gaps, cycle_at - lane.interval, cycles)
    return futures.open_gaps(work, lane.venue.name)


def _silent_symbols(lane: Lane, parsed: Parsed) -> dict[str | None, Trouble]:
    """Instruments that are followed and gave no value, each with its reason."""
    found = {reading.symbol for reading in parsed.readings}
    why = {each.symbol: Trouble(each.reason, each.text) for each in parsed.refused}
    absent = parsed.trouble or Trouble("absent", "not in the venue's answer")
    return {symbol: why.get(symbol, absent) for symbol in lane.followed if symbol not in found}


def _silent(
    work: Transaction,
    lane: Lane,
    silent: Mapping[str | None, Trouble],
    open_gaps: Mapping[str | None, Row],
    until: datetime,
    cycles: int,
) -> None:
    """`cycles` more of silence up to `until`: gaps of the same reason go on, others end and begin."""
    same = [gap[0] for name, gap in open_gaps.items() if name in silent and gap[2] == silent[name].reason]
    first = until - (cycles - 1) * lane.interval
    futures.extend_gaps(work, same, until, cycles)
    futures.end_gaps(work, [gap[0] for name, gap in open_gaps.items() if name in silent and gap[0] not in same], first)
    fresh = [name for name in silent if name not in open_gaps or open_gaps[name][0] not in same]
    futures.add_gaps(work, [_gap(lane.venue.name, name, silent[name], first, until, cycles) for name in fresh])
