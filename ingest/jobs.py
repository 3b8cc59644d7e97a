"""What the collector does for the web, and what it clears up before; each a function of database, home and clock."""

import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from core.clock import Clock
from core.errors import DatabaseUnavailable, DiskFull, PlatformError, SettingsError
from core.settings import Settings
from db import collection, services
from db.database import Database
from ingest import pipeline
from ingest.publishing import publish
from ingest.timetable.ask import ask

log = structlog.get_logger()


def clear_leftovers(db: Database, home: Path, clock: Clock) -> None:
    """Remove what a crash left staged, and let requests wait again that a dead collector was at."""
    with publish.only_importer(db):
        publish.clean_staged(db, home, clock)
    if lost := collection.lose_runs(db, clock()):
        log.warning("runs_lost", runs=lost)
    if requeued := services.requeue_requests(db):
        log.info("requests_wait_again", requests=requeued)


def take_request(db: Database, home: Path, clock: Clock, demo: bool = False, settings: Settings | None = None) -> bool:
    """Do the oldest thing the web asked for; False where nothing waits.

    demo: `db` is the simulated market's. settings: those under which a source may be fetched.
    """
    request = services.take_request(db)
    if request is None:
        return False
    try:
        state, answer = "done", _answer(db, home, request, clock, demo, settings)
    except (DatabaseUnavailable, DiskFull):
        raise  # it stays `running` and waits again as soon as the database is back, or space
    except PlatformError as error:
        state, answer = "failed", {"code": error.code, "message": str(error)}
    except Exception:  # the page has to learn that its request failed, whatever the reason; the log has the trace
        error_id = uuid.uuid4().hex[:8]
        log.exception("request_failed", request_id=request.request_id, kind=request.kind, error_id=error_id)
        state, answer = "failed", {"code": "error", "message": f"{PlatformError()} Error {error_id}."}
    services.finish_request(db, request.request_id, state, answer, clock())
    log.info("request_finished", request_id=request.request_id, kind=request.kind, state=state)
    return True


def _answer(
    db: Database, home: Path, request: services.Request, clock: Clock, demo: bool, settings: Settings | None
) -> dict[str, Any]:
    if request.kind == "import":
        bodies = [(request.file_name or "upload", request.body or b"")]
        return asdict(pipeline.import_bodies(db, home, bodies, clock, None, demo))
    if request.kind == "collect":
        if settings is None or demo:
            raise SettingsError("The simulated market is made, not collected.")
        return asdict(ask(settings, db, clock, request.source or "", session=request.session))
    assert request.load_id is not None  # noqa: S101 - a CHECK of the table says so
    if request.kind == "withdraw":
        version = publish.withdraw(db, home, request.load_id, request.why or "", clock)
    else:
        version = publish.undo_withdrawal(db, home, request.load_id, clock)
    return {"load_id": request.load_id, "data_version": version}
