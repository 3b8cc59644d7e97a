"""Typed questions about what is stored. First the sessions visible at a moment, then their rows by load.

`db/free.py` answers the same questions from what a free visitor may see; both modules have the same functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from db.database import Database, Transaction

Asked = Database | Transaction
_KINDS = ("changes", "chains")  # of sources whose sessions are read; most pages show reported changes


@dataclass(frozen=True)
class StoredSession:
    """One session of one source as visible at a moment. Counts that were never derived are None."""

    source: str
    source_label: str
    preference: int
    simulated: bool
    quote_session: date
    session_date: date
    known_at: datetime
    coverage: str
    volume_final: bool
    cut: bool
    slots: tuple[str, ...]
    loads: tuple[int, ...]
    contracts: int
    flags: tuple[str, ...]
    slots_expected: tuple[str, ...]
    trailing_median: int | None
    pairs: int | None
    continuous: int | None
    holds: str = "changes"

    @property
    def missing(self) -> tuple[str, ...]:
        """Expected slots that nothing fills."""
        return tuple(slot for slot in self.slots_expected if slot not in self.slots)

    @property
    def slots_wanted(self) -> int:
        """How many slots a whole session has: those that are there, and those expected that are not."""
        return len(self.slots) + len(self.missing)


@dataclass(frozen=True)
class ContractKey:
    """What makes a contract, apart from its root."""

    symbol: str
    expiration: date
    right: str
    strike_milli: int
    deliverable: str = "standard"


def data_version(db: Asked) -> tuple[int, datetime]:
    """Number and moment of the last flip or withdrawal; part of every cache key.

    After a restore numbers are given a second time, moments are not.
    """
    row = db.dicts("data_version")[0]
    return row["version"], row["changed_at"]


def sessions(db: Asked, as_of: datetime) -> list[StoredSession]:
    """Every session visible at `as_of` of the sources of changes and of chains, oldest first."""
    return [stored(row) for row in db.dicts("stored_sessions", as_of=as_of, holds=list(_KINDS))]


def stored(row: dict[str, Any]) -> StoredSession:
    """A session from a row of the database; missing flags are what the loads alone tell."""
    lists = {name: tuple(row[name] or ()) for name in ("slots", "loads", "flags", "slots_expected")}
    if row["flags"] is None and row["cut"]:
        lists["flags"] = ("cut",)
    return StoredSession(**{**row, **lists})


def preferred(sessions: Sequence[StoredSession]) -> list[StoredSession]:
    """One source for each session, the most preferred of those that report changes by contract; oldest first."""
    chosen: dict[date, StoredSession] = {}
    for session in sorted(sessions, key=lambda each: (each.quote_session, each.preference, each.source)):
        if session.holds == "changes":
            chosen.setdefault(session.quote_session, session)
    return list(chosen.values())


def session_contracts(db: Asked, session: StoredSession) -> pd.DataFrame:
    """Rows of one session in no order."""
    return db.frame("session_contracts", quote_session=session.quote_session, loads=list(session.loads))


def session_volumes(db: Asked, session: StoredSession) -> pd.DataFrame:
    """contract_id, volume and volume_final of one session."""
    return db.frame("session_volumes", quote_session=session.quote_session, loads=list(session.loads))


def listed_before(db: Asked, contract_ids: Sequence[int], earlier: Sequence[StoredSession]) -> set[int] | None:
    """Those of the contracts that one of the earlier sessions shows; None where that cannot be known.

    Nearly always the newest stored row answers; contracts whose newest row is not visible are looked up again.
    """
    if not earlier or not contract_ids:
        return set()
    asked = range_of(earlier)
    visible = {load for session in earlier for load in session.loads}
    newest = db.rows("latest_listings", contract_ids=list(contract_ids), last=asked["last"])
    found = {contract for contract, load in newest if load in visible}
    unclear = [contract for contract, load in newest if load not in visible]
    if unclear:
        found |= {row[0] for row in db.rows("contracts_in_loads", contract_ids=unclear, **asked)}
    return found


def balance(db: Asked, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """quote_session, calls, puts: net changes on the list."""
    return db.frame("balance", **range_of(chosen))


def contract_history(db: Asked, key: ContractKey, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """One row for each of the sessions that shows the contract."""
    return db.frame("contract_history", **vars(key), **range_of(chosen))


def ticker_history(db: Asked, symbol: str, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """Sums of a ticker for each of the sessions that shows it, calls and puts apart."""
    return db.frame("ticker_history", symbol=symbol, **range_of(chosen))


def ticker_contracts(db: Asked, symbol: str, chosen: Sequence[StoredSession]) -> list[ContractKey]:
    """Contracts of a ticker on the list of any of the sessions, in no order."""
    found = db.rows("ticker_contracts", symbol=symbol, **range_of(chosen))
    return [ContractKey(symbol, expiration, right, milli, deliverable) for expiration, right, milli, deliverable in found]


def ticker_names(db: Asked, session: StoredSession) -> dict[str, str | None]:
    """Tickers of a session, in order of the alphabet, each with the name of its company or fund; None where no list names it."""
    return dict(db.rows("ticker_names", quote_session=session.quote_session, loads=list(session.loads)))


def range_of(chosen: Sequence[StoredSession]) -> dict[str, object]:
    """First and last session and every load of some sessions, as queries want them."""
    days = [session.quote_session for session in chosen] or [date.min]
    return {"first": min(days), "last": max(days), "loads": [load for session in chosen for load in session.loads]}
