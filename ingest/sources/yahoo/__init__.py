"""Yahoo Finance's option chains: bodies of `/v7/finance/options/<symbol>`, one an expiration.

    {"optionChain": {"result": [{"underlyingSymbol": "AAPL", "expirationDates": [1740700800, ...], "quote": {...},
                                 "options": [{"expirationDate": 1740700800, "calls": [...], "puts": [...]}]}], "error": null}}

A payload is one body, or a JSON array of the bodies of one name, exactly as they came. Instants are in seconds since 1970. The
stamp is the latest price that the quote of the underlying shows: of the session, before it or after it. Open interest belongs to
the session before the quotes. What Yahoo shows where it does not know:

- volume is that of the day of the last trade: where that was before the session, nothing traded in it, and volume is 0;
- a volatility without a quote (bid and ask 0) or of 0.00001 is the start of its own search, and unknown;
- overnight open interest is 0 for all: zeros are unknown where hardly any contract that trades has some;
- contracts from before a split stay listed with quotes of that time: kept aside as `below_intrinsic`.

Only prices in dollars are stored: a contract in another currency is kept aside, a chain of them refused (`other_currency`).
"""

from datetime import datetime

import polars as pl

from core.errors import RefusedPayload
from ingest.sources import Payload, Raw
from ingest.sources.frames import CHAIN_SCHEMA
from ingest.sources.reading.chain_rows import bare_symbol, check, dead_contracts, foreign_root, traded_in, with_occ_symbol
from ingest.sources.reading.delayed import delayed_look, quoted_in, seen_rows, spot_prices
from ingest.sources.reading.records import Reading, load_json, number, number_unless, require, seconds, table, text, texts
from ingest.sources.reading.stamps import Look
from ingest.sources.yahoo.bodies import read_bodies
from ingest.sources.yahoo.fetching import POLICY, make

__all__ = ["POLICY", "make", "parse", "recognises"]
_SPEC: dict[str, tuple[str, Reading]] = {
    "occ_symbol": ("contractSymbol", text), "strike": ("strike", number), "expires": ("expiration", seconds),
    "currency": ("currency", text), "contract_size": ("contractSize", text), "last": ("lastPrice", number_unless(0.0)),
    "bid": ("bid", number), "ask": ("ask", number), "volume": ("volume", number), "open_interest": ("openInterest", number),
    "iv": ("impliedVolatility", number), "trade_time": ("lastTradeDate", seconds),
}  # fmt: skip
_ALWAYS = ("occ_symbol", "strike", "expires", "currency", "contract_size")
_KNOWN = ("change", "percentChange", "inTheMoney")
_TYPES = CHAIN_SCHEMA | {"strike": pl.Float64(), "expires": pl.Datetime("us", "UTC")}
_SIZES = {"REGULAR": None, "MINI": 10.0}
_NO_IV = 1.0001e-5
_HARDLY = 0.05
"""Share of contracts with open interest up to which zeros are Yahoo's word for unknown."""


def recognises(content: bytes) -> bool:
    """One body, or several in an array."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and b'"optionChain"' in content


def parse(raw: Raw) -> Payload:
    """The chain of one name, or those of its expirations that were asked for.

    Refused: `not_json`, `schema_drift`, `provider_error`, `several_files`, `no_rows`, `other_currency`, and what `check` and
    `delayed_look` refuse.
    """
    chain = read_bodies(load_json(raw.content))
    symbol = bare_symbol(chain.symbol.replace("-", "."))
    seen = delayed_look(raw, chain.stamp)
    warnings = require(chain.contracts, [_SPEC[name][0] for name in _ALWAYS], _KNOWN, [key for key, _ in _SPEC.values()])
    frame = with_occ_symbol(table(chain.contracts, _SPEC, _TYPES, required=_ALWAYS), "occ_symbol")
    frame = frame.with_columns(chain.beside())
    _refuse_other_currency(frame)
    rows, more = _rows(frame, symbol, chain.spot, seen)
    spot = chain.spot if seen.quotes else None
    checked = check(rows, seen.quote_session, texts(chain.contracts), spot=spot, known_at=seen.known_at)
    return Payload(
        "yahoo", symbol, None, seen.session_date, seen.quote_session, seen.known_at, "full" if chain.whole else "top_list",
        seen.volume_final, False, checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined,
        (*warnings, *chain.warnings, *more), prices=spot_prices(symbol, chain.spot, seen), holds="chains",
    )  # fmt: skip


def _refuse_other_currency(frame: pl.DataFrame) -> None:
    others = set(frame["currency"].drop_nulls()) - {"USD"}
    if others and "USD" not in set(frame["currency"]):
        raise RefusedPayload("other_currency", f"Its prices are in {', '.join(sorted(others))[:60]}; only dollars are stored.")


def _rows(frame: pl.DataFrame, symbol: str, spot: float | None, seen: Look) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Columns of CHAIN_SCHEMA, `traded` and `fault`; and warnings."""
    traded = frame.with_columns(traded=traded_in(quoted_in(seen)))
    unknown, warnings = _unknown_open_interest(traded)
    quoted = (pl.col("bid").fill_null(0) > 0) | (pl.col("ask").fill_null(0) > 0)
    idle = pl.col("traded").eq(False).fill_null(False)
    rows = traded.with_columns(
        symbol=pl.lit(symbol),
        multiplier=pl.col("contract_size").replace_strict(_SIZES, default=None, return_dtype=pl.Float64),
        volume=pl.when(idle).then(0.0).otherwise("volume"),
        open_interest=pl.when(~(unknown & (pl.col("open_interest") == 0))).then("open_interest"),
        iv=pl.when(quoted & (pl.col("iv") > _NO_IV)).then("iv"),
        fault=_faults(frame, symbol, spot if seen.quotes else None, seen.known_at),
    )
    return rows.drop("occ_symbol", "strike", "expires", "currency", "contract_size", "side", "listed"), warnings


def _unknown_open_interest(frame: pl.DataFrame) -> tuple[pl.Expr, tuple[str, ...]]:
    """Whether zeros mean unknown, and a warning if they do."""
    known = frame["open_interest"].drop_nulls()
    some, traded = int((known > 0).sum()), float(frame["volume"].sum())
    if len(known) and some <= _HARDLY * len(known) and traded > 0:
        return pl.lit(True), (f"Open interest is 0 for {len(known) - some} of {len(known)} contracts: taken as unknown.",)
    return pl.lit(False), ()


def _faults(frame: pl.DataFrame, symbol: str, spot: float | None, known_at: datetime) -> pl.Expr:
    """The first fault of a row: what cannot be read, and where its symbol says another thing than its other fields."""
    checks = {
        "bad_value:occ_symbol": pl.col("root").is_null(),
        "bad_value:contract_size": ~pl.col("contract_size").is_in(list(_SIZES)),
        "other_currency": pl.col("currency") != "USD",
        "disagrees:right": pl.col("right") != pl.col("side"),
        "disagrees:strike": ~((pl.col("strike") * 1000 - pl.col("strike_milli")).abs() < 0.5),
        "disagrees:expiration": (pl.col("expires") != pl.col("listed")) | (pl.col("expires").dt.date() != pl.col("expiration")),
    }
    marks = [pl.when(wrong.fill_null(True)).then(pl.lit(reason)) for reason, wrong in checks.items()]
    return pl.coalesce("fault", *marks, foreign_root(frame["root"], symbol), dead_contracts(spot, known_at))
