"""What chains are read with: after each session the lists of every source that SOURCES names, and rates.toml when it changes.

It has a lane of its own: a site of reference that is slow holds up no chain.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import PlatformError, RefusedPayload
from db import collection
from db.collection import Standing
from db.database import Database
from ingest.pipeline import import_raws
from ingest.publishing.importer import ImportReport
from ingest.raw import read_raw
from ingest.ready import Providers
from ingest.sources import Raw, rates_file
from ingest.timetable import ledger
from ingest.timetable.duties import REFERENCE
from ingest.timetable.ending import ended
from ingest.timetable.gather import status_of
from ingest.timetable.plan import Plan

log = structlog.get_logger()


@dataclass
class Brought:
    """What asking brought. came: names whose lists are in the store; failed: name -> why not."""

    report: ImportReport
    came: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Of the try."""
        return status_of(self.came, self.failed)

    @property
    def reason(self) -> str | None:
        """Why names failed, each reason once."""
        return "; ".join(sorted(set(self.failed.values()))[:3]) or None


class Reference:
    """One collector's work on reference. trouble: source -> why it gives nothing, for the pages."""

    def __init__(self, db: Database, home: Path, clock: Clock, plan: Plan, providers: Providers):
        self._db, self._home, self._clock, self._plan, self._providers = db, home, clock, plan, providers
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
            brought = bring(self._db, self._home, self._clock, source, standing.missing, self._providers)
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
            raw = rates_file.seen(now, self._clock())
            rates_file.parse(raw)
        except RefusedPayload as refused:
            if self.trouble.get("rates_file") != str(refused):
                log.error("rates_refused", reason=str(refused))
            self.trouble["rates_file"] = str(refused)
            return
        if now != self._rates_in_force():
            import_raws(self._db, self._home, [raw], self._clock, "rates_file")
        self._rates = now
        self.trouble.pop("rates_file", None)

    def _rates_in_force(self) -> bytes | None:
        """The last version in the store."""
        found = self._db.value("latest_payload", source="rates_file")
        return None if found is None else rates_file.written(read_raw(self._db, self._home, found))


def bring(
    db: Database, home: Path, clock: Clock, source: str, names: Sequence[str], providers: Providers,
    progress: Callable[[int, int], None] | None = None,
) -> Brought:  # fmt: skip
    """Fetch lists of a source of reference, one after the other, and publish what came. Never raises for a name."""
    raws: dict[str, Raw] = {}
    failed: dict[str, str] = {}
    for done, name in enumerate(names, start=1):
        try:
            raws[name] = providers.fetchers[source].fetch(name)
        except RefusedPayload as refused:
            failed[name] = f"{refused.reason}: {refused}"
        except PlatformError as error:
            failed[name] = f"{error.code}: {error}"
        except Exception as error:  # a fault of the source's client: the other lists are asked for, and the log tells us
            failed[name] = f"failed: {type(error).__name__}"
            log.exception("fetch_failed", source=source, name=name)
        if progress:
            progress(done, len(names))
    if wrong := providers.skew.refusal():  # the replies have just told that our clock is, and it would date what they brought
        raws, failed = {}, failed | dict.fromkeys(raws, wrong)
    report = import_raws(db, home, list(raws.values()), clock, source) if raws else ImportReport()
    refused_files = {each["file"]: f"{each['reason']}: {each['message']}" for each in report.refusals}
    failed |= {name: refused_files[raw.file_name] for name, raw in raws.items() if raw.file_name in refused_files}
    return Brought(report, [name for name in raws if name not in failed], failed)
