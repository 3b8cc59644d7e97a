"""All regular lines of a Barchart file at once. It takes only rows of which `rows` would say the same."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.sessions import EASTERN
from ingest import columns as fast
from ingest.sources.barchart.rows import MID_SHARE, MID_TOLERANCE, MOST, MOST_CONTRACTS, MOST_DAYS, SYMBOL, Moment
from ingest.sources.frames import ROW_SCHEMA

_PRICE = r"(?:[0-9]{1,7}(?:\.[0-9]{1,8})?)?"
_ANY = r'[^",\r]{0,64}'
_COUNT = r"[0-9]{1,9}"
_CELLS = {
    "contract_code": SYMBOL + r"\|[0-9]{8}\|[0-9]{1,7}\.[0-9]{2,3}[CP]",
    "symbol": SYMBOL,
    "right": "(?:Call|Put)",
    "strike": r"[0-9]{1,7}(?:\.[0-9]{1,3}0{0,3})?",
    "expiration": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "dte": r"-?[0-9]{1,5}",
    "volume": _COUNT,
    "open_interest": _COUNT,
    "oi_change": r'(?:[+-]?[0-9]{1,9}|"[+-][1-9][0-9]{0,2}(?:,[0-9]{3}){1,2}"|unch)',
    "delta": r"-?[0-9](?:\.[0-9]{1,10})?",
    "iv": r"[0-9]{1,6}(?:\.[0-9]{1,6})?%",
    "trade_time": '(?:"[0-9]{2}:[0-9]{2} ET"|[0-9]{2}:[0-9]{2} ET|[0-9]{4}-[0-9]{2}-[0-9]{2})',
}
_PRICES = ("spot", "bid", "ask", "mid", "last")
_CHECKED = (*_PRICES, "iv", "delta", "strike_milli", "volume", "open_interest", "oi_change")


@lru_cache(maxsize=64)
def pattern(columns: tuple[str, ...]) -> str:
    """What a regular line of this layout looks like."""
    return "^" + ",".join(_CELLS.get(column, _PRICE if column in _PRICES else _ANY) for column in columns) + "$"


@lru_cache(maxsize=64)
def _conversions(columns: tuple[str, ...]) -> list[pl.Expr]:
    """Every conversion of a layout's cells, for one query: the columns of `Payload.rows`, then what only checks need."""
    none = pl.lit(None, pl.Float64)
    return [
        pl.col("symbol"),
        pl.col("symbol").alias("root"),
        fast.day("expiration"),
        pl.col("right").str.head(1),
        fast.milli("strike").alias("strike_milli"),
        pl.lit("standard").alias("deliverable"),
        fast.nonzero("spot"),
        fast.number("bid"),
        fast.number("ask"),
        fast.number("mid") if "mid" in columns else none.alias("mid"),
        fast.nonzero("last"),
        fast.count("volume"),
        fast.count("open_interest"),
        fast.signed_count("oi_change"),
        fast.percent("iv"),
        fast.nonzero("delta") if "delta" in columns else none.alias("delta"),
        fast.eight_bytes("trade_time"),
        fast.count("dte"),
    ]


def read_regular(block: bytes, columns: tuple[str, ...], moment: Moment) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Rows of lines that all match `pattern`, and which of them may be taken; the others are for `read_row`.

    The frame has the columns of `Payload.rows` but the line number, and a row for every line.
    """
    cells = fast.split(block, columns)
    rows = cells.select_seq(_conversions(columns))
    at, good = _trade_times(rows["trade_time"], cells["trade_time"], moment)
    good &= _sound_contract(rows["expiration"].cast(pl.Int32).to_numpy(), rows.drop_in_place("dte").to_numpy(), moment)
    iv = rows["iv"].to_numpy() / 100.0
    rows.replace_column(rows.columns.index("iv"), pl.Series("iv", np.where(iv == 0, np.nan, iv), nan_to_null=True))
    rows.replace_column(rows.columns.index("trade_time"), pl.Series("trade_time", at).cast(ROW_SCHEMA["trade_time"]))
    told = {name: rows[name].to_numpy() for name in _CHECKED}
    good &= _sound_counts(told) & _sound_prices(told, (rows["right"] == "C").to_numpy())
    if "contract_code" in columns:
        good &= _same_contract(cells["contract_code"], rows)
    return rows, good


def _sound_contract(days: NDArray[Any], dte: NDArray[np.int64], moment: Moment) -> NDArray[np.bool_]:
    """Expirations from the session on, and the days left as the vendor counts them.

    days: since 1970, NaN where there is no such day.
    """
    left = days - _day_number(moment.quote_session)
    least = days - (_day_number(moment.download_day) + 1)
    return (left >= 0) & (left <= MOST_DAYS) & (dte >= least) & (dte <= left)


def _sound_counts(told: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Strikes and contracts within their bounds, the change no more than what is open."""
    strike, volume, open_interest, change = (told[name] for name in ("strike_milli", "volume", "open_interest", "oi_change"))
    return (
        (strike > 0)
        & (strike <= MOST["strike"] * 1000)
        & (volume > 0)
        & (volume <= MOST_CONTRACTS)
        & (open_interest <= MOST_CONTRACTS)
        & (change <= open_interest)
        & (change >= -MOST_CONTRACTS)
    )


def _sound_prices(told: dict[str, NDArray[Any]], is_call: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Prices, IV and delta within their bounds (NaN passes), the midpoint in the middle of the quote."""
    bad = np.zeros(len(is_call), bool)
    for name in (*_PRICES, "iv"):
        bad |= told[name] > MOST[name]
    middle = (told["bid"] + told["ask"]) / 2
    bad |= np.abs(told["mid"] - middle) > np.maximum(MID_TOLERANCE, MID_SHARE * middle)
    delta = told["delta"]
    bad |= (np.abs(delta) > 1) | (np.where(is_call, delta, -delta) < 0)
    return ~bad


def _same_contract(codes: pl.Series, rows: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether the contract's code names the same contract, with the symbol as its root."""
    root, day, rest = codes.str.split_exact("|", 2).struct.unnest().get_columns()
    coded = np.rint(rest.str.head(-1).cast(pl.Float64).to_numpy() * 1000)
    same = (root == rows["symbol"]) & (day == rows["expiration"].dt.strftime("%Y%m%d")) & (rest.str.tail(1) == rows["right"])
    return same.fill_null(False).to_numpy() & (coded == rows["strike_milli"].to_numpy())


def _trade_times(words: pl.Series, cells: pl.Series, moment: Moment) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Minutes of the last trades (UTC, NaT where only a date is shown), and which cells are sound.

    The clocks of New York change before 03:00: from then on, noon tells the whole day's distance to UTC.
    """
    noon = datetime.combine(moment.quote_session, time(12), EASTERN).astimezone(UTC).replace(tzinfo=None)
    minute = fast.minutes(words)
    at = np.datetime64(noon, "us") + (minute - 720) * np.timedelta64(60_000_000, "us")
    timed = (minute >= 180) & (at <= np.datetime64(moment.known_at.replace(tzinfo=None), "us"))
    if timed.all():
        return at, timed
    dated = (minute < 0) & (cells == moment.quote_session.isoformat()).to_numpy()
    at[dated] = np.datetime64("NaT")
    return at, timed | dated


def _day_number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
