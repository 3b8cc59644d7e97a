"""Lists of reference: asked for one after the other, held against what stands, and published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import PlatformError, RefusedPayload
from db.database import Database
from ingest.pipeline import parsed, publish_files
from ingest.publishing.importer import ImportReport
from ingest.ready import Providers
from ingest.sources import Payload, Raw
from ingest.sources.mapped import shelf
from ingest.timetable.aside import Aside
from ingest.timetable.gather import Held, Progress, status_of

log = structlog.get_logger()


@dataclass
class Brought:
    """What asking brought. came: names whose lists are in the store; failed: name -> why not; held: what came and is not
    believed."""

    report: ImportReport = field(default_factory=ImportReport)
    came: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Of the try."""
        return status_of(self.came, self.failed)

    @property
    def reason(self) -> str | None:
        """Why names failed, each reason once."""
        return "; ".join(sorted(set(self.failed.values()))[:3]) or None


class Lists:
    """Brings lists of sources of reference. examine: raises RefusedPayload for one that cannot be believed beside what stands."""

    def __init__(self, db: Database, home: Path, clock: Clock, providers: Providers, examine: Callable[[Payload], None]):
        self._db, self._home, self._clock, self._providers, self._examine = db, home, clock, providers, examine
        self._aside = Aside()

    def bring(self, source: str, session: date, names: Sequence[str], progress: Progress | None = None) -> Brought:
        """Fetch lists of a source, and publish what came in one flip. Never raises for a name."""
        brought, found = Brought(), dict[str, tuple[Raw, list[Payload]]]()
        for done, name in enumerate(names, start=1):
            try:
                found[name] = self._one(source, name, brought)
            except RefusedPayload as refused:
                brought.failed[name] = f"{refused.reason}: {refused}"
            except PlatformError as error:
                brought.failed[name] = f"{error.code}: {error}"
            except Exception as error:  # a fault of the source's client: the other lists are asked for, and the log tells us
                brought.failed[name] = f"failed: {type(error).__name__}"
                log.exception("fetch_failed", source=source, name=name)
            if progress:
                progress(done, len(names))
        if wrong := self._providers.skew.refusal():  # the replies have just told that our clock is, which would date the lists
            brought.failed |= dict.fromkeys([*found, *(each.name for each in brought.held)], wrong)
            return brought
        self._publish(brought, found, session)
        return brought

    def _one(self, source: str, name: str, brought: Brought) -> tuple[Raw, list[Payload]]:
        """A list and what it says. RefusedPayload, after it is noted, where that is not believed."""
        raw = replace(self._providers.fetchers[source].fetch(name), read_as=source)
        try:
            said = parsed(raw, shelf(self._home), self._db.demo)
            if isinstance(said, RefusedPayload):
                raise said
            for payload in said:
                self._examine(payload)
        except RefusedPayload as refused:
            brought.held.append(Held(source, name, raw, refused))
            log.warning("payload_held_back", source=source, name=name, reason=refused.reason)
            raise
        return raw, said

    def _publish(self, brought: Brought, found: dict[str, tuple[Raw, list[Payload]]], session: date) -> None:
        held = self._aside.fresh(brought.held, session)
        if found or held:
            brought.report = publish_files(self._db, self._home, found.values(), self._clock, held)
        refused = {each["file"]: f"{each['reason']}: {each['message']}" for each in brought.report.refusals}
        brought.failed |= {name: refused[raw.file_name] for name, (raw, _) in found.items() if raw.file_name in refused}
        brought.came = [name for name in found if name not in brought.failed]
