"""Massive: snapshots of option chains, page by page of 250 contracts.

A page is `{"results": [contract, …], "next_url": address of the next page, "status": "OK"}`; a contract has objects `details`
(`ticker` O:AAPL230616C00150000, contract_type, strike_price, expiration_date, shares_per_contract), `day`, `last_quote`,
`last_trade`, `greeks`, `underlying_asset`, and `implied_volatility` (0.36), `open_interest`. Instants: nanoseconds since 1970.
A file is one page, an array of pages, or what `fetch` brings: `{"nearest": 4 or null, "asked": [query, …], "pages": [page, …]}`.
Open interest belongs to the session before the quotes. Quotes and trades come with some subscriptions only. What `day` says of
an earlier day, as it does where nothing traded yet, and a trade stamped after its snapshot count as unknown.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.sessions import EASTERN
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.massive.api import POLICY, make
from ingest.sources.massive.pages import contracts
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root, traded_in, with_occ_symbol
from ingest.sources.reading.delayed import quoted_in, seen_rows
from ingest.sources.reading.records import (
    Spec,
    day,
    load_json,
    nanoseconds,
    number,
    number_unless,
    require,
    table,
    text,
    texts,
    unrepeated,
    value_at,
)
from ingest.sources.reading.stamps import Look, look

__all__ = ["POLICY", "make", "parse", "recognises"]

_LATER = timedelta(minutes=1)  # trades may be reported so long after the quotes of a snapshot


def _ticker(value: Any) -> str | None:
    """An OCC symbol without its mark: O:AAPL230616C00150000."""
    found = text(value)
    return None if found is None else found.removeprefix("O:")


def _name(value: Any) -> str | None:
    """A ticker without the mark of an index: I:SPX is SPX."""
    found = text(value)
    return None if found is None else found.removeprefix("I:")


def _several(value: Any) -> bool:
    """Whether a contract delivers something beside, or in place of, its shares."""
    if value is not None and not isinstance(value, list):
        raise ValueError(value)
    return bool(value)


_SPEC: Spec = {
    "ticker": ("details.ticker", _ticker), "side": ("details.contract_type", text), "strike": ("details.strike_price", number),
    "expires": ("details.expiration_date", day), "shares": ("details.shares_per_contract", number),
    "several": ("details.additional_underlyings", _several), "on": ("underlying_asset.ticker", _name),
    "spot": ("underlying_asset.price", number_unless(0.0)), "level": ("underlying_asset.value", number_unless(0.0)),
    "spot_at": ("underlying_asset.last_updated", nanoseconds), "quoted_at": ("last_quote.last_updated", nanoseconds),
    "bid": ("last_quote.bid", number), "ask": ("last_quote.ask", number), "mark": ("last_quote.midpoint", number_unless(0.0)),
    "trade": ("last_trade.price", number_unless(0.0)), "traded_at": ("last_trade.sip_timestamp", nanoseconds),
    "close": ("day.close", number_unless(0.0)), "day_volume": ("day.volume", number), "day_at": ("day.last_updated", nanoseconds),
    "open_interest": ("open_interest", number), "iv": ("implied_volatility", number), "delta": ("greeks.delta", number),
    "gamma": ("greeks.gamma", number), "theta": ("greeks.theta", number), "vega": ("greeks.vega", number),
}  # fmt: skip
_INSTANTS = ("spot_at", "quoted_at", "traded_at", "day_at")
_TYPES = CHAIN_SCHEMA | dict.fromkeys(("strike", "shares", "spot", "level", "trade", "close", "day_volume"), pl.Float64()) | {
    "expires": pl.Date(), "several": pl.Boolean(), **dict.fromkeys(_INSTANTS, pl.Datetime("us", "UTC")),
}  # fmt: skip
_ALWAYS = ("details", "day", "open_interest", "underlying_asset")
_RARE = ("implied_volatility", "greeks")
_BY_PLAN = ("last_quote", "last_trade")
_INSIDE = {
    "details": ("ticker", "contract_type", "strike_price", "expiration_date", "shares_per_contract"),
    "day": ("close", "volume", "last_updated"),
    "greeks": ("delta", "gamma", "theta", "vega"),
    "last_quote": ("bid", "ask", "midpoint", "last_updated"),
    "last_trade": ("price", "sip_timestamp"),
    "underlying_asset": ("ticker", "last_updated"),
}
_KNOWN_INSIDE = {
    "details": ("exercise_style", "additional_underlyings"),
    "day": ("change", "change_percent", "high", "low", "open", "previous_close", "vwap"),
    "last_quote": ("ask_size", "bid_size", "ask_exchange", "bid_exchange", "timeframe"),
    "last_trade": ("size", "conditions", "exchange", "timeframe", "decimal_size"),
    "underlying_asset": ("price", "value", "change_to_break_even", "timeframe"),
}


def recognises(content: bytes) -> bool:
    """Pages of results that name their request, or what `fetch` made of them."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:20]
    if start.startswith(b'{"nearest"'):
        return b'"pages"' in content
    return start[:1] in (b"{", b"[") and b'"request_id"' in content and (b'"results"' in content or b'"status"' in content[:2000])


def parse(raw: Raw) -> Payload:
    """The chain of one underlying."""
    records, whole = contracts(load_json(raw.content))
    warnings = _require(records)
    frame = with_occ_symbol(table(records, _SPEC, _TYPES, ("open_interest",)), "ticker")
    symbol = _symbol(frame)
    seen = look(raw, _stamp(frame))
    rows, later = _rows(frame, symbol, seen)
    prices = _prices(frame, symbol)
    checked = check(rows, seen.quote_session, texts(records), spot=prices["spot"][0])
    return Payload(
        "massive", symbol, None, seen.session_date, seen.quote_session, seen.known_at, "full" if whole else "top_list",
        seen.volume_final, False, checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined,
        (*warnings, *([f"{later} trades are stamped after the snapshot and count as unknown."] if later else [])),
        prices=prices if seen.quotes else None, holds="chains",
    )  # fmt: skip


def _require(records: list[Any]) -> tuple[str, ...]:
    """Warnings about the records' shape. Refused: `schema_drift`, also where something new stands for what a plan may lack."""
    found = {key for record in records if isinstance(record, dict) for key in record}
    warnings = require(records, _ALWAYS, (*_BY_PLAN, "break_even_price", "fmv", "fmv_last_updated"), _RARE)
    lacking = [key for key in _BY_PLAN if key not in found]
    if lacking and warnings:
        raise RefusedPayload("schema_drift", f"The source changed its format: no {' and no '.join(lacking)}. {warnings[0]}")
    for place, keys in _INSIDE.items():
        inside = (
            [inner for record in records if isinstance(inner := value_at(record, place), dict) and inner]
            if place in found
            else []
        )
        warnings += require(inside, keys, _KNOWN_INSIDE.get(place, ()))
    return warnings + tuple(f"There is no {key} in it: your plan may not show it." for key in lacking)


def _symbol(frame: pl.DataFrame) -> str:
    """What most contracts are on."""
    said = Counter(frame["on"].drop_nulls())
    if not said:
        raise RefusedPayload("schema_drift", "No contract says what it is on.")
    return bare_symbol(said.most_common(1)[0][0])


def _stamp(frame: pl.DataFrame) -> datetime:
    """The latest quote, or price of the underlying; without either the opening of the latest day that it shows."""
    frame = unrepeated(frame)
    instants = [frame[name].max() for name in ("quoted_at", "spot_at")]
    known = [instant for instant in instants if isinstance(instant, datetime)]
    if known:
        return max(known)
    latest = frame["day_at"].max()
    if not isinstance(latest, datetime):
        raise RefusedPayload("no_stamp", "Nothing in it says of which day it is.")
    shown = latest.astimezone(EASTERN).date()
    if not sessions.is_session(shown):
        raise RefusedPayload("bad_stamp", f"It is of {shown}, which is no session.")
    return sessions.opens(shown)


def _rows(frame: pl.DataFrame, symbol: str, seen: Look) -> tuple[pl.DataFrame, int]:
    """Columns of CHAIN_SCHEMA, `fault` and `traded`; and the number of trades stamped after the snapshot."""
    adjusted = (pl.col("deliverable") == "adjusted") | pl.col("several").fill_null(False)
    today = pl.col("day_at").dt.convert_time_zone(EASTERN.key).dt.date() == quoted_in(seen)
    end = max(seen.known_at, _stamp(frame)) + _LATER
    sound = (pl.col("traded_at") <= end) | pl.col("traded_at").is_null()
    rows = frame.with_columns(
        symbol=pl.lit(symbol),
        deliverable=pl.when(adjusted).then(pl.lit("adjusted")).otherwise(pl.lit("standard")),
        multiplier=pl.when(~pl.col("several").fill_null(False)).then("shares"),
        volume=pl.when(today).then("day_volume"),
        last=pl.when(sound).then(pl.coalesce("trade", pl.when(today).then("close"))),
        trade_time=pl.when(sound).then("traded_at"),
        fault=pl.coalesce("fault", _disagrees(symbol), foreign_root(frame["root"], symbol)),
    ).with_columns(traded=traded_in(quoted_in(seen)))
    return rows.drop(*(name for name in _SPEC if name not in CHAIN_SCHEMA)), int(frame.select((~sound).sum()).item())


def _disagrees(symbol: str) -> pl.Expr:
    """A fault where a contract's ticker says another thing than its other fields."""
    right = pl.when(pl.col("right") == "C").then(pl.lit("call")).otherwise(pl.lit("put"))
    checks = {
        "bad_value:root": pl.col("root").is_null(),
        "bad_value:multiplier": pl.col("shares").is_null(),
        "disagrees:symbol": pl.col("on") != symbol,
        "disagrees:right": right != pl.col("side"),
        "disagrees:strike": (pl.col("strike") * 1000 - pl.col("strike_milli")).abs() > 0.5,
        "disagrees:expiration": pl.col("expires") != pl.col("expiration"),
    }
    return pl.coalesce(pl.when(wrong.fill_null(True)).then(pl.lit(reason)) for reason, wrong in checks.items())


def _prices(frame: pl.DataFrame, symbol: str) -> pl.DataFrame:
    """What the underlying cost last; an index has a value in place of a price."""
    spots = frame.select("spot_at", spot=pl.coalesce("spot", "level")).drop_nulls().sort("spot_at")
    spot = spots["spot"][-1] if len(spots) else None
    return pl.DataFrame({"symbol": [symbol], "spot": [spot]}, schema={"symbol": pl.String(), "spot": pl.Float64()})
