"""R5: every published value of a file against a second, slow reading of its bytes that shares no code with the product."""

import math
from collections import defaultdict
from typing import Any

from tests.ingest import slow_barchart, slow_features

_PUBLISHED = """
WITH last AS (SELECT DISTINCT ON (payload_sha256) * FROM loads WHERE state IN ('published', 'superseded')
               ORDER BY payload_sha256, known_at DESC, load_id DESC)
SELECT l.file_name, l.slot, l.session_date, l.quote_session, l.volume_final,
       (SELECT min(known_at) FROM loads b WHERE b.payload_sha256 = l.payload_sha256) AT TIME ZONE 'UTC',
       u.symbol, c.root, c.expiration, c."right", c.strike_milli, c.deliverable,
       f.volume, f.open_interest, f.oi_change, f.trade_time,
       f.spot, f.bid, f.ask, f.last, f.iv, f.delta, f.dte, f.mid, f.moneyness, f.vol_oi, f.share_new, f.sentiment, f.confidence
  FROM facts.options_flow f JOIN last l USING (load_id) JOIN contracts c USING (contract_id) JOIN underlyings u
    ON u.underlying_id = c.underlying_id
"""
_OF_FILE, _KEY, _EXACT = slice(1, 6), slice(6, 12), slice(12, 16)
_PRICES = ("spot", "bid", "ask", "last", "iv", "delta")
_FEATURES = ("dte", "mid", "moneyness", "vol_oi", "share_new", "sentiment", "confidence")
_SINGLE = 1e-6  # the store keeps prices and features in single precision


def published(cursor: Any) -> dict[str, list[tuple[Any, ...]]]:
    """File name -> its rows as they stand in the store."""
    cursor.execute(_PUBLISHED)
    found = defaultdict(list)
    for row in cursor.fetchall():
        found[row[0]].append(row)
    return found


def values_compared(rows: dict[str, list[tuple[Any, ...]]]) -> int:
    """How many values were compared."""
    return sum(len(row) - 1 for each in rows.values() for row in each)


def coercions(rows: dict[str, list[tuple[Any, ...]]], bodies: dict[str, bytes]) -> list[str]:
    """One line for each published row that the slow reading does not find in its file with the same values."""
    return [fault for name, published in rows.items() for fault in _of_file(name, bodies[name], published)]


def _of_file(name: str, body: bytes, published: list[tuple[Any, ...]]) -> list[str]:
    try:
        file = slow_barchart.read(name, body)
    except slow_barchart.Refused as refused:
        return [f"{name}: {len(published)} rows of a file that cannot be read: {refused}"]
    known_at = file.known_at.replace(tzinfo=None)
    place = (file.slot, file.session_date, file.quote_session, file.volume_final, known_at)
    said = defaultdict(list)
    for row in file.read.values():
        said[row.key].append(_values(row, file))
    return [
        f"{name}: {row[1:]} is not {place}, {said[row[_KEY]]}"
        for row in published
        if row[_OF_FILE] != place or not any(_same(row[_EXACT.start :], values) for values in said[row[_KEY]])
    ]


def _values(row: slow_barchart.Row, file: slow_barchart.File) -> tuple[Any, ...]:
    features = slow_features.features(row, file)
    exact = (row.volume, row.open_interest, row.oi_change, row.trade_time)
    return *exact, *(getattr(row, name) for name in _PRICES), *(features[name] for name in _FEATURES)


def _same(stored: tuple[Any, ...], said: tuple[Any, ...]) -> bool:
    return stored[:4] == said[:4] and all(_close(one, other) for one, other in zip(stored[4:], said[4:], strict=True))


def _close(stored: float | None, said: Any) -> bool:
    if stored is None or said is None:
        return stored is said
    return math.isclose(stored, float(said), rel_tol=_SINGLE, abs_tol=1e-7)
