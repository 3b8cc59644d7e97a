"""Columns of what sources give: rows of each kind, and rows kept aside.

Prices in US dollars per share, or in coins where a venue quotes so; counts in contracts; iv 0.24 not 24; null is unknown.
"""

import polars as pl

ROW_SCHEMA: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    "root": pl.String(),
    "expiration": pl.Date(),
    "right": pl.String(),
    "strike_milli": pl.Int64(),
    "deliverable": pl.String(),
    "spot": pl.Float64(),
    "bid": pl.Float64(),
    "ask": pl.Float64(),
    "mid": pl.Float64(),
    "last": pl.Float64(),
    "volume": pl.Int64(),
    "open_interest": pl.Int64(),
    "oi_change": pl.Int64(),
    "iv": pl.Float64(),
    "delta": pl.Float64(),
    "trade_time": pl.Datetime("us", "UTC"),
    "line_number": pl.Int64(),
}
"""Rows of reported changes of open interest."""

KEY = ("symbol", "root", "expiration", "right", "strike_milli", "deliverable")
"""The columns that name a contract within a market."""

QUARANTINE_SCHEMA: dict[str, pl.DataType] = {"line_number": pl.Int64(), "raw_text": pl.String(), "reason": pl.String()}
"""Columns of `Payload.quarantined`; NUL and bad UTF-8 bytes are shown as \\xNN."""

CHAIN_SCHEMA: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    "root": pl.String(),
    "expiration": pl.Date(),
    "right": pl.String(),
    "strike_milli": pl.Int64(),
    "deliverable": pl.String(),
    "multiplier": pl.Float64(),
    "bid": pl.Float64(),
    "ask": pl.Float64(),
    "last": pl.Float64(),
    "mark": pl.Float64(),
    "volume": pl.Float64(),
    "open_interest": pl.Float64(),
    "iv": pl.Float64(),
    "delta": pl.Float64(),
    "gamma": pl.Float64(),
    "theta": pl.Float64(),
    "vega": pl.Float64(),
    "rho": pl.Float64(),
    "trade_time": pl.Datetime("us", "UTC"),
    "line_number": pl.Int64(),
}
"""Contracts of chains. multiplier null: that of the root; counts may be parts of a contract where a market trades them."""

PRICE_SCHEMA: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    **dict.fromkeys(("open", "high", "low", "close", "adjusted_close"), pl.Float64()),
    "volume": pl.Int64(),
    "line_number": pl.Int64(),
}
"""Days of underlyings."""

BAR_SCHEMA: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    "bar_end": pl.Datetime("us", "UTC"),
    "minutes": pl.Int64(),
    **dict.fromkeys(("open", "high", "low", "close", "vwap"), pl.Float64()),
    "volume": pl.Int64(),
    "line_number": pl.Int64(),
}
"""Parts of a day of underlyings; `minutes` long, ending at `bar_end`."""

_KNOWN: dict[str, pl.DataType] = {"known_at": pl.Datetime("us", "UTC"), "line_number": pl.Int64()}
RATE_SCHEMA: dict[str, pl.DataType] = {
    "described": pl.Date(),
    "days": pl.List(pl.Int64()),
    "rate": pl.List(pl.Float64()),
    "quoted": pl.List(pl.Float64()),
    "convention": pl.String(),
    "assumed": pl.Boolean(),
    **_KNOWN,
}
"""Curves, a row each. rate: continuous, per year; quoted: as the source writes it, by the convention beside it."""

ACTION_SCHEMA: dict[str, pl.DataType] = {
    "symbol": pl.String(),
    "kind": pl.String(),
    "ex_date": pl.Date(),
    **dict.fromkeys(("amount", "ratio", "quoted"), pl.Float64()),
    **_KNOWN,
}
"""Dividends and splits. amount: dollars for a share of then, null where only the date is declared; ratio: new shares for one."""

ADJUSTMENT_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("symbol", "memo", "kind"), pl.String()),
    "effective": pl.Date(),
    **dict.fromkeys(("root", "deliverable"), pl.String()),
    "multiplier": pl.Float64(),
    **_KNOWN,
}
"""What memos say of adjusted contracts."""

NAME_SCHEMA: dict[str, pl.DataType] = {**dict.fromkeys(("symbol", "name", "asset_class"), pl.String()), **_KNOWN}
"""Names; null where a list does not say the name or the class."""

SCHEMAS = {
    "changes": ROW_SCHEMA, "chains": CHAIN_SCHEMA, "prices": PRICE_SCHEMA, "bars": BAR_SCHEMA, "rates": RATE_SCHEMA,
    "actions": ACTION_SCHEMA, "adjustments": ADJUSTMENT_SCHEMA, "names": NAME_SCHEMA,
}  # fmt: skip
"""Columns of `Payload.rows` by what a source holds."""
