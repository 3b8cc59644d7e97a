"""What chains are read with: after each session the lists of every source that SOURCES names, and rates.toml when it changes.

It has a lane of its own: a site of reference that is slow holds up no chain.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import RefusedPayload
from db import collection
from db.collection import Standing
from db.database import Database
from ingest import rates_version
from ingest.ready import Providers
from ingest.sources import rates_file
from ingest.timetable import ledger
from ingest.timetable.duties import REFERENCE
from ingest.timetable.ending import ended
from ingest.timetable.lists import Lists
from ingest.timetable.plan import Plan
from ingest.timetable.standing import examine

log = structlog.get_logger()


class Reference:
    """One collector's work on reference. trouble: source -> why it gives nothing, for the pages."""

    def __init__(self, db: Database, home: Path, clock: Clock, plan: Plan, providers: Providers):
        self._db, self._home, self._clock, self._plan, self._providers = db, home, clock, plan, providers
        self._lists = Lists(db, home, clock, providers, partial(examine, db))
        self._rates: bytes | None = None
        self.trouble: dict[str, str] = dict(providers.trouble)

    def tick(self) -> None:
        """Whatever is due now; nothing while this machine's clock is wrong."""
        if self._providers.skew.refusal():
            return
        self._look_at_rates()
        if not self._plan.reference:
            return
        ledger.write_down(self._db, self._plan, self._clock())
        standing = ledger.review(self._db, self._plan, self._clock)
        for each in ledger.to_try((one for one in standing if one.duty == REFERENCE.name), self._clock()):
            if each.source in self._providers.fetchers:
                self._do(each)
        ledger.review(self._db, self._plan, self._clock)

    def close(self) -> None:
        """Give back the connections to providers."""
        self._providers.close()

    def _do(self, standing: Standing) -> None:
        """One try: each list that is still to come."""
        source, before = standing.source, self._providers.asked()
        key = (REFERENCE.name, source, standing.session)
        run = collection.begin_run(self._db, *key, standing.opens_at, self._clock(), len(standing.missing))
        with ended(self._db, self._clock, run):
            brought = self._lists.bring(source, standing.session, standing.missing)
        calls, requests = (after - earlier for after, earlier in zip(self._providers.asked(), before, strict=True))
        asked = {"names": len(brought.came), "calls": calls, "attempts": requests}
        collection.end_run(self._db, run, self._clock(), brought.status, brought.reason, **asked, **brought.report.fates)
        there = replace(standing, slots=(*standing.slots, *brought.came), stored_at=self._clock(), reason=brought.reason)
        collection.settle(self._db, there, ledger.state_of(there, self._clock()), None)

    def _look_at_rates(self) -> None:
        """Store the file of rates when it is new or has changed; one with a fault leaves the one before in force."""
        try:
            now = rates_file.current(self._home)
            if now == self._rates:
                return
            rates_version.keep(self._db, self._home, self._clock, now)
        except RefusedPayload as refused:
            if self.trouble.get("rates_file") != str(refused):
                log.error("rates_refused", reason=str(refused))
            self.trouble["rates_file"] = str(refused)
            return
        self._rates = now
        self.trouble.pop("rates_file", None)
