"""Every word and every column, explained once: what the glossary page lists and what `?` beside a figure says."""

from dataclasses import dataclass

from analytics import flow, quality
from core.vocabulary import COLUMNS
from usecases.home import MEDIAN_SESSIONS


@dataclass(frozen=True)
class Entry:
    """One word. name: stable, for links; unit, formula and caveat may be empty."""

    name: str
    term: str
    group: str
    meaning: str
    unit: str = ""
    formula: str = ""
    caveat: str = ""


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


_WORDS = (
    Entry("session", "Session", "Time", "A trading day of the exchange", unit="Date", caveat="Holidays and weekends have none"),
    Entry("as_of", "As of", "Time", "The moment of knowledge that you ask for; what came later is left out", unit="Instant",
        caveat="Default is now"),
    Entry("on_list", "On list", "Sources", "Summed over the contracts that the source shows",
        caveat="Absent is not zero, so this is no total"),
    Entry("top_list", "Top list", "Sources", "A source that shows only contracts above a threshold of volume and open interest",
        caveat="A contract that leaves the list did not close"),
    Entry("slot", "Slot", "Sources", "The part of a session that one file fills: stocks or ETFs, increases or decreases"),
    Entry("load", "Load", "Sources", "The rows of one file for one slot and one session",
        caveat="A correction is a new load; the old one stays readable"),
    Entry("quarantine", "Quarantine", "Sources", "Rows kept aside with their text and a reason"),
    Entry("withdrawn", "Withdrawn", "Sources", "A load taken out of view from a moment on",
        caveat="Earlier moments still show it"),
    Entry("late", "Late", "Flags", "Newer open interest was expected at 07:00 ET and has not come"),
    Entry("partial", "Partial", "Flags",
        f"A slot is missing, or fewer than {_percent(quality.PARTIAL_SHARE)} of the usual number of contracts came"),
    Entry("cut", "Cut", "Flags", "The file has exactly as many rows as the site exports at most",
        caveat="Smaller changes may be missing"),
    Entry("stale", "Stale", "Flags",
        f"Open interest of {_percent(quality.STALE_SHARE)} of the common contracts repeats the session before while changes are "
        "reported"),
    Entry("discontinuous", "Discontinuous", "Flags",
        f"More than {_percent(1 - quality.CONTINUOUS_SHARE)} of contracts disagree with the session before",
        formula="OI ≠ OI of the session before + OI change"),
    Entry("outlier", "Outlier", "Flags",
        f"More than {_percent(quality.OUTLIER_SHARE)} of contracts are over {quality.OUTLIER_TIMES} times their highest of the "
        f"trailing {quality.TRAILING_SESSIONS} sessions"),
    Entry("flagged", "Flagged sessions", "Flags",
        "Stale, discontinuous and outlier sessions are marked and left out of rankings over sessions unless asked for"),
    Entry("above_ask", "▲▲ Above ask", "Traded", "The last trade was above the ask (Aggressive Buyer)", formula="last > ask",
        caveat="Trades outside the quote are often misread"),
    Entry("ask_side", "▲ Ask side", "Traded", "The last trade was nearer the ask (Buyer)", formula="mid < last ≤ ask",
        caveat="Says nothing about opening"),
    Entry("at_mid", "• At mid", "Traded", "The last trade was in the middle of the quote (Neutral)", formula="last = mid"),
    Entry("bid_side", "▼ Bid side", "Traded", "The last trade was nearer the bid (Seller)", formula="bid ≤ last < mid",
        caveat="Says nothing about opening"),
    Entry("below_bid", "▼▼ Below bid", "Traded", "The last trade was below the bid (Aggressive Seller)", formula="last < bid",
        caveat="Trades outside the quote are often misread"),
    Entry("not_known", "– Not known", "Traded", "No trade price or no usable quote", caveat="Nothing is invented"),
    Entry("new_position", "New position", "Open interest",
        "A contract whose open interest was mostly added in the session counted last", formula="OI change ÷ OI ≥ the threshold",
        caveat="At contract level: calls and puts are never mixed"),
    Entry("opening_bounds", "Opening bounds", "Open interest",
        "How many contracts must and can have been opened, proved from change and final volume", unit="Contracts",
        formula="max(0, change) to min(volume, volume + change)",
        caveat="Empty where the change exceeds the volume or the volume was not final"),
    Entry("put_call", "Put/call of change", "Open interest", "Net change of puts over net change of calls", unit="Ratio",
        formula="puts ÷ calls", caveat="Empty when calls fell"),
    Entry("median20", f"Median of {MEDIAN_SESSIONS} sessions", "Open interest",
        f"The same ratio in the middle of the {MEDIAN_SESSIONS} sessions before that have no flag", unit="Ratio"),
)  # fmt: skip
REASONS = {
    "no_trade_price": "The source shows no trade price",
    "no_quote": "Bid or ask is missing",
    "crossed": "The bid is above the ask",
    "no_ask": "The ask is zero",
    "locked": "Bid and ask are equal",
    "zero_bid": "The bid is zero",
    "outside_quote": "The trade lies outside the quote: often misread by the quote rule",
    "wide": "The spread is more than half of the mid",
    "no_trade_time": "The source shows no time of the last trade",
    "stale_trade": f"The last trade is more than {flow.STALE_MINUTES} minutes older than the quote",
    "no_iv": "The source shows no implied volatility",
    "no_delta": "The source shows no delta",
    "no_spot": "The source shows no price of the underlying",
    "no_prior_oi": "Open interest known that morning is zero",
    "oi_fell": "Open interest fell or stood still: no share of it is new",
    "unknown_open_interest": "The source does not say the open interest",
    "unknown_volume": "The source does not say the volume",
    "volume_not_final": "The volume of the session of the change was read before its close",
    "no_volume": "The list of the session of the change does not show the contract",
    "change_exceeds_volume": "The change is larger than the volume: exercise, an adjustment or a fault of the source",
    "contracts_only": "Bounds of contracts do not add up to bounds of a ticker",
}
"""Why a figure is empty or weak, by code: those of `reasons` and of `bounds_reason`."""

_GROUPS = {
    "Contract": (
        "symbol",
        "asset_class",
        "expiration",
        "right",
        "strike",
        "deliverable",
        "dte",
        "contract_id",
        "moneyness_label",
        "from_spot",
        "spot",
    ),
    "Time": ("session_date", "quote_session", "known_at", "trade_time"),
    "Sources": ("source", "coverage", "flags", "listed", "first_listed"),
    "Quote": ("bid", "ask", "mid", "last", "spread_pct", "iv", "delta"),
    "Traded": ("sentiment", "confidence", "reasons"),
}
GROUPS = ("Open interest", "Contract", "Quote", "Traded", "Time", "Sources", "Flags", "Reasons")


def entries() -> tuple[Entry, ...]:
    """Every column of every table and every other word, by group and then as written."""
    group_of = {name: group for group, names in _GROUPS.items() for name in names}
    columns = tuple(
        Entry(name, column.title, group_of.get(name, "Open interest"), column.meaning, column.unit, column.formula, column.caveat)
        for name, column in COLUMNS.items()
    )
    reasons = tuple(Entry(code, code.replace("_", " ").capitalize(), "Reasons", words) for code, words in REASONS.items())
    return tuple(sorted((*columns, *_WORDS, *reasons), key=lambda entry: GROUPS.index(entry.group)))
