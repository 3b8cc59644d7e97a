"""Deribit: option chains of one coin, from the list of instruments and the summary of the market.

What `fetch` brings is `{"asked": coin, "instruments": answer, "summary": answer}`, both JSON-RPC with a list under `result`. The
summary has a row for each instrument: bid_price, ask_price, mark_price, last in coin (in USDC where options settle in it),
mark_iv in percent, volume of 24 hours and open_interest in coins, underlying_price of its expiration, creation_timestamp in
milliseconds. The list says what an instrument is: base_currency, settlement_currency, strike, expiration_timestamp, option_type,
contract_size. Together they have to give the instrument's name: BTC-25DEC26-110000-C, or XRP_USDC-25DEC26-0d625-P.

The market never closes: the session is the UTC day of the summary, for open interest and quotes alike. Options that settle in
their coin and those that settle in USDC are two underlyings, BTC and BTC_USDC, because their prices are in different units.
"""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import ProviderRefused, RefusedPayload
from core.settings import Settings
from ingest.providers import addresses
from ingest.providers.client import Client
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.reading.chain_rows import check
from ingest.sources.reading.records import (
    Spec,
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
from ingest.sources.reading.sanity import examine
from ingest.sources.reading.stamps import LIVE, SKEW, refuse_future

_ADDRESS = "https://www.deribit.com/api/v2/public/"
_CURRENCIES = ("BTC", "ETH", "USDC")
"""Those in which options settle; linear ones of every coin settle in USDC."""
_MOST_STRIKE = 2e6
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


POLICY = Policy("deribit_options", (Rate(10, Duration.SECOND),))  # of 20: its futures are asked from the same address


def make(_settings: Settings, client: Client, clock: Clock, base: str = "") -> "Deribit":
    """What fetches. base: another address than the venue's own."""
    return Deribit(client, clock, base)


class Deribit:
    """Threads may share it."""

    def __init__(self, client: Client, clock: Clock, base: str):
        self._client, self._clock, self._base = client, clock, base

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """All options on a coin that settle in one currency, BTC or SOL_USDC; the venue gives no fewer. Two calls."""
        currency = symbol.rpartition("_")[2]
        if currency not in _CURRENCIES:
            raise ProviderRefused("deribit_options", f"there are no options on {symbol} here")
        instruments = self._ask("get_instruments", currency)
        summary = self._ask("get_book_summary_by_currency", currency)
        body = b'{"asked": %b, "instruments": %b, "summary": %b}' % (json.dumps(symbol).encode(), instruments, summary)
        return Raw("deribit_options", f"{symbol}.json", body, self._clock(), LIVE)

    def _ask(self, method: str, currency: str) -> bytes:
        address = addresses.moved(_ADDRESS + method, self._base)
        return self._client.send("GET", address, params={"currency": currency, "kind": "option"}).body


def _milli(value: Any) -> float | None:
    """A strike in thousandths; one that is finer cannot be stored."""
    found = number(value)
    if found is None:
        return None
    if abs(found) > _MOST_STRIKE or abs(found * 1000 - round(found * 1000)) > 1e-6:
        raise ValueError(value)
    return float(round(found * 1000))


def _percent(value: Any) -> float | None:
    found = number(value)
    return None if found is None else found / 100


_SPEC: Spec = {
    "name": ("instrument_name", text), "base": ("instrument.base_currency", text),
    "settles_in": ("instrument.settlement_currency", text), "side": ("instrument.option_type", text),
    "strike_milli": ("instrument.strike", _milli), "ends": ("instrument.expiration_timestamp", milliseconds),
    "multiplier": ("instrument.contract_size", number), "bid": ("bid_price", number), "ask": ("ask_price", number),
    "last": ("last", number_unless(0.0)), "mark": ("mark_price", number_unless(0.0)), "iv": ("mark_iv", _percent),
    "coins_traded": ("volume", number), "coins_open": ("open_interest", number), "forward": ("underlying_price", number),
    "turnover": ("volume_usd", number),
    "index": ("estimated_delivery_price", number), "stamp": ("creation_timestamp", milliseconds),
}  # fmt: skip
_FLOATS = ("coins_traded", "coins_open", "forward", "index", "turnover")
_TYPES = CHAIN_SCHEMA | dict.fromkeys(_FLOATS, pl.Float64()) | dict.fromkeys(("ends", "stamp"), pl.Datetime("us", "UTC"))
_COUNTS = {"open_interest": "coins_open", "volume": "coins_traded"}
_INSTRUMENT = "instrument"
_OF_INSTRUMENT = [key.partition(".")[2] for key, _ in _SPEC.values() if key.startswith(_INSTRUMENT + ".")]
_OF_SUMMARY = [key for name, (key, _) in _SPEC.items() if "." not in key and name != "turnover"]
_SHOWN = [name for name, (key, _) in _SPEC.items() if key in _OF_SUMMARY]
_ASIDE = [name for name in _SPEC if name not in CHAIN_SCHEMA]
_KNOWN = {
    "summary": (
        _INSTRUMENT, "mid_price", "volume_usd", "volume_notional", "quote_currency", "base_currency", "underlying_index",
        "interest_rate", "low", "high", "price_change",
    ),
    "instruments": (
        "tick_size", "tick_size_steps", "taker_commission", "maker_commission", "settlement_period", "quote_currency",
        "counter_currency", "rfq", "price_index", "min_trade_amount", "kind", "is_active", "instrument_id", "instrument_type",
        "creation_timestamp", "block_trade_commission", "block_trade_min_trade_amount", "block_trade_tick_size", "state",
        "lot_size", "underlying_type", "max_leverage", "max_liquidation_commission", "qty_tick_size", "product_group",
    ),
}  # fmt: skip


def recognises(content: bytes) -> bool:
    """Two answers together, or one that has to be refused because it lacks the other."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] == b"{" and all(word in content for word in (b'"instruments"', b'"summary"', b'"jsonrpc"'))


def parse(raw: Raw) -> Payload | list[Payload]:
    """The chain, or one for each underlying, the one asked for first. Refused, beside what any chain may be: `provider_error`."""
    told = load_json(raw.content)
    listed, rows = (_result(entry(told, name, dict)) for name in ("instruments", "summary"))
    warnings = require(listed, ["instrument_name", *_OF_INSTRUMENT], _KNOWN["instruments"])
    warnings += require(rows, _OF_SUMMARY, _KNOWN["summary"])
    records = _with_instruments(rows, listed)
    asked = told.get("asked")
    frame = _named(table(records, _SPEC, _TYPES, _SHOWN), asked if isinstance(asked, str) else "")
    stamp = _stamp(raw, frame)
    coins = sorted(frame["symbol"].unique(), key=lambda coin: (coin != asked, coin))
    parts = [replace(_payload(raw, frame.filter(symbol=coin), stamp, records), warnings=warnings) for coin in coins]
    return parts if len(parts) > 1 else parts[0]


def _result(answer: dict[str, Any]) -> list[Any]:
    """The list of an answer. Refused: `provider_error`, `no_rows`."""
    error = answer.get("error")
    if error is not None:
        words = error.get("message") if isinstance(error, dict) else error
        raise RefusedPayload("provider_error", f"Deribit says: {str(words)[:200]}.")
    found: list[Any] = entry(answer, "result", list)
    if not found:
        raise RefusedPayload("no_rows", "There is no instrument in it.")
    return found


def _with_instruments(rows: list[Any], listed: list[Any]) -> list[Any]:
    """Rows of the summary with their instrument; without, where the list does not name it once."""
    known: dict[Any, Any] = {}
    for each in listed:
        name = each.get("instrument_name") if isinstance(each, dict) else None
        if isinstance(name, str):
            known[name] = each if known.get(name, each) == each else None
    return [{**row, _INSTRUMENT: known.get(str(row.get("instrument_name")))} if isinstance(row, dict) else row for row in rows]


def _named(frame: pl.DataFrame, asked: str) -> pl.DataFrame:
    """The frame with symbol, root, right and expiration; a row whose name says another thing than its instrument has a fault."""
    coin = (
        pl.when(pl.col("base") == pl.col("settles_in")).then("base").otherwise(pl.concat_str("base", "settles_in", separator="_"))
    )
    frame = frame.with_columns(
        root=coin,
        right=pl.col("side").replace_strict({"call": "C", "put": "P"}, default=None, return_dtype=pl.String),
        expiration=pl.col("ends").dt.date(),
    )
    names = [_name(*row) for row in frame.select("root", "expiration", "strike_milli", "right").iter_rows()]
    marks = {
        "unknown_instrument": pl.col("root").is_null(),
        "bad_value:multiplier": pl.col("multiplier").is_null() | (pl.col("multiplier") <= 0),
        "disagrees:name": pl.Series(names, dtype=pl.String) != pl.col("name"),
    }
    fault = pl.coalesce("fault", *(pl.when(wrong).then(pl.lit(reason)) for reason, wrong in marks.items()))
    frame = frame.with_columns(fault=fault)
    coins = frame.filter(pl.col("fault").is_null())["root"].unique().sort().to_list()
    first = asked if asked in coins or not coins else coins[0]
    return frame.with_columns(symbol=pl.when(pl.col("root").is_in(coins)).then("root").otherwise(pl.lit(first)))


def _name(root: str | None, expiration: date | None, milli: int | None, right: str | None) -> str | None:
    """What the venue calls an option; None where something of it is unknown. A d stands for the decimal point of a strike."""
    if root is None or expiration is None or milli is None or right is None:
        return None
    part = f"d{milli % 1000:03d}".rstrip("0") if milli % 1000 else ""
    return f"{root}-{expiration.day}{_MONTHS[expiration.month - 1]}{expiration:%y}-{milli // 1000}{part}-{right}"


def _stamp(raw: Raw, frame: pl.DataFrame) -> datetime:
    """When the venue made the summary. Refused: `no_stamp`, `stamp_in_future`, `stale_payload`."""
    stamp = unrepeated(frame)["stamp"].max()
    if not isinstance(stamp, datetime):
        raise RefusedPayload("no_stamp", "No row says when it was made, so the session is unknown.")
    refuse_future(raw, stamp)
    if raw.folder == LIVE and stamp < raw.received_at - SKEW:
        raise RefusedPayload("stale_payload", f"It says of itself {stamp:%Y-%m-%d %H:%M} UTC, which is over.")
    return stamp.astimezone(UTC)


def _payload(raw: Raw, frame: pl.DataFrame, stamp: datetime, records: list[Any]) -> Payload:
    """The chain of one underlying."""
    symbol, session = frame["symbol"][0], stamp.date()
    per_contract = [(pl.col(coins) / pl.col("multiplier")).alias(name) for name, coins in _COUNTS.items()]
    rows = frame.with_columns(*per_contract)
    checked = check(rows.drop(_ASIDE), session, texts(records), market="DERIBIT")
    good = rows.filter(pl.col("line_number").is_in(checked.rows["line_number"].implode()))
    spot = next(iter(good["index"].drop_nulls().mode().sort().to_list()), None)
    examine(_in_dollars(good), session, spot)
    forwards = good.group_by("symbol", "expiration").agg(pl.col("forward").median()).drop_nulls().sort("expiration")
    prices = pl.DataFrame({"symbol": [symbol], "spot": [spot]}, schema={"symbol": pl.String(), "spot": pl.Float64()})
    return Payload(
        "deribit_options", symbol, None, session, session, raw.received_at if raw.folder == LIVE else stamp, "full", False, False,
        checked.rows_in, checked.duplicates, checked.rows, checked.quarantined,
        prices=prices, forwards=forwards, holds="chains", market="DERIBIT",
    )  # fmt: skip


def _in_dollars(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as the checks of US chains know them: prices in coin times that of the coin, which its forward is."""
    per = pl.when(pl.col("base") == pl.col("settles_in")).then("forward").otherwise(1.0)
    prices = [(pl.col(name) * per).alias(name) for name in ("bid", "ask", "last")]
    unknown = [pl.lit(None, pl.Float64).alias(name) for name in ("gamma", "theta", "vega")]
    return rows.with_columns(*prices, *unknown, deliverable=pl.lit("standard"), traded=pl.col("turnover") > 0)
