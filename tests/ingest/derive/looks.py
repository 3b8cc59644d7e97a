"""Looks at a made-up chain, as loads of any source, and a plain reading of what follows from them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from core.sessions import closes, previous_session
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA, QUARANTINE_SCHEMA
from ingest.sources.reading.stamps import LIVE

EXPIRATION = date(2027, 1, 15)
Said = Mapping[int, tuple[float | None, float | None]]
"""Strike -> (open interest, volume) of the calls."""


def look(
    session: date, said: Said, source: str = "cboe", symbol: str = "AAPL", hours: float = 1, expiration: date = EXPIRATION,
    final: bool = True,
) -> tuple[Raw, Payload]:  # fmt: skip
    """What a source shows some hours after the close of a quote session: the open interest before it and its volume."""
    at = closes(session) + timedelta(hours=hours)
    rows = pl.DataFrame([_row(symbol, strike, expiration, *counts) for strike, counts in said.items()], schema=CHAIN_SCHEMA)
    raw = Raw(source, f"{source}-{symbol}-{at:%m%dT%H%M}.json", f"{source} {symbol} {at} {said}".encode(), at, LIVE)
    prices = pl.DataFrame({"symbol": [symbol], "spot": [100.0]})
    payload = Payload(
        source, symbol, None, previous_session(session), session, at, "full", final, False, len(rows), 0, rows,
        pl.DataFrame(schema=QUARANTINE_SCHEMA), prices=prices, holds="chains",
    )  # fmt: skip
    return raw, payload


def _row(symbol: str, strike: int, expiration: date, open_interest: float | None, volume: float | None) -> dict[str, object]:
    quotes = {"bid": 1.0, "ask": 1.2, "last": 1.2, "mark": 1.1, "iv": 0.3, "delta": 0.5}
    key = {"symbol": symbol, "root": symbol, "expiration": expiration, "right": "C", "strike_milli": strike * 1000}
    traded = datetime.combine(date(2026, 11, 2), time(15), UTC)
    unknown = dict.fromkeys(("multiplier", "gamma", "theta", "vega", "rho"))
    counts = {"open_interest": open_interest, "volume": volume, "trade_time": traded, "line_number": strike}
    return key | {"deliverable": "standard"} | quotes | unknown | counts
