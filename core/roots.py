"""Option roots of the US market that differ from the rule, and the lots of each market.

The rule: a root is its underlying's ticker, its contracts are American, deliver 100 shares and settle at the close.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Root:
    """One root of index options: cash-settled; `settlement` am on the opening prints, pm at the close."""

    underlying: str
    exercise_style: str
    settlement: str


ROOTS: dict[str, Root] = {
    root: Root(underlying, style, settlement)
    for underlying, style, settlement, roots in (
        ("SPX", "european", "am", ("SPX",)),
        ("SPX", "european", "pm", ("SPXW", "SPXPM")),
        ("XSP", "european", "pm", ("XSP",)),
        ("NANOS", "european", "pm", ("NANOS",)),
        ("NDX", "european", "am", ("NDX",)),
        ("NDX", "european", "pm", ("NDXP",)),
        ("XND", "european", "pm", ("XND",)),
        ("RUT", "european", "am", ("RUT",)),
        ("RUT", "european", "pm", ("RUTW",)),
        ("MRUT", "european", "pm", ("MRUT",)),
        ("VIX", "european", "am", ("VIX", "VIXW")),
        ("DJX", "european", "am", ("DJX",)),
        ("OEX", "american", "pm", ("OEX",)),
        ("XEO", "european", "pm", ("XEO",)),
    )
    for root in roots
}
"""Roots of Cboe's and Nasdaq's index options, from the exchanges' contract specifications."""

INDEXES = frozenset(root.underlying for root in ROOTS.values())
"""Underlyings that are indexes: some sources mark them, `$SPX` or `I:SPX`."""

LOTS = {"US": 1.0, "DERIBIT": 0.1, "OKX": 1.0}
"""Contracts in one unit of a stored count, by market: the smallest part of a contract that trades there."""


def underlying_of(root: str) -> str:
    """What a US root is written on: SPXW on SPX, AAPL1 (adjusted) on AAPL, everything else on itself."""
    if root in ROOTS:
        return ROOTS[root].underlying
    return root[:-1] if is_adjusted(root) else root


def is_adjusted(root: str) -> bool:
    """Whether a root names contracts that a split, merger or special dividend adjusted: it ends with a digit."""
    return len(root) > 1 and root[-1].isdigit()


def may_belong(root: str, symbol: str) -> bool:
    """Whether contracts of a US root can be written on a symbol; those that were adjusted may bear any name."""
    plain = symbol.replace(".", "").replace("/", "")
    return is_adjusted(root) or underlying_of(root) == plain or root.startswith(plain)
