"""The columns of every answer: type, unit, words, formula, caveat. The only place where a column is explained.

Kinds: `int` (int64), `int?` (Int64, may be NA), `float` (float64, NaN is unknown), `text` (str, NaN is unknown), `date` (a date),
`instant` (aware UTC, NaT is unknown), `flag` (bool), `flag?` (boolean, may be NA), `list` (of str).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.errors import InvalidFrame


@dataclass(frozen=True)
class Column:
    """One column: `title` heads it, `help` explains it."""

    kind: str
    unit: str
    title: str
    meaning: str
    formula: str = ""
    caveat: str = ""

    @property
    def help(self) -> str:
        """Meaning. Unit. Formula. Caveat."""
        return " ".join(f"{part}." for part in (self.meaning, self.unit, self.formula, self.caveat) if part)


NOTE = (
    "A change in open interest shows that contracts were opened or closed. It does not show who bought or who sold. "
    "Not investment advice."
)
EXPORT_LIMIT = 1000  # rows; where a site cuts its downloads
MULTIPLIER = 100  # shares behind a standard contract
FLAGS = {
    "discontinuous": ("Discontinuous", "disagrees with the session before"),
    "outlier": ("Outlier", "left out of rankings"),
    "stale": ("Stale", "repeats the session before"),
    "partial": ("Partial", "a slot or many rows are missing"),
    "cut": ("Cut", f"at the export limit of {EXPORT_LIMIT:,} rows"),
}
"""What can be wrong with a session, worst first: its title, and what it says where no figures are known."""

_NOT_WHO = "Does not show who bought or who sold"
_ON_LIST = "Over the contracts on the list, which is no total"

# fmt: off
COLUMNS: dict[str, Column] = {
    # ------------------------------------------------------------ keys
    "contract_id": Column("int", "Number", "Id", "Our number of the contract", caveat="Not stable between databases"),
    "symbol": Column("text", "Ticker", "Ticker", "What the option is written on"),
    "asset_class": Column("text", "stock or etf", "Market", "Whether the source lists the ticker among stocks or ETFs",
        caveat="Empty where the source does not say"),
    "expiration": Column("date", "Date", "Expiration", "Day on which the contract ends"),
    "right": Column("text", "C or P", "Right", "Call or put"),
    "strike": Column("float", "US dollars", "Strike", "Price at which the contract may be exercised"),
    "deliverable": Column("text", "standard or adjusted", "Deliverable",
        "Whether a split, merger or special dividend changed what one contract delivers",
        caveat="Strikes of adjusted contracts do not compare with the spot price"),
    "dte": Column("int", "Calendar days", "Days", "Days left to expiration", formula="expiration − session of the quotes"),
    "session_date": Column("date", "Session", "OI session", "Session at whose close the open interest was counted"),
    "quote_session": Column("date", "Session", "Quote session", "Session in which volume, quotes, spot and IV were observed"),
    "known_at": Column("instant", "Instant", "Shown at", "When the source had shown the figures",
        caveat="Never the time of our import"),
    "source": Column("text", "Name", "Source", "Where the figures come from"),
    "coverage": Column("text", "full or top_list", "Coverage", "Whether the source shows every contract or only a list",
        caveat="Absent from a list is not zero"),
    "flags": Column("list", "Words", "Flags", "What is wrong with the session: cut, partial, stale, discontinuous, outlier"),
    "listed": Column("flag", "Yes or no", "On list", "Whether the source showed the contract or ticker in that session",
        caveat="Absent is not zero: gaps break the line"),
    # ------------------------------------------------------------ open interest
    "oi_change": Column("int", "Contracts", "OI change",
        "Change in open contracts, counted at the close of the session in the badge", formula="OI − OI before", caveat=_NOT_WHO),
    "open_interest": Column("int", "Contracts", "OI", "Contracts open at the close of the session in the badge",
        caveat="Published the next morning"),
    "oi_before": Column("int", "Contracts", "OI before", "Contracts open at the close of the session before",
        formula="OI − OI change"),
    "share_new": Column("float", "Share", "Share new", "Part of today's open interest added in that session",
        formula="OI change ÷ OI", caveat="Empty when OI fell"),
    "volume": Column("int?", "Contracts", "Volume",
        "Contracts traded in the session of the quotes, one session after the one counted",
        caveat="May not be final; empty where the source does not say it, as a chain seen before the open"),
    "vol_oi": Column("float", "Ratio", "Vol/OI", "Trading compared with the open interest known that morning",
        formula="volume ÷ OI", caveat="Volume may not be final"),
    "premium": Column("float", "US dollars", "Premium", "Value of the change at the middle of the quote",
        formula="|OI change| × mid × multiplier", caveat="Not money that changed hands"),
    "delta_notional": Column("float", "US dollars", "Delta notional", "Value of shares that moves like the change",
        formula="OI change × delta × spot × multiplier", caveat="Signed by the delta; says nothing about who holds which side"),
    "opened_min": Column("int?", "Contracts", "Opened at least",
        "Least number of contracts that must have been opened, from final volume and change", formula="max(0, OI change)",
        caveat="Empty where that session's final volume is not known"),
    "opened_max": Column("int?", "Contracts", "Opened at most", "Greatest number of contracts that can have been opened",
        formula="min(volume, volume + OI change), volume of the session counted",
        caveat="Empty where that session's final volume is not known"),
    "closed_min": Column("int?", "Contracts", "Closed at least", "Least number of contracts that must have been closed",
        formula="max(0, −OI change)", caveat="Empty where that session's final volume is not known"),
    "closed_max": Column("int?", "Contracts", "Closed at most", "Greatest number of contracts that can have been closed",
        formula="min(volume, volume − OI change), volume of the session counted",
        caveat="Empty where that session's final volume is not known"),
    "bounds_reason": Column("text", "Word", "Bounds", "Why there are no opening and closing bounds",
        caveat="Empty where there are"),
    "first_listed": Column("flag?", "Yes or no", "First listed", "First session in which this source's list shows the contract",
        caveat="Not the same as a new contract"),
    # ------------------------------------------------------------ quotes
    "bid": Column("float", "US dollars per share", "Bid", "Best price offered by buyers"),
    "ask": Column("float", "US dollars per share", "Ask", "Best price asked by sellers"),
    "mid": Column("float", "US dollars per share", "Mid", "Middle of the quote", formula="(bid + ask) ÷ 2",
        caveat="Empty where the quote is unusable"),
    "last": Column("float", "US dollars per share", "Last", "Price of the last trade", caveat="May be older than the quote"),
    "spread_pct": Column("float", "Share of mid", "Spread", "Width of the quote", formula="(ask − bid) ÷ mid"),
    "spot": Column("float", "US dollars", "Spot", "Price of the underlying seen with the quotes", caveat="Not the close"),
    "from_spot": Column("float", "Share", "From spot", "Distance of the strike from the spot price", formula="strike ÷ spot − 1",
        caveat="Empty for adjusted contracts"),
    "moneyness_label": Column("text", "ITM, ATM or OTM", "Moneyness",
        "In, at or out of the money; at means within 2 % of the spot price"),
    "iv": Column("float", "Per year", "IV", "Implied volatility as the source shows it",
        caveat="The source's model; 0.24 is 24 %"),
    "delta": Column("float", "1", "Delta", "Change of the option's price for one dollar of the underlying",
        caveat="The source's model; empty where it shows none"),
    "sentiment": Column("int?", "−2 to 2", "Traded", "Where the last trade sat between bid and ask",
        formula="Quote rule, +2 above the ask to −2 below the bid", caveat="Weak outside the quote. Says nothing about opening"),
    "confidence": Column("int?", "1 to 3", "Confidence", "How far the label Traded can be trusted: 1 low, 2 medium, 3 high"),
    "reasons": Column("list", "Words", "Reasons", "Why a figure of the row is empty or weak"),
    "trade_time": Column("instant", "Instant", "Last trade", "Minute of the last trade",
        caveat="Empty where the source shows a date only"),
    # ------------------------------------------------------------ sums on the list
    "call_oi_change": Column("int", "Contracts", "Calls, change", "Sum of the changes of calls", caveat=_ON_LIST),
    "put_oi_change": Column("int", "Contracts", "Puts, change", "Sum of the changes of puts", caveat=_ON_LIST),
    "net_oi_change": Column("int", "Contracts", "Net change", "Changes of calls and puts together", formula="calls + puts",
        caveat=_ON_LIST),
    "call_open_interest": Column("int", "Contracts", "Call OI on list", "Sum of the open interest of calls", caveat=_ON_LIST),
    "put_open_interest": Column("int", "Contracts", "Put OI on list", "Sum of the open interest of puts", caveat=_ON_LIST),
    "contracts": Column("int", "Contracts listed", "Contracts", "Number of option contracts on the list"),
    # ------------------------------------------------------------ totals of chains
    "total_call_open_interest": Column("float", "Contracts", "Call OI", "Open interest of all calls of the chain",
        caveat="Contracts whose open interest the source does not say are in no total"),
    "total_put_open_interest": Column("float", "Contracts", "Put OI", "Open interest of all puts of the chain",
        caveat="Contracts whose open interest the source does not say are in no total"),
    "put_call_open_interest": Column("float", "Ratio", "Put/call OI", "Open puts for each open call", formula="put OI ÷ call OI",
        caveat="Empty without open calls"),
    "chain_volume": Column("float", "Contracts", "Volume", "Contracts of the chain traded in the session of the quotes",
        caveat="May not be final"),
    "chain_contracts": Column("int", "Contracts", "Contracts", "Contracts in the chain, traded or not"),
    "call_expiration": Column("date", "Date", "Largest call expiration",
        "Expiration with the largest change of calls at this strike", caveat="Empty where no call is on the list"),
    "put_expiration": Column("date", "Date", "Largest put expiration",
        "Expiration with the largest change of puts at this strike", caveat="Empty where no put is on the list"),
    "call_share": Column("float", "Share", "Call share", "Part of the ticker's call open interest that sits at this strike",
        formula="call OI ÷ call OI of the ticker", caveat=_ON_LIST),
    "put_share": Column("float", "Share", "Put share", "Part of the ticker's put open interest that sits at this strike",
        formula="put OI ÷ put OI of the ticker", caveat=_ON_LIST),
    "calls": Column("int", "Contracts", "Calls", "Net change of all calls on the list", caveat=_ON_LIST),
    "puts": Column("int", "Contracts", "Puts", "Net change of all puts on the list", caveat=_ON_LIST),
    "volume_final": Column("flag?", "Yes or no", "Volume final", "Whether the volume was read after the close",
        caveat="Otherwise trading went on after it was read"),
}
# fmt: on

CONTRACT: tuple[str, ...] = (
    "contract_id", "symbol", "asset_class", "expiration", "right", "strike", "deliverable", "dte", "oi_change",
    "open_interest", "oi_before", "share_new",
    "volume", "vol_oi", "premium", "delta_notional", "bid", "ask", "mid", "last", "spread_pct", "spot", "from_spot",
    "moneyness_label", "iv", "delta",
    "sentiment", "confidence", "reasons", "opened_min", "opened_max", "closed_min", "closed_max", "bounds_reason",
    "first_listed", "trade_time",
)  # fmt: skip
TICKER: tuple[str, ...] = (
    "symbol", "asset_class", "call_oi_change", "put_oi_change", "net_oi_change", "call_open_interest", "put_open_interest",
    "contracts", "spot",
)  # fmt: skip
STRIKE: tuple[str, ...] = (
    "strike", "call_oi_change", "put_oi_change", "call_open_interest", "put_open_interest", "call_expiration",
    "put_expiration", "call_share", "put_share",
)  # fmt: skip
CHAIN_TOTALS: tuple[str, ...] = (
    "symbol", "spot", "total_call_open_interest", "total_put_open_interest", "put_call_open_interest", "chain_volume",
    "chain_contracts", "known_at",
)  # fmt: skip
BALANCE: tuple[str, ...] = ("session_date", "quote_session", "calls", "puts", "flags")
TREND: tuple[str, ...] = (
    "session_date", "quote_session", "known_at", "source", "open_interest", "oi_change", "volume", "volume_final", "iv",
    "delta", "last", "spot",
    "opened_min", "opened_max", "closed_min", "closed_max", "bounds_reason", "flags", "listed",
)  # fmt: skip
TREND_KINDS = {"open_interest": "float", "oi_change": "float", "volume": "float"}  # a gap has none

SETS: dict[str, tuple[str, ...]] = {
    "Main": ("symbol", "expiration", "strike", "right", "dte", "oi_change", "share_new", "premium", "sentiment"),
    "Size": (
        "symbol",
        "expiration",
        "strike",
        "right",
        "oi_before",
        "open_interest",
        "oi_change",
        "volume",
        "vol_oi",
        "premium",
        "delta_notional",
    ),
    "Quote": ("symbol", "expiration", "strike", "right", "bid", "ask", "mid", "last", "spread_pct", "iv", "delta", "from_spot"),
    "Bounds": (
        "symbol",
        "expiration",
        "strike",
        "right",
        "oi_change",
        "opened_min",
        "opened_max",
        "closed_min",
        "closed_max",
        "bounds_reason",
        "first_listed",
    ),
    "All": CONTRACT,
}

_DTYPES = {
    "int": "int64",
    "int?": "Int64",
    "float": "float64",
    "text": "str",
    "instant": "datetime64[us, UTC]",
    "flag": "bool",
    "flag?": "boolean",
}


def kind(name: str, kinds: dict[str, str] | None = None) -> str:
    """Kind of a column, in a frame that may override it."""
    return (kinds or {}).get(name, COLUMNS[name].kind)


def cast(frame: pd.DataFrame, columns: Iterable[str], kinds: dict[str, str] | None = None) -> pd.DataFrame:
    """The declared columns in order with the declared types; None becomes NaN, NA or NaT. Raises InvalidFrame."""
    names = list(columns)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise InvalidFrame(f"A table lacks these columns: {', '.join(missing)}.")
    typed, faults = {}, []
    for name in names:
        dtype: Any = _DTYPES.get(kind(name, kinds), "object")
        try:
            typed[name] = frame[name].astype(dtype)
        except (TypeError, ValueError) as error:
            faults.append(f"{name} is not {kind(name, kinds)} ({error})")
    if faults:
        raise InvalidFrame("A table has wrong types: " + "; ".join(faults) + ".")
    return pd.DataFrame(typed, index=frame.index)


def empty(columns: Iterable[str], kinds: dict[str, str] | None = None) -> pd.DataFrame:
    """No row, but every declared column with its type."""
    names = list(columns)
    return cast(pd.DataFrame({name: [] for name in names}, columns=names), names, kinds)


def validate(frame: pd.DataFrame, columns: Iterable[str], kinds: dict[str, str] | None = None) -> pd.DataFrame:
    """The frame itself if it has exactly the declared columns and types; otherwise InvalidFrame naming every fault."""
    names = list(columns)
    faults = [f"{name} is missing" for name in names if name not in frame.columns]
    faults += [f"{name} is not declared" for name in frame.columns if name not in names]
    for name in names:
        wanted = _DTYPES.get(kind(name, kinds), "object")
        if name in frame.columns and str(frame[name].dtype) != wanted:
            faults.append(f"{name} is {frame[name].dtype}, not {wanted}")
    if faults:
        raise InvalidFrame("A table does not fit its vocabulary: " + "; ".join(faults) + ".")
    return frame
