"""Fetching a source because somebody asked for it, outside the timetable."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import SettingsError
from core.names import names as listed
from core.sessions import latest_opened
from core.settings import Settings
from core.sources import REFERENCE, About, lacking, on_request
from db import collection
from db.database import Database
from ingest.pipeline import publish_payloads
from ingest.ready import Providers
from ingest.sources import Payload
from ingest.sources.reading.stamps import live_look
from ingest.timetable import ledger
from ingest.timetable.aside import Aside
from ingest.timetable.ending import ended
from ingest.timetable.gather import Progress, gather
from ingest.timetable.lists import Lists
from ingest.timetable.standing import examine

_PAST = "{source} shows the session {now} now and cannot give {session}; import its files, or choose a source with history."
Weigh = Callable[[Payload], None]
"""Raises RefusedPayload for one that cannot be believed beside what stands."""


@dataclass(frozen=True)
class Asked:
    """What came. rows_in = published + quarantined + duplicates; failed: name -> why it did not come."""

    source: str
    session: date
    names: int
    names_expected: int
    files: int
    refused: int
    rows_in: int
    published: int
    quarantined: int
    duplicates: int
    sessions: int
    calls: int
    attempts: int
    fallback: str | None
    seconds: float
    reason: str | None
    failed: dict[str, str] = field(default_factory=dict)


def ask(
    settings: Settings,
    db: Database,
    clock: Clock,
    source: str,
    symbols: str = "",
    session: date | None = None,
    progress: Progress | None = None,
    believe: bool = False,
) -> Asked:
    """Fetch names of a source, with those that stand in for it, and publish what came. SettingsError where it may not run.

    session: the session whose quotes have to come; a source that shows another one now is not asked. believe: nothing is
    held back because of what stands.
    """
    about = on_request(source)
    if words := lacking(about, settings):
        raise SettingsError(f"{source} may not run yet: {words}.")
    weigh: Weigh = (lambda _payload: None) if believe else partial(examine, db)
    if about.holds in REFERENCE:
        return _reference(settings, db, clock, about, symbols, session, progress, weigh)
    shown = live_look(clock()).quote_session
    if session not in (None, shown):
        raise SettingsError(_PAST.format(source=source, now=shown, session=session))
    providers = Providers(settings, db, clock, [source])
    try:
        names = listed(symbols or settings.symbols)
        return _asked(db, settings.oiflow_home, clock, source, names, shown, providers, progress, weigh)
    finally:
        providers.close()


def _asked(
    db: Database, home: Path, clock: Clock, source: str, names: tuple[str, ...], session: date, providers: Providers,
    progress: Progress | None, weigh: Weigh,
) -> Asked:  # fmt: skip
    started, begun = time.perf_counter(), clock()
    run = collection.begin_run(db, "asked", source, session, begun, begun, len(names))
    with ended(db, clock, run):
        got = gather(names, providers.fetchers, session, None, progress, weigh, providers.skew)
        held = Aside().fresh(got.held, session)
        report = publish_payloads(db, home, list(got.found.values()), clock, held)
    refused = report.refused - len(held) + len(got.failed)
    calls, requests = providers.asked()
    fallback = ", ".join(sorted(got.fallback)) or None
    reason = got.reason or providers.trouble.get(source)
    said: dict[str, Any] = {"calls": calls, "attempts": requests, "fallback": fallback, **report.fates}
    collection.end_run(db, run, clock(), got.status, reason, names=len(got.found), **said)
    return Asked(
        source, session, len(got.found), len(names), report.files, refused, sessions=report.sessions,
        seconds=round(time.perf_counter() - started, 3), reason=reason, failed=got.failed, **said,
    )  # fmt: skip


def _reference(
    settings: Settings, db: Database, clock: Clock, about: About, symbols: str, session: date | None,
    progress: Progress | None, weigh: Weigh,
) -> Asked:  # fmt: skip
    """The same for a source of reference. symbols: its lists, as months of yields; default those of a session."""
    started, begun, source = time.perf_counter(), clock(), about.source
    now = latest_opened(begun)
    if session not in (None, now) and about.holds != "rates":
        raise SettingsError(_PAST.format(source=source, now=now, session=session))
    shown = session or now
    chosen = listed(symbols) if symbols else ledger.reference_names(source, shown, listed(settings.symbols))
    providers = Providers(settings, db, clock, [source])
    try:
        if source in providers.trouble:
            raise SettingsError(providers.trouble[source])
        run = collection.begin_run(db, "asked", source, shown, begun, begun, len(chosen))
        with ended(db, clock, run):
            got = Lists(db, settings.oiflow_home, clock, providers, weigh).bring(source, shown, chosen, progress)
        calls, requests = providers.asked()
    finally:
        providers.close()
    collection.end_run(
        db, run, clock(), got.status, got.reason, names=len(got.came), calls=calls, attempts=requests, **got.report.fates
    )  # fmt: skip
    return Asked(
        source, shown, len(got.came), len(chosen), got.report.files, len(got.failed), sessions=got.report.sessions, calls=calls,
        attempts=requests, fallback=None, seconds=round(time.perf_counter() - started, 3), reason=got.reason, failed=got.failed,
        **got.report.fates,
    )  # fmt: skip
