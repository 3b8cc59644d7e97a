"""What goes after a while: contracts of scans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.database import Database, Transaction


@dataclass(frozen=True)
class Superseded:
    """Scans of a source in a session that later ones of the same session replaced. names: of how many names."""

    source: str
    session: date
    loads: list[int]
    names: int


def superseded(db: Database, sources: Sequence[str], before: date) -> list[Superseded]:
    """What may go of sessions before a day, oldest first."""
    return [Superseded(*row) for row in db.rows("scans_to_prune", sources=list(sources), before=before)]


def prune(work: Transaction, scans: Superseded, at: datetime) -> int:
    """Delete the contracts of these scans and write it down; how many went."""
    gone = int(work.value("prune_contracts", session=scans.session, load_ids=scans.loads))
    work.execute("mark_pruned", load_ids=scans.loads, at=at)
    return gone


def shrink_month(work: Transaction, session: date) -> None:
    """Give back what went of the month of a session."""
    work.value("shrink_month", parent="chain_snapshots", month=session.replace(day=1))
