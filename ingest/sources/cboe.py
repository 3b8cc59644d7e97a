"""Cboe's delayed chains: one JSON document a name with every expiration, quotes, Greeks and open interest.

    {"timestamp": "2026-11-20 21:15:02", "symbol": "_SPX", "data": {"symbol": "^SPX", "current_price": 6700.5, "options": [...]}}

`timestamp` is UTC without a zone; `last_trade_time` of a contract is New York time, null where it never traded. Open interest
belongs to the session before the quotes. Every number is a float; volatility 0, and Greeks that are all 0 beside it, are
unknown, and so is a last trade at 0. A name's chain holds all of its roots: SPX and SPXW are both on SPX.
"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import polars as pl
from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import RefusedPayload
from core.roots import INDEXES
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root, greeks_unless_idle, traded_in, with_occ_symbol
from ingest.sources.reading.delayed import delayed_look, quoted_in, seen_rows, spot_prices
from ingest.sources.reading.records import (
    Reading,
    entry,
    load_json,
    number,
    number_unless,
    price_beside,
    require,
    require_values,
    table,
    text,
    texts,
)
from ingest.sources.reading.stamps import LIVE

if TYPE_CHECKING:  # whoever only reads files needs no client
    from ingest.providers.client import Client

POLICY = Policy("cboe", rates=(Rate(60, Duration.MINUTE),))
_SPEC: dict[str, tuple[str, Reading]] = {
    "occ_symbol": ("option", text), "bid": ("bid", number), "ask": ("ask", number), "iv": ("iv", number),
    "open_interest": ("open_interest", number), "volume": ("volume", number), "delta": ("delta", number),
    "gamma": ("gamma", number), "theta": ("theta", number), "vega": ("vega", number), "rho": ("rho", number),
    "last": ("last_trade_price", number_unless(0.0)), "trade_time": ("last_trade_time", text),
}  # fmt: skip
_KNOWN = ("bid_size", "ask_size", "theo", "change", "open", "high", "low", "tick", "percent_change", "prev_day_close")
_STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}")
_TRADE_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"


def recognises(content: bytes) -> bool:
    """A JSON object with a stamp and options below `data`."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start == b"{" and all(name in content for name in (b'"timestamp"', b'"data"', b'"options"'))


def parse(raw: Raw) -> Payload:
    """The chain of one name. Refused: `not_json`, `schema_drift`, `bad_symbol`, and what `check` and `delayed_look` refuse."""
    told = load_json(raw.content)
    chain = entry(told, "data", dict)
    symbol = bare_symbol(entry(chain, "symbol", str))
    contracts = entry(chain, "options", list)
    seen = delayed_look(raw, _instant(entry(told, "timestamp", str)))
    spot = price_beside(chain, "current_price")
    warnings = require(contracts, [key for key, _ in _SPEC.values()], _KNOWN)
    frame = table(contracts, _SPEC, CHAIN_SCHEMA | {"trade_time": pl.String()}, required=_SPEC)
    require_values(frame, ("bid", "ask", "volume", "open_interest"))
    rows = _rows(with_occ_symbol(frame, "occ_symbol"), symbol).with_columns(traded=traded_in(quoted_in(seen)))
    checked = check(rows, seen.quote_session, texts(contracts), spot=spot if seen.quotes else None, known_at=seen.known_at)
    return Payload(
        "cboe", symbol, None, seen.session_date, seen.quote_session, seen.known_at, "full", seen.volume_final, False,
        checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined, warnings,
        prices=spot_prices(symbol, spot, seen), holds="chains",
    )  # fmt: skip


def _instant(stamp: str) -> datetime:
    if not _STAMP.fullmatch(stamp):
        raise RefusedPayload("schema_drift", "The source changed its format: its timestamp is written in another way.")
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    except ValueError as error:
        raise RefusedPayload("bad_stamp", f"There is no instant {stamp}.") from error


def _rows(frame: pl.DataFrame, symbol: str) -> pl.DataFrame:
    """Columns of CHAIN_SCHEMA and `fault`."""
    written = pl.col("trade_time")
    local = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    instant = local.dt.replace_time_zone(str(EASTERN), ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    bad_time = written.is_not_null() & (~written.str.contains(_TRADE_TIME) | instant.is_null())
    read = frame.with_columns(
        symbol=pl.lit(symbol),
        trade_time=instant.cast(CHAIN_SCHEMA["trade_time"]),
        fault=pl.coalesce(
            "fault",
            pl.when(pl.col("root").is_null()).then(pl.lit("bad_value:occ_symbol")),
            foreign_root(frame["root"], symbol),
            pl.when(bad_time).then(pl.lit("bad_value:trade_time")),
        ),
    )
    return read.with_columns(greeks_unless_idle()).drop("occ_symbol")


class Chains:
    """Asks for a name's whole chain in one call. Threads may share it."""

    def __init__(self, base: str, client: "Client", clock: Clock):
        self._base, self._client, self._clock = base.rstrip("/"), client, clock

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The chain with all expirations: there is no smaller answer, whatever `nearest` says."""
        name = f"_{symbol}" if symbol in INDEXES else symbol
        url = f"{self._base}/api/global/delayed_quotes/options/{quote(name, safe='')}.json"
        reply = self._client.send("GET", url, headers={"Accept": "application/json"})
        return Raw("cboe", f"cboe-{symbol}.json", reply.body, self._clock(), LIVE)


def make(_settings: Settings, client: "Client", clock: Clock, base: str = "https://cdn.cboe.com") -> Chains:
    """The fetcher of the collector. base: another address than Cboe's own."""
    return Chains(base, client, clock)
