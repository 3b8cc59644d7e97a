"""The features of one row by plain Python, for comparison with the product's arrays; no code shared with it."""

from datetime import timedelta
from math import log

from tests.ingest.slow_barchart import File, Row, quote_fault
from tests.ingest.slow_calendar import close_of


def sentiment(row: Row) -> int | None:
    """+2 above the ask, +1 above the mid, 0 at the mid, -1 below it, -2 below the bid; None where it cannot be said."""
    if row.last is None or quote_fault(row.bid, row.ask):
        return None
    assert row.bid is not None
    assert row.ask is not None
    if row.last < row.bid:
        return -2
    if row.last > row.ask:
        return 2
    middle = (row.bid + row.ask) / 2
    return (row.last > middle) - (row.last < middle)


def confidence(row: Row, file: File) -> int | None:
    """1 low, 2 medium, 3 high. Low: outside the quote, spread over half of the mid, trade old or of unknown time."""
    if sentiment(row) is None:
        return None
    assert row.bid is not None
    assert row.ask is not None
    quoted = min(file.known_at - timedelta(minutes=15), close_of(file.quote_session))  # the site's feed is 15 minutes late
    old = row.trade_time is None or quoted - row.trade_time > timedelta(minutes=30)
    wide = row.ask - row.bid > (row.ask + row.bid) / 4
    if old or wide or abs(sentiment(row) or 0) == 2:
        return 1
    return 2 if row.bid in (0, row.ask) else 3


def features(row: Row, file: File) -> dict[str, float | int | None]:
    """The feature columns by their stored names, None for unknown."""
    before = row.open_interest
    return {
        "dte": (row.expiration - file.quote_session).days,
        "mid": None if row.mid is None else float(row.mid),
        "moneyness": log(row.strike_milli / 1000 / float(row.spot)) if row.spot else None,
        "vol_oi": row.volume / before if before else None,
        "share_new": row.oi_change / before if before and row.oi_change > 0 else None,
        "sentiment": sentiment(row),
        "confidence": confidence(row, file),
    }
