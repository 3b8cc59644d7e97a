"""The inbox folder: whoever drops a file there sees it imported, and then under `done/` or `refused/`, there with the reason."""

import os
from contextlib import suppress
from pathlib import Path

import structlog

from core import private
from core.clock import Clock
from db.database import Database
from ingest.importer import ImportReport
from ingest.pipeline import import_bodies, is_unfinished

log = structlog.get_logger()
STILL = 2.0
"""Seconds for which a file has to be unchanged: whoever writes it has finished."""


def take_inbox(db: Database, home: Path, clock: Clock) -> ImportReport | None:
    """Import what lies still in OIFLOW_HOME/inbox, all at once, and move it away. None: nothing to do.

    Killed before the files are moved, the next call finds them again, and their rows are duplicates.
    """
    inbox = home / "inbox"
    private.folder(inbox)
    files = [path for path in sorted(inbox.iterdir()) if _is_still(path, clock)]
    bodies = [(path, body) for path in files if (body := _read(path)) is not None]
    if not bodies:
        return None
    report = import_bodies(db, home, [(path.name, body) for path, body in bodies], clock)
    refused = {refusal["file"]: refusal for refusal in report.refusals}
    for path, _ in bodies:
        refusal = refused.get(path.name)
        moved = _move(path, inbox / ("refused" if refusal else "done"))
        if refusal:
            words = f"{refusal['reason']}\n{refusal['message']}\n"
            moved.with_name(f"{moved.name}.reason.txt").write_text(words, encoding="utf-8")
    return report


def _is_still(path: Path, clock: Clock) -> bool:
    """By the instant of the last change that the file system notes; a copied time of modification does not count."""
    if is_unfinished(path) or not path.is_file():
        return False
    return clock().timestamp() - path.stat().st_ctime >= STILL


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:  # taken away meanwhile, or not ours to read: the others go in
        log.warning("inbox_file_unreadable", file=path.name, error=error.strerror)
        return None


def _move(path: Path, folder: Path) -> Path:
    """Into a folder, beside an older file of the same name."""
    private.folder(folder)
    target, number = folder / path.name, 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    os.replace(path, target)
    with suppress(PermissionError):  # a file that another user put there keeps his mode
        target.chmod(target.stat().st_mode & 0o700)
    return target
