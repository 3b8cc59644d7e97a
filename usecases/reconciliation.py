"""Do sources agree? Open interest of the same contracts in the same session, for every two sources."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

import pandas as pd

from core.clock import Clock
from db.database import Database

COLUMNS = (
    "source",
    "other",
    "session_date",
    "symbol",
    "pairs",
    "equal",
    "open_interest",
    "other_open_interest",
    "largest_difference",
)


@dataclass(frozen=True)
class Agreement:
    """Two sources over all sessions that both show. share: of `pairs` contracts whose open interest is equal, None without pairs.

    worst: session and ticker with the smallest share among those with 30 pairs or more.
    """

    source: str
    other: str
    sessions: int
    symbols: tuple[str, ...]
    pairs: int
    equal: int
    share: float | None
    worst: str | None


@dataclass(frozen=True)
class Reconciliation:
    """Every pair of sources that have open interest in these sessions, and the details by session and ticker."""

    agreements: tuple[Agreement, ...]
    details: pd.DataFrame


def reconcile(
    db: Database, clock: Clock, first: date = date(1990, 1, 1), last: date = date(2100, 1, 1), as_of: datetime | None = None
) -> Reconciliation:
    """Compare what is visible at `as_of`, sessions of open interest from `first` to `last`."""
    when = {"as_of": as_of or clock(), "first": first, "last": last}
    loads = pd.DataFrame(db.dicts("reconcile_loads", **when), columns=["session_date", "quote_session", "source", "load_id"])
    sources = sorted(set(loads["source"]))
    rows = []
    for session, of_session in loads.groupby("session_date"):
        if of_session["source"].nunique() > 1:
            asked = {"days": sorted(set(of_session["quote_session"])), "loads": of_session["load_id"].tolist()}
            rows += [row | {"session_date": session} for row in db.dicts("reconcile_session", **asked)]
    details = pd.DataFrame(rows, columns=list(COLUMNS))
    pairs = [_agreement(source, other, details) for source, other in combinations(sources, 2)]
    return Reconciliation(tuple(pairs), details)


def _agreement(source: str, other: str, details: pd.DataFrame) -> Agreement:
    mine = details[(details["source"] == source) & (details["other"] == other)]
    pairs, equal = int(mine["pairs"].sum()), int(mine["equal"].sum())
    counted = mine[mine["pairs"] >= 30]
    worst = None
    if len(counted):
        ordered = counted.assign(share=counted["equal"] / counted["pairs"]).sort_values(["share", "session_date", "symbol"])
        row = ordered.iloc[0]
        worst = f"{row['session_date']} {row['symbol']}: {row['equal']:,} of {row['pairs']:,}"
    symbols = tuple(sorted(set(mine["symbol"])))
    return Agreement(
        source, other, mine["session_date"].nunique(), symbols, pairs, equal, equal / pairs if pairs else None, worst
    )
