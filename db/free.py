"""What a free visitor may see: written with each flip, read through the login app_free. Same questions as `db/read.py`."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from core.access import FEATURES, Tier
from db import read
from db.database import Transaction
from db.read import Asked, ContractKey, StoredSession


def rebuild_free(work: Transaction, as_of: datetime | None = None) -> None:
    """Bring what free visitors see up to date, in the transaction of the flip. as_of: default is the transaction's now.

    Contracts are written again only where a session shows other loads than before.
    """
    moment = as_of or work.value("moment_of_transaction")
    latest = read.preferred(read.sessions(work, moment))[-(FEATURES["flow_trend"].tiers[Tier.FREE].sessions or 1) :]
    before = {day: tuple(loads) for day, loads in work.rows("free_loads")}
    now = {session.quote_session: session.loads for session in latest}
    gone = [day for day, loads in before.items() if now.get(day) != loads]
    changed = [session for session in latest if before.get(session.quote_session) != session.loads]
    for query in ("free_clear_sessions", "free_clear_tickers", "free_clear_names", "free_clear_strikes", "free_fill_version"):
        work.execute(query)
    work.execute("free_clear_contracts", quote_sessions=gone)
    for session in latest:
        work.execute("free_fill_session", **{name: _plain(value) for name, value in vars(session).items()})
    if changed:
        work.execute("free_fill_contracts", **read.range_of(changed))
    if latest:
        work.execute("free_fill_tickers", quote_session=latest[-1].quote_session, most=FEATURES["changes"].tiers[Tier.FREE].rows)
        work.execute("free_fill_names")
        work.execute("free_fill_strikes", quote_session=latest[-1].quote_session)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def data_version(db: Asked) -> tuple[int, datetime]:
    """As `read.data_version`, of the last flip that touched what free visitors see."""
    row = db.dicts("free_data_version")[0]
    return row["version"], row["changed_at"]


def sessions(db: Asked, as_of: datetime) -> list[StoredSession]:
    """The latest sessions, oldest first. There is one moment of knowledge only: that of the last flip."""
    return [read.stored(row) for row in db.dicts("free_stored_sessions")]


def session_contracts(db: Asked, session: StoredSession) -> pd.DataFrame:
    """Nearest expiration of the largest tickers in the latest session, in no order; no row for another session."""
    return db.frame("free_session_contracts", quote_session=session.quote_session)


def session_volumes(db: Asked, session: StoredSession) -> pd.DataFrame:
    """contract_id, volume and volume_final of one of the latest sessions."""
    return db.frame("free_session_volumes", quote_session=session.quote_session)


def listed_before(db: Asked, contract_ids: Sequence[int], earlier: Sequence[StoredSession]) -> set[int] | None:
    """None: five sessions do not tell what was listed first."""
    return None


def balance(db: Asked, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """quote_session, calls, puts of what is shown of the latest session."""
    return db.frame("free_balance")


def contract_history(db: Asked, key: ContractKey, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """One row for each of the latest sessions that shows the contract."""
    return db.frame("free_contract_history", **vars(key), **_days(chosen))


def ticker_history(db: Asked, symbol: str, chosen: Sequence[StoredSession]) -> pd.DataFrame:
    """Sums of a ticker on the list for each of the latest sessions that shows it, calls and puts apart."""
    return db.frame("free_ticker_history", symbol=symbol, **_days(chosen))


def ticker_contracts(db: Asked, symbol: str, chosen: Sequence[StoredSession]) -> list[ContractKey]:
    """Contracts of a ticker on the list of any of the latest sessions, in no order."""
    found = db.rows("free_ticker_contracts", symbol=symbol, **_days(chosen))
    return [ContractKey(symbol, expiration, right, milli, deliverable) for expiration, right, milli, deliverable in found]


def ticker_names(db: Asked, session: StoredSession) -> dict[str, str | None]:
    """Tickers of a session, in order of the alphabet, each with the name of its company or fund; None where no list names it."""
    return dict(db.rows("free_ticker_names", quote_session=session.quote_session))


def _days(chosen: Sequence[StoredSession]) -> dict[str, object]:
    asked = read.range_of(chosen)
    return {"first": asked["first"], "last": asked["last"]}
