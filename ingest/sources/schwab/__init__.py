"""Schwab: option chains (`callExpDateMap`, `putExpDateMap`) and price histories (`candles`) of its market data API.

A chain holds expirations "2025-04-11:1" (date and days left), below them strikes "3.0", below them contracts. Symbols are padded,
`GME   250411C00003000`; volatility is in percent; -999 says that a volatility or Greek is unknown; instants are in milliseconds
since 1970. Open interest belongs to the session before the quotes, whose own time says their session; a file has no other stamp.
What `fetch` brings is `{"nearest": 4 or null, "chains": [one or more of these documents]}`: large chains come in parts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.sessions import EASTERN
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root, traded_in, with_occ_symbol
from ingest.sources.reading.delayed import quoted_in, seen_rows
from ingest.sources.reading.records import (
    REPEATED,
    Reading,
    Spec,
    day,
    entry,
    load_json,
    milliseconds,
    number,
    number_unless,
    require,
    table,
    text,
    texts,
    unrepeated,
)
from ingest.sources.reading.stamps import LIVE, Look, look
from ingest.sources.schwab import candles
from ingest.sources.schwab.account import POLICY, make
from ingest.sources.schwab.errors import refuse_error

__all__ = ["POLICY", "make", "parse", "recognises"]

_SIDES = {"callExpDateMap": "CALL", "putExpDateMap": "PUT"}
_MAP = "(map)"  # our key in a contract: the map it stood in
_MOST_DELTA = 1.01  # its model overshoots by a little: 1.003 says nothing but "about 1"
_greek = number_unless(-999.0)


def _model(value: Any) -> float | None:
    """A figure of its model; -999 and the text NaN mean that it has none."""
    return None if value == "NaN" else _greek(value)


def _percent(value: Any) -> float | None:
    found = _model(value)
    return None if found is None else found / 100


def _delta(value: Any) -> float | None:
    found = _model(value)
    return None if found is not None and 1 < abs(found) <= _MOST_DELTA else found


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError(value)
    return value


def _certain(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _shares(value: Any) -> float | None:
    """Shares that a contract delivers; None where it delivers several things, or cash."""
    units = [each for each in value or () if isinstance(each, dict)]
    if len(units) != 1 or units[0].get("assetType") != "STOCK":
        return None
    return number(units[0].get("deliverableUnits"))


_SPEC: Spec = {
    "padded": ("symbol", text), "side": ("putCall", text), "map": (_MAP, text), "strike": ("strikePrice", number),
    "expires": ("expirationDate", day), "days": ("daysToExpiration", number), "quoted_at": ("quoteTimeInLong", milliseconds),
    "odd": ("nonStandard", _certain), "per_contract": ("multiplier", number), "shares": ("optionDeliverablesList", _shares),
    "bid": ("bid", number), "ask": ("ask", number), "last": ("last", number_unless(0.0)), "mark": ("mark", number_unless(0.0)),
    "volume": ("totalVolume", number), "open_interest": ("openInterest", number), "iv": ("volatility", _percent),
    "delta": ("delta", _delta), "gamma": ("gamma", _model), "theta": ("theta", _model), "vega": ("vega", _model),
    "rho": ("rho", _model), "trade_time": ("tradeTimeInLong", milliseconds),
}  # fmt: skip
_TYPES = CHAIN_SCHEMA | {
    "strike": pl.Float64(), "expires": pl.Date(), "days": pl.Float64(), "quoted_at": pl.Datetime("us", "UTC"),
    "odd": pl.Boolean(), "per_contract": pl.Float64(), "shares": pl.Float64(),
}  # fmt: skip
_REQUIRED = [name for name in _SPEC if name != "shares"]
_KNOWN = (
    _MAP, "optionDeliverablesList", "description", "exchangeName", "bidSize", "askSize", "bidAskSize", "lastSize", "highPrice",
    "lowPrice", "openPrice", "closePrice", "netChange", "timeValue", "theoreticalOptionValue", "theoreticalVolatility",
    "expirationType", "lastTradingDay", "settlementType", "deliverableNote", "percentChange", "markChange", "markPercentChange",
    "intrinsicValue", "extrinsicValue", "optionRoot", "exerciseType", "high52Week", "low52Week", "pennyPilot", "inTheMoney",
    "mini", "tradeDate",
)  # fmt: skip


def recognises(content: bytes) -> bool:
    """A chain by its two maps, a price history by its candles, an error by its shape."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return False
    if all(f'"{name}"'.encode() in content for name in _SIDES):
        return True
    start = content[:2000]
    return (b'"candles"' in start and b'"datetime"' in start) or (b'"errors"' in start and b'"detail"' in start)


def parse(raw: Raw) -> Payload | list[Payload]:
    """The chain of one underlying, or the candles of one symbol by session."""
    told = load_json(raw.content)
    refuse_error(told)
    if isinstance(told, dict) and "candles" in told:
        return candles.parse(raw, told)
    fetched = isinstance(told, dict) and "chains" in told
    parts = entry(told, "chains", list) if fetched else [told]
    for part in parts:
        refuse_error(part)
    return _chain(raw, parts, whole=not fetched or told.get("nearest") is None)


def _chain(raw: Raw, parts: list[Any], whole: bool) -> Payload:
    symbol = _symbol(parts)
    contracts = [contract for part in parts for contract in _contracts(part)]
    warnings = require(contracts, [_SPEC[name][0] for name in _REQUIRED], _KNOWN)
    frame = with_occ_symbol(table(contracts, _SPEC, _TYPES, _REQUIRED), "padded")
    seen = look(raw, _stamp(raw, frame))
    prices = _prices(parts[-1], symbol)
    checked = check(
        _rows(frame, symbol, seen), seen.quote_session, texts(contracts), spot=prices["spot"][0], known_at=seen.known_at
    )
    cut = any(_told(part, "isChainTruncated", _flag) for part in parts)
    return Payload(
        "schwab", symbol, None, seen.session_date, seen.quote_session, seen.known_at, "full" if whole else "top_list",
        seen.volume_final, cut, checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined,
        (*warnings, *_counted(parts, len(contracts)), *(["Schwab says that it cut the chain short."] if cut else [])),
        prices=prices if seen.quotes else None, holds="chains",
    )  # fmt: skip


def _symbol(parts: list[Any]) -> str:
    """What the chain is on: `$SPX` is SPX, `BRK/B` is BRK.B."""
    said: set[str] = {entry(part, "symbol", str) for part in parts}
    if len(said) > 1:
        raise RefusedPayload("schema_drift", f"These are chains of {len(said)} names where one was expected.")
    if not said:
        raise RefusedPayload("no_rows", "There is no chain in it.")
    return bare_symbol(said.pop().strip().removeprefix("$").replace("/", "."))


def _contracts(part: Any) -> Iterator[Any]:
    """Every contract of a chain, with the name of its map in it; whatever else stands in its place."""
    for name, side in _SIDES.items():
        for strikes in _within(entry(part, name, dict), dict):
            for listed in _within(strikes, list):
                yield from ({**each, _MAP: side} if isinstance(each, dict) else each for each in listed)


def _within(place: dict[str, Any], kind: type) -> Iterable[Any]:
    """What stands below the keys of an object. Refused: `schema_drift` where it is of another kind, or a key stands twice."""
    if REPEATED in place or not all(isinstance(found, kind) for found in place.values()):
        raise RefusedPayload("schema_drift", "The source changed its format: expirations and strikes read otherwise.")
    return place.values()


def _stamp(raw: Raw, frame: pl.DataFrame) -> datetime:
    """The latest quote. A file asked for on a later day may show open interest that was counted since: refused."""
    stamp = unrepeated(frame)["quoted_at"].max()
    if not isinstance(stamp, datetime):
        raise RefusedPayload("no_stamp", "No contract says when it was quoted, so the session is unknown.")
    asked = _asked_on(frame)
    if raw.folder != LIVE and asked and asked > stamp.astimezone(EASTERN).date() and sessions.is_session(asked):
        raise RefusedPayload(
            "stale_payload", f"It was asked for on {asked}, and its latest quote is of {stamp:%Y-%m-%d %H:%M} UTC."
        )
    return stamp


def _asked_on(frame: pl.DataFrame) -> date | None:
    """The day from which most contracts count their days left."""
    said = frame.select("expires", "days").drop_nulls().filter(pl.col("days").is_between(0, 10_000)).iter_rows()
    counted = Counter(expires - timedelta(days=days) for expires, days in said)
    return counted.most_common(1)[0][0] if counted else None


def _rows(frame: pl.DataFrame, symbol: str, seen: Look) -> pl.DataFrame:
    """Columns of CHAIN_SCHEMA, `fault` and `traded`."""
    adjusted = (pl.col("deliverable") == "adjusted") | pl.col("odd")
    return frame.with_columns(
        symbol=pl.lit(symbol),
        traded=traded_in(quoted_in(seen)).fill_null(False),
        deliverable=pl.when(adjusted).then(pl.lit("adjusted")).otherwise(pl.lit("standard")),
        multiplier=pl.when(adjusted).then("shares").otherwise("per_contract"),
        fault=pl.coalesce("fault", _disagrees(), foreign_root(frame["root"], symbol)),
    ).drop(*(name for name in _SPEC if name not in CHAIN_SCHEMA))


def _disagrees() -> pl.Expr:
    """A fault where a contract's symbol says another thing than its other fields. Index options show their last trading day."""
    right = pl.when(pl.col("right") == "C").then(pl.lit("CALL")).otherwise(pl.lit("PUT"))
    checks = {
        "bad_value:root": pl.col("root").is_null(),
        "disagrees:right": (right != pl.col("side")) | (right != pl.col("map")),
        "disagrees:strike": (pl.col("strike") * 1000 - pl.col("strike_milli")).abs() > 0.5,
        "disagrees:expiration": (pl.col("expires") - pl.col("expiration")).dt.total_days().abs() > 1,
    }
    return pl.coalesce(pl.when(wrong.fill_null(True)).then(pl.lit(reason)) for reason, wrong in checks.items())


def _counted(parts: list[Any], shown: int) -> tuple[str, ...]:
    """A warning where the chain says that it has more contracts than it shows."""
    said = [_told(part, "numberOfContracts", number) for part in parts]
    promised = sum(count or 0 for count in said)
    return (f"It says {promised:.0f} contracts and shows {shown}.",) if None not in said and promised > shown else ()


def _prices(part: dict[str, Any], symbol: str) -> pl.DataFrame:
    """The underlying's price, and its day where the quote of it came along; its `close` is of the session before."""
    beside = part.get("underlying")
    keys = {"open": "openPrice", "high": "highPrice", "low": "lowPrice", "volume": "totalVolume"}
    figures = {name: _told(beside or {}, key, number_unless(0.0)) for name, key in keys.items()}
    figures["spot"] = _told(part, "underlyingPrice", number_unless(0.0))
    types = {"symbol": pl.String} | dict.fromkeys(figures, pl.Float64) | {"volume": pl.Int64}
    return pl.DataFrame([{"symbol": symbol} | figures], types, strict=False)


def _told(part: Any, key: str, reading: Reading) -> Any:
    """A field beside the contracts. Refused: `schema_drift` where it is of another type."""
    try:
        return reading(part.get(key))
    except (ValueError, TypeError, AttributeError) as error:
        raise RefusedPayload("schema_drift", f"The source changed its format: {key} reads otherwise.") from error
