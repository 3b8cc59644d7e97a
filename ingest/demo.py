"""The simulated market in its own database: made at the first start, made anew when it has grown old."""

from collections.abc import Iterator
from pathlib import Path

import structlog

from core import sessions
from core.clock import Clock
from db.database import Database
from ingest import pipeline, rates_version
from ingest.publishing import publish
from ingest.sources import Payload, Raw, rates_file, simulated

SEED = 11
MOST_BEHIND = 5
"""Sessions that may pass before the market is made anew."""
_CLEARED = ("flow", "daily", "expirations", "prices", "states", "quarantine", "requests", "loads")
log = structlog.get_logger()


def refresh_demo(db: Database, home: Path, clock: Clock) -> pipeline.ImportReport | None:
    """Fill the demo database, or rebuild it where its last session is more than five sessions old; None where it is fresh.

    Everything shows in one flip, so a rebuild that is cut off leaves an empty market, which the next call fills. The rates that
    ship are there too, as in a real market of which no curve was observed.
    """
    rates_version.keep(db, home, clock, rates_file.SHIPPED.read_bytes())
    latest, stored = simulated.last_session(clock()), db.value("simulated_last_session")
    if stored is not None and len(sessions.sessions_between(stored, latest)) <= MOST_BEHIND + 1:
        return None
    if stored is not None:
        clear(db, home)
    raws = simulated.make_market(SEED, latest)
    report = pipeline.publish_payloads(db, home, _parsed(raws), clock)
    log.info("simulated_market_made", last_session=str(latest), rows=report.published, seconds=report.seconds)
    return report


def clear(db: Database, home: Path) -> None:
    """Remove the simulated market with its archived payloads. What was imported from real files stays."""
    with publish.only_importer(db):
        with db.transaction() as work:
            for what in _CLEARED:
                work.execute(f"clear_simulated_{what}")
            packs = {row[0] for row in work.rows("clear_unused_payloads")}
        for pack in packs - {row[0] for row in db.rows("pack_files")}:
            (home / pack).unlink(missing_ok=True)


def _parsed(raws: Iterator[Raw]) -> Iterator[tuple[Raw, Payload]]:
    return ((raw, simulated.parse(raw)) for raw in raws)
