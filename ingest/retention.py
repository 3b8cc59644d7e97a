"""Contracts of scans go after a while; the last look of each session stays, and so do all sums, prices and bytes.

What goes is counted in the log and stands among the collector's runs, as `retention` of the scans' source and session.
"""

from datetime import timedelta
from itertools import zip_longest

import structlog

from core.clock import Clock
from core.sessions import next_session
from core.sources import SCANS
from db import collection, retention
from db.database import Database
from db.retention import Superseded
from ingest.publishing.publish import only_importer

log = structlog.get_logger()


def prune_scans(db: Database, clock: Clock, days: int) -> int:
    """Delete the contracts of scans more than so many days ago, but for the last look of each session; the rows that went.

    days: 0 keeps all. A session is a transaction of its own, so that scans of today wait for one at most.
    """
    if not days:
        return 0
    found = retention.superseded(db, SCANS, clock().date() - timedelta(days=days))
    return sum(_prune(db, clock, scans, _ends_month(scans, then)) for scans, then in zip_longest(found, found[1:]))


def _ends_month(scans: Superseded, then: Superseded | None) -> bool:
    """Whether nothing more of a month will go. then: what goes next."""
    following = then.session if then else next_session(scans.session)
    return following.month != scans.session.month


def _prune(db: Database, clock: Clock, scans: Superseded, ends_month: bool) -> int:
    with only_importer(db):
        run = collection.begin_run(db, "retention", scans.source, scans.session, clock(), clock(), scans.names)
        with db.transaction() as work:
            gone = retention.prune(work, scans, clock())
            if ends_month:
                retention.shrink_month(work, scans.session)
        words = f"{gone:,} contracts of {len(scans.loads):,} scans went; the last look at each name stays"
        collection.end_run(db, run, clock(), "done", words, names=scans.names)
    log.info("scans_pruned", source=scans.source, session=str(scans.session), scans=len(scans.loads), rows=gone)
    return gone
