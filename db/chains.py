"""Typed questions about stored chains."""

import pandas as pd

from db.read import Asked, StoredSession


def chain_totals(db: Asked, session: StoredSession) -> pd.DataFrame:
    """Sums over the chain of each ticker of a session, the largest open interest first."""
    return db.frame("chain_totals", quote_session=session.quote_session, loads=list(session.loads))
