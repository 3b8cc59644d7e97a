"""Contracts of a chain, checked: what is believed becomes a row, all else is kept aside with its reason. For every source."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from core import sessions
from core.errors import RefusedPayload
from core.roots import LOTS, ROOTS, may_belong
from ingest.sources.frames import CHAIN_SCHEMA, QUARANTINE_SCHEMA
from ingest.sources.reading.sanity import examine
from ingest.sources.reading.twins import Aside, keep_one

_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,9}(?:[._/-][A-Z0-9]{1,5}){0,2}")
SYMBOL = r"^\^?[A-Z][A-Z0-9]{0,9}(?:[._/-][A-Z0-9]{1,5}){0,2}$"
MOST_PRICE, MOST_STRIKE_MILLI, MOST_IV, MOST_COUNT, MOST_DAYS, MOST_GREEK = 1e7, 2_000_000_000, 100.0, 1e8, 4000, 1e7
MOST_MULTIPLIER = 1_000_000.0
"""Shares or coins. What stands with a contract is never changed, so a higher one would do harm in every later session."""
MOST_ASIDE = 0.5
"""A payload of which a larger share cannot be read has changed its format."""
_PRICES, _COUNTS, _GREEKS = ("bid", "ask", "last", "mark"), ("open_interest", "volume"), ("gamma", "theta", "vega", "rho")
_MODEL = ("delta", *_GREEKS)
_EVENING = timedelta(hours=2)
"""Index options trade again from 20:15 of New York, for the next session."""
_CLOCKS_APART = timedelta(hours=1)
_MONTH, _DEEP = timedelta(days=30), 0.1
Texts = Callable[[Sequence[int]], list[str]]


@dataclass(frozen=True)
class Checked:
    """rows: columns of CHAIN_SCHEMA, one a contract. quarantined: columns of QUARANTINE_SCHEMA. Together with the
    duplicates they are all that went in; `rows_in` counts them."""

    rows: pl.DataFrame
    quarantined: pl.DataFrame
    duplicates: int

    @property
    def rows_in(self) -> int:
        """Every row of the payload."""
        return len(self.rows) + len(self.quarantined) + self.duplicates


def with_occ_symbol(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with root, expiration, right, strike_milli and deliverable from a column of OCC symbols; null where malformed.

    deliverable: 'adjusted' where the root ends with a digit, as after a split, merger or special dividend.
    """
    parts = pl.col(column).str.extract_groups(r"^(?<root>[A-Z][A-Z0-9]{0,5}) *(?<day>[0-9]{6})(?<right>[CP])(?<milli>[0-9]{8})$")
    read = frame.with_columns(occ=parts)
    root = pl.col("occ").struct.field("root")
    return read.with_columns(
        root=root,
        expiration=pl.col("occ").struct.field("day").str.to_date("%y%m%d", strict=False),
        right=pl.col("occ").struct.field("right"),
        strike_milli=pl.col("occ").struct.field("milli").cast(pl.Int64, strict=False),
        deliverable=pl.when(root.str.contains(r"\d$") & ~root.is_in(list(ROOTS)))
        .then(pl.lit("adjusted"))
        .otherwise(pl.lit("standard")),
    ).drop("occ")


def bare_symbol(said: str) -> str:
    """The underlying without the marks by which some sources tell indexes: ^SPX and _SPX are SPX. Refused: `bad_symbol`."""
    symbol = said.lstrip("^_")
    if not _TICKER.fullmatch(symbol):
        raise RefusedPayload(
            "bad_symbol", f"This is no name of an underlying: {said[:40].encode('ascii', 'backslashreplace').decode()}."
        )
    return symbol


def foreign_root(roots: pl.Series, symbol: str) -> pl.Expr:
    """`disagrees:root` for contracts that cannot be written on this underlying. roots: those of the frame."""
    strangers = [root for root in roots.drop_nulls().unique() if not may_belong(root, symbol)]
    return _when(pl.col("root").is_in(strangers), "disagrees:root")


def greeks_unless_idle() -> list[pl.Expr]:
    """Greeks that are all 0 beside a volatility of 0 are a source's word for unknown."""
    idle = pl.all_horizontal(pl.col(name).fill_null(0) == 0 for name in ("iv", *_MODEL))
    return [pl.when(~idle).then(name).alias(name) for name in _MODEL]


def dead_contracts(spot: float | None, known_at: datetime) -> pl.Expr:
    """`below_intrinsic` for what is offered at less than half of what it would pay at once, and has not traded for a month:
    contracts from before a split that a source still lists, with quotes of that time."""
    if spot is None:
        return pl.lit(None, pl.String)
    strike = pl.col("strike_milli") / 1000
    pays = pl.when(pl.col("right") == "C").then(spot - strike).otherwise(strike - spot)
    silent = pl.col("trade_time") < known_at - _MONTH
    return _when((pays > _DEEP * spot) & (pl.col("ask") > 0) & (pl.col("ask") < pays / 2) & silent, "below_intrinsic")


def traded_in(session: date) -> pl.Expr:
    """Whether a contract traded in a session, by its last trade; null where that may belong to the next one's evening."""
    opened, over = sessions.opens(session), sessions.closes(sessions.previous_session(session)) + _EVENING
    at = pl.col("trade_time")
    return pl.when(at >= opened).then(pl.lit(True)).when(at < over).then(pl.lit(False))


def check(
    frame: pl.DataFrame,
    quote_session: date,
    texts: Texts,
    market: str = "US",
    spot: float | None = None,
    known_at: datetime | None = None,
) -> Checked:
    """Sort a payload's rows. Refused: `no_rows`, `mostly_unreadable`, and what `sanity.examine` finds in US chains.

    frame: columns of CHAIN_SCHEMA (those that lack are unknown) and `fault`, the reason of a row that its source could not
    read; perhaps `traded`, whether the source shows a trade of the contract in the session. texts: line numbers -> what stood
    there. spot: price of the underlying; known_at: trades cannot be later. Zero volatility means that it is unknown.
    """
    if frame.is_empty():
        raise RefusedPayload("no_rows", "There is no contract in it.")
    missing = [pl.lit(None, kind).alias(name) for name, kind in CHAIN_SCHEMA.items() if name not in frame.columns]
    full = frame.with_columns(*missing).with_columns(deliverable=pl.col("deliverable").fill_null("standard"))
    marked = full.with_columns(reason=pl.coalesce("fault", *_reasons(quote_session, LOTS[market], known_at)))
    sound = marked.filter(pl.col("reason").is_null()).with_columns(iv=_unless_zero("iv"))
    rows, twins, duplicates = keep_one(sound.select(list(CHAIN_SCHEMA)))
    aside = _aside(marked, twins)
    _refuse_unreadable(aside, len(frame))
    if rows.is_empty():
        raise RefusedPayload("no_rows", "Every contract in it is over or kept aside.")
    if market == "US":
        examine(sound, quote_session, spot)
    lines = aside["line_number"].to_list()
    quarantined = aside.with_columns(raw_text=pl.Series(texts(lines) if lines else [], dtype=pl.String))
    return Checked(rows.cast(CHAIN_SCHEMA), quarantined.select(list(QUARANTINE_SCHEMA)), duplicates)  # type: ignore[arg-type]


def _reasons(quote_session: date, lot: float, known_at: datetime | None) -> list[pl.Expr]:
    """What keeps a row aside, the first that holds."""
    days = (pl.col("expiration") - pl.lit(quote_session)).dt.total_days()
    found = [
        _when(~pl.col("symbol").fill_null("").str.contains(SYMBOL), "bad_symbol"),
        _when(~pl.col("root").fill_null("").str.contains(SYMBOL), "bad_root"),
        _when(pl.col("expiration").is_null(), "bad_expiration"),
        _when(days < 0, "expired"),
        _when(days > MOST_DAYS, "out_of_range:expiration"),
        _when(~pl.col("right").fill_null("").is_in(["C", "P"]), "bad_right"),
        _when(pl.col("strike_milli").is_null() | (pl.col("strike_milli") <= 0), "bad_strike"),
        _when(pl.col("strike_milli") > MOST_STRIKE_MILLI, "out_of_range:strike"),
        _when(~pl.col("multiplier").is_between(0, MOST_MULTIPLIER, closed="right"), "out_of_range:multiplier"),
    ]
    for name in _COUNTS:
        lots = pl.col(name) / lot
        found += _bounded(name, MOST_COUNT)
        found.append(_when((lots - lots.round()).abs() > 1e-6, f"not_whole:{name}"))
    for name in _PRICES:
        found += _bounded(name, MOST_PRICE)
    found += _bounded("iv", MOST_IV)
    side = pl.when(pl.col("right") == "C").then(1.0).otherwise(-1.0)
    found.append(
        _when(~pl.col("delta").is_finite() | (pl.col("delta").abs() > 1) | (pl.col("delta") * side < 0), "out_of_range:delta")
    )
    if known_at is not None:
        found.append(_when(pl.col("trade_time") > known_at + _CLOCKS_APART, "trade_after_stamp"))
    return found + [
        _when(~pl.col(name).is_finite() | (pl.col(name).abs() > MOST_GREEK), f"out_of_range:{name}") for name in _GREEKS
    ]


def _bounded(name: str, most: float) -> list[pl.Expr]:
    value = pl.col(name)
    return [
        _when(~value.is_finite(), f"bad_number:{name}"),
        _when(value < 0, f"negative:{name}"),
        _when(value > most, f"out_of_range:{name}"),
    ]


def _when(fault: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(fault).then(pl.lit(reason))


def _unless_zero(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != 0).then(pl.col(name)).alias(name)


def _aside(marked: pl.DataFrame, twins: list[Aside]) -> pl.DataFrame:
    """Number and reason of each row that is kept aside, in the payload's order."""
    bad = marked.filter(pl.col("reason").is_not_null()).select("line_number", "reason")
    return pl.concat([bad, pl.DataFrame(twins, schema=bad.schema, orient="row")]).sort("line_number")


def _refuse_unreadable(aside: pl.DataFrame, rows_in: int) -> None:
    """Refuse a payload of which most rows cannot be read; contracts that are over are no fault of the format."""
    counts = Counter(reason for reason in aside["reason"] if reason not in ("expired", "flexible_series"))
    if sum(counts.values()) > MOST_ASIDE * rows_in:
        reason, count = counts.most_common(1)[0]
        raise RefusedPayload("mostly_unreadable", f"{len(aside)} of {rows_in} rows cannot be read; {count} are {reason}.")
