"""Cboe's delayed chains as a client that tidies them up writes them: one CSV a look, one line a contract.

Nothing in such a file says when it was made, so its name has to: `2025-02-05_16_11_UTC+01_00_TSLA.csv` is 16:11 at UTC+1, and
`2025-01-24_close_UTC+01_00_TSLA.csv` the last look of that session, which is dated to the close. `dte` was counted when the file
was written, which may have been any day: it is not used. Several looks of one session correct each other. Volatility 0, and
Greeks that are all 0 beside it, are unknown, and so is a last trade at 0; `high` is 0 where nothing traded in the session.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from ingest.sources import Payload, Raw
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root, greeks_unless_idle, with_occ_symbol
from ingest.sources.reading.csv_rows import WRITTEN, Sheet, bad_number, number, sheet, whole_lines
from ingest.sources.reading.delayed import delayed_look, seen_rows, spot_prices
from ingest.sources.reading.records import price_beside, require_values

_TEXTS = {"occ_symbol": "contract_symbol", "underlying": "underlying_symbol", "expires": "expiration", "side": "option_type"}
_NUMBERS = {
    "strike": "strike", "spot": "underlying_price", "open_interest": "open_interest", "volume": "volume", "high": "high",
    "last": "last_trade_price", "bid": "bid", "ask": "ask", "iv": "implied_volatility", "delta": "delta", "gamma": "gamma",
    "theta": "theta", "vega": "vega", "rho": "rho",
}  # fmt: skip
_KNOWN = frozenset(
    ("", "Unnamed: 0", "dte", "theoretical_price", "tick", "bid_size", "ask_size", "open", "low", "prev_close", "change",
     "change_percent")
)  # fmt: skip
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)_(?:(close)|(\d\d)_(\d\d))_UTC([+-])(\d\d)_(\d\d)_")


def recognises(content: bytes) -> bool:
    """The words of its header."""
    first = content[:4096].split(b"\n", 1)[0]
    return all(name in first for name in (b"underlying_symbol", b"contract_symbol", b"option_type"))


def parse(raw: Raw) -> Payload:
    """The chain of one name.

    Refused: `no_stamp`, `cut_in_row`, `schema_drift`, `no_rows`, and what `check` and `delayed_look` refuse.
    """
    seen = delayed_look(raw, _instant(raw.file_name))
    read = sheet(whole_lines(raw.content))
    warnings = _require(read.header)
    frame = with_occ_symbol(_contracts(read), "occ_symbol")
    require_values(frame, ("bid", "ask", "volume", "open_interest"))
    symbol = _common(frame, "underlying")
    spot = price_beside({"underlying_price": _common(frame, "spot")}, "underlying_price")
    rows = _rows(frame, symbol, spot)
    checked = check(rows, seen.quote_session, read.texts(), spot=spot if seen.quotes else None)
    return Payload(
        "cboe_csv", bare_symbol(symbol), None, seen.session_date, seen.quote_session, seen.known_at, "full", seen.volume_final,
        False, checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined, warnings,
        prices=spot_prices(bare_symbol(symbol), spot, seen), holds="chains",
    )  # fmt: skip


def _instant(file_name: str) -> datetime:
    """The instant that a file's name says (UTC); `close` is that of the session."""
    found = _NAME.search(file_name)
    if found is None:
        raise RefusedPayload(
            "no_stamp", "Neither content nor name say when this chain was seen: keep the name it was written with."
        )
    day, close, hour, minute, sign, ahead, odd = found.groups()
    try:
        session = date.fromisoformat(day)
        if close:
            return sessions.closes(session)
        offset = timedelta(hours=int(ahead), minutes=int(odd)) * (-1 if sign == "-" else 1)
        zone = timezone(offset)
        return datetime(session.year, session.month, session.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)
    except (ValueError, KeyError, OverflowError) as error:
        raise RefusedPayload("bad_stamp", f"The name says {found[0]}, and there is no such instant or session.") from error


def _require(header: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse another header; warnings: columns nobody knows."""
    wanted = {*_TEXTS.values(), *_NUMBERS.values()}
    lacking = sorted(wanted - set(header)) or sorted(name for name in wanted if header.count(name) > 1)
    if lacking:
        raise RefusedPayload("schema_drift", f"The source changed its format: not one column {', '.join(lacking)}.")
    unknown = [name[:40] for name in header if name not in wanted | _KNOWN]
    return (f"New in this format: {', '.join(unknown[:10])}.",) if unknown else ()


def _contracts(read: Sheet) -> pl.DataFrame:
    """Our columns, of text or numbers, and `fault`."""
    place = {name: str(at) for at, name in enumerate(read.header)}
    faults = [bad_number(place[theirs], ours, WRITTEN) for ours, theirs in _NUMBERS.items()]
    return read.cells.select(
        *(pl.col(place[theirs]).alias(ours) for ours, theirs in _TEXTS.items()),
        *(number(place[theirs]).alias(ours) for ours, theirs in _NUMBERS.items()),
        fault=pl.coalesce("fault", *faults),
        line_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
    )


def _common(frame: pl.DataFrame, name: str) -> Any:
    """The value that most sound rows have; of equally many, the least."""
    counted = frame.filter(pl.col("fault").is_null())[name].drop_nulls().value_counts()
    if counted.is_empty():
        raise RefusedPayload("mostly_unreadable", f"In none of {len(frame)} rows the {name} can be read.")
    return counted.sort(pl.col("count"), name, descending=[True, False])[name][0]


def _rows(frame: pl.DataFrame, symbol: str, spot: float | None) -> pl.DataFrame:
    """Columns of CHAIN_SCHEMA, `traded` and `fault`."""
    right = pl.col("side").replace_strict({"call": "C", "put": "P"}, default=None)
    strike = (pl.col("strike") * 1000 - pl.col("strike_milli")).abs() < 0.5
    agrees = {
        "disagrees:symbol": pl.col("underlying") == symbol,
        "disagrees:right": right == pl.col("right"),
        "disagrees:strike": strike,
        "disagrees:expiration": pl.col("expires") == pl.col("expiration").dt.strftime("%Y-%m-%d"),
        "disagrees:spot": pl.col("spot") == (spot or 0.0),
    }
    faults = [pl.when(~fits.fill_null(False)).then(pl.lit(reason)) for reason, fits in agrees.items()]
    read = frame.with_columns(
        symbol=pl.lit(bare_symbol(symbol)),
        last=pl.when(pl.col("last") != 0).then("last"),
        traded=pl.col("high") > 0,
        fault=pl.coalesce(
            "fault",
            pl.when(pl.col("root").is_null()).then(pl.lit("bad_value:occ_symbol")),
            *faults,
            foreign_root(frame["root"], bare_symbol(symbol)),
        ),
    )
    return read.with_columns(greeks_unless_idle()).drop("occ_symbol", "underlying", "expires", "side", "strike", "spot", "high")
