"""The inbox folder: whoever drops a file there sees it imported, and then under `done/` or `refused/`, there with the reason.

That may be another user than the collector's. So no link is followed, and nothing outside the folder is read or changed.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

import structlog

from core import disk, private
from core.clock import Clock
from db.database import Database
from ingest.pipeline import import_bodies, is_unfinished
from ingest.publishing.importer import ImportReport

log = structlog.get_logger()
STILL = 2.0
"""Seconds for which a file has to be unchanged: whoever writes it has finished."""
TOGETHER = 30.0
"""Seconds for which files that lie still wait for others that do not: what is dropped together shows together."""
_LONGEST = 200
"""Bytes of a name that are kept: a number and the reason's ending stand behind it, and 255 are the most that a disk takes."""
_LINK = "link\nThis is a link, and links are not followed. Put the file itself into the inbox.\n"


def take_inbox(db: Database, home: Path, clock: Clock) -> ImportReport | None:
    """Import what lies still in OIFLOW_HOME/inbox, all at once, and move it away. None: nothing to do.

    Killed before the files are moved, the next call finds them again, and their rows are duplicates. DiskFull: later again.
    """
    with disk.told():
        return _taken(db, home, home / "inbox", clock)


def _taken(db: Database, home: Path, inbox: Path, clock: Clock) -> ImportReport | None:
    private.folder(inbox)
    _put_links_aside(inbox)
    ages = {path: age for path in sorted(inbox.iterdir()) if (age := _age(path, clock)) is not None}
    if any(age < STILL for age in ages.values()) and max(ages.values()) < TOGETHER:
        return None
    files = [path for path, age in ages.items() if age >= STILL]
    bodies = [(path, body) for path in files if (body := _read(path)) is not None]
    if not bodies:
        return None
    report = import_bodies(db, home, [(path.name, body) for path, body in bodies], clock)
    refused = {refusal["file"]: refusal for refusal in report.refusals}
    for path, _ in bodies:
        if refusal := refused.get(path.name):
            _refuse(path, inbox, f"{refusal['reason']}\n{refusal['message']}\n")
        else:
            os.replace(path, _free_name(inbox / "done", path))
    return report


def _put_links_aside(inbox: Path) -> None:
    """Links go to `refused/` as what they are, first of all any that stands where `done` and `refused` belong."""
    if (inbox / "refused").is_symlink():
        os.replace(inbox / "refused", _free_name(inbox, Path("refused.link")))
    for path in sorted(inbox.iterdir()):
        if path.is_symlink() and not is_unfinished(path):
            log.warning("inbox_link_refused", file=path.name)
            _refuse(path, inbox, _LINK)


def _age(path: Path, clock: Clock) -> float | None:
    """Seconds since the last change that the file system notes; a copied time of modification does not count. None: no file."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    return clock().timestamp() - seen.st_ctime if stat.S_ISREG(seen.st_mode) and not is_unfinished(path) else None


def _read(path: Path) -> bytes | None:
    """The bytes of a file, from now on its owner's alone; None where it is no file any more, or not ours to read."""
    try:
        # O_NONBLOCK: a pipe that took the file's place meanwhile is opened without waiting for who writes to it
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            seen = os.fstat(file.fileno())
            if not stat.S_ISREG(seen.st_mode):
                return None
            if seen.st_mode & 0o077 and seen.st_nlink == 1:  # a second name may lie elsewhere: the mode there is not ours
                with suppress(PermissionError):  # a file that another user put there keeps his mode
                    os.fchmod(file.fileno(), seen.st_mode & 0o700)
            return file.read()
    except OSError as error:  # taken away meanwhile, or not ours to read: the others go in
        log.warning("inbox_file_unreadable", file=path.name, error=error.strerror)
        return None


def _refuse(path: Path, inbox: Path, words: str) -> None:
    """Move a file to `refused/`, where its reason lies already: on a full disk it stays where it is, and comes again."""
    target = _free_name(inbox / "refused", path)
    try:
        with open(_reason(target), "x", encoding="utf-8", errors="backslashreplace", opener=private.opener) as file:
            file.write(words)
        os.replace(path, target)
    except OSError:
        _reason(target).unlink(missing_ok=True)
        raise


def _reason(path: Path) -> Path:
    return path.with_name(f"{path.name}.reason.txt")


def _free_name(folder: Path, path: Path) -> Path:
    """A name in a folder for a file and its reason, beside older files of the same name."""
    private.folder(folder)
    path, number = _shortened(path), 1
    target = folder / path.name
    while os.path.lexists(target) or os.path.lexists(_reason(target)):
        number += 1
        target = folder / f"{path.stem}.{number}{path.suffix}"
    return target


def _shortened(path: Path) -> Path:
    """The same path, with less of its stem where the name is too long to get something behind it."""
    suffix = path.suffix if len(os.fsencode(path.suffix)) < _LONGEST // 2 else ""
    stem = path.name.removesuffix(suffix)
    while len(os.fsencode(stem + suffix)) > _LONGEST:
        stem = stem[:-1]
    return path.with_name(stem + suffix)
