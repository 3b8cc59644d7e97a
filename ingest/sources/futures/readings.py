"""Open interest of the instruments followed: asked in as few calls as the venue allows, read from the bytes without a network."""

import json
from collections.abc import Collection, Iterable

from analytics.futures import Instrument, agrees, amounts
from core.clock import Clock
from ingest.sources.futures.exchange import listening, trouble, troubles
from ingest.sources.futures.numbers import decoded, instant, number
from ingest.sources.futures.shapes import Exchange, Parsed, Raw, Reading, Refused, Row, Trouble, Venue

_MOST = 1e18  # more coins, or a higher price, than anything has
_TEXT = 2000  # characters of a refused row that are kept


def fetch(venue: Venue, exchange: Exchange, instruments: Collection[Instrument], clock: Clock, seconds: float) -> Raw:
    """What the venue answers about these instruments, as it came; whatever goes wrong is in `trouble`."""
    failed = None
    with listening(exchange, clock, seconds) as answers:
        try:
            venue.ask(exchange, list(instruments))
        except troubles() as error:
            failed = trouble(error, answers)
    return Raw(venue.name, "open_interest", tuple(answers), failed)


def parse(venue: Venue, raw: Raw, instruments: Iterable[Instrument]) -> Parsed:
    """Readings of the instruments followed; every other row is counted."""
    tracked = {each.symbol: each for each in instruments}
    rows: dict[str, list[Row]] = {}
    rows_in = 0
    for row in venue.rows(raw.answers, tracked):
        rows_in += 1
        if row.symbol in tracked:
            rows.setdefault(row.symbol, []).append(row)
    readings: list[Reading] = []
    refused: list[Refused] = []
    for symbol, same in rows.items():
        read = _read(same[0], tracked[symbol])
        if any(each[1:6] != same[0][1:6] for each in same):
            refused += [_refused(each, "conflicting_rows") for each in same]
        elif isinstance(read, Reading):
            readings.append(read)
        else:
            refused.append(read)
    known = sum(len(same) for same in rows.values())
    duplicates = known - len(readings) - len(refused)
    failed = raw.trouble or _trouble(raw, bool(rows), bool(readings) or not tracked)
    return Parsed(tuple(readings), tuple(refused), rows_in, duplicates, rows_in - known, failed)


def _trouble(raw: Raw, any_row: bool, enough: bool) -> Trouble | None:
    """What is wrong with answers that looked well."""
    for answer in raw.answers:
        if answer.status == 200 and not _is_json(answer.body):
            return Trouble("not_json", f"{answer.path}: {answer.body[:80].decode(errors='replace')}")
    if enough:
        return None
    if any_row:
        return Trouble("changed_format", "no row could be read")
    return Trouble("no_rows", "none of the instruments followed was answered")


def _is_json(body: bytes) -> bool:
    try:
        decoded(body)
    except ValueError:
        return False
    return True


def _read(row: Row, instrument: Instrument) -> Reading | Refused:
    native, price = number(row.native), number(row.price)
    if native is None:
        return _refused(row, "no_open_interest")
    if native < 0:
        return _refused(row, "negative")
    if price is None or price <= 0:
        return _refused(row, "no_price")
    if native > _MOST or not 1 / _MOST < price < _MOST:
        return _refused(row, "out_of_range")
    stated = number(row.stated_base)
    if stated is not None and not agrees(float(amounts(native, price, row.sides, instrument).base), stated):
        return _refused(row, "disagrees")
    return Reading(row.symbol, native, price, row.price_kind, row.sides, instant(row.venue_ms), row.seen_at)


def _refused(row: Row, reason: str) -> Refused:
    return Refused(row.symbol, reason, json.dumps(row.told, default=str)[:_TEXT])
