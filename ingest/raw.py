"""The raw archive: the bytes of every payload, kept under OIFLOW_HOME/raw, many payloads to a pack file.

A pack is written under a name ending in `.part` and gets its index and its final name just before the flip.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import IO, Any

from core import disk, private
from core.clock import Clock
from core.errors import RawPayloadLost, RefusedPayload
from db.database import Database
from ingest.packs import index, packed, read_as, unpacked
from ingest.sources import Raw
from ingest.sources.reading.near import Identity, identity

_doubted: dict[str, set[str]] = {}  # address of a database -> packs whose import failed after the seal


class Archive:
    """One pack file in the making. Threads may add to it. demo: its payloads are the simulated market's."""

    def __init__(self, home: Path, clock: Clock, demo: bool = False):
        self._home, self._clock, self._demo = home, clock, demo
        self._lock = threading.Lock()
        self._file: Any = None
        self._path: Path | None = None
        self._entries: dict[Identity, dict[str, Any]] = {}
        self.sealed: str | None = None  # the pack, as rows name it

    def add(self, raw: Raw, held: RefusedPayload | None = None) -> dict[str, Any]:
        """Write a payload, once as a scan and once as anything else; its row of `raw_payloads`. DiskFull.

        held: why it is held back, which its bytes alone do not tell.
        """
        whole = packed(raw.body)
        with self._lock, disk.told():
            payload = identity(raw)
            if payload not in self._entries:
                file = self._file or self._open(raw.sha256)
                offset = file.tell()
                _write(file, whole)
                self._entries[payload] = {
                    "payload_sha256": raw.sha256,
                    "file_name": raw.file_name,
                    "folder": raw.folder,
                    "read_as": raw.read_as or raw.source or None,
                    "size_bytes": len(raw.body),
                    "received_at": raw.received_at,
                    "pack_file": str(self._final().relative_to(self._home)),
                    "pack_offset": offset,
                    "pack_length": len(whole),
                    "held": [held.reason, str(held)] if held else None,
                }
            return self._entries[payload]

    def seal(self) -> None:
        """Bring the pack to disk under its final name. An empty one was never made. DiskFull."""
        if self._file is None:
            return
        with disk.told():
            _write(self._file, index(self._entries.values(), self._demo))
            os.fsync(self._file.fileno())
            os.rename(self._path, self._final())  # type: ignore[arg-type]
            self._file.close()
            self._file, self.sealed = None, str(self._final().relative_to(self._home))
            folder = os.open(self._final().parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def drop(self) -> None:
        """Give up an unsealed pack."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)  # type: ignore[union-attr]
            self._file = None

    def _final(self) -> Path:
        return self._path.with_suffix(".pack")  # type: ignore[union-attr]

    def _open(self, first: str) -> Any:
        now = self._clock()
        folder = self._home / "raw" / f"{now:%Y}" / f"{now:%m}"
        private.folder(folder)
        self._path = folder / f"{now:%Y%m%dT%H%M%S}-{first[:12]}-{os.urandom(3).hex()}.part"
        # unbuffered: what is written can be read again before the seal
        self._file = open(self._path, "xb", buffering=0, opener=private.opener)  # noqa: SIM115
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file


def read_raw(db: Database, home: Path, sha256: str) -> Raw:
    """A payload from the archive, checked against its hash."""
    row = db.one("raw_payload", payload_sha256=sha256)
    if row is None:
        raise RawPayloadLost()
    pack_file, offset, length, size, file_name, folder, received_at = row
    try:
        with _open_pack(home / pack_file) as file:
            file.seek(offset)
            whole = file.read(length)
    except OSError as error:
        raise RawPayloadLost(f"The raw archive lacks {pack_file}.") from error
    try:
        raw = Raw("", file_name, unpacked(whole, size), received_at, folder, read_as(home / pack_file, sha256))
    except OSError as error:
        raise RawPayloadLost(f"{pack_file} is damaged: {file_name} cannot be decompressed.") from error
    if raw.sha256 != sha256:
        raise RawPayloadLost(f"{pack_file} is damaged: {file_name} has another hash.")
    return raw


def _write(file: Any, whole: bytes) -> None:
    """All of it: where a disk fills up, a write ends early without a word, and only the next one fails."""
    left = memoryview(whole)
    while left:
        left = left[file.write(left) :]


def _open_pack(path: Path) -> IO[bytes]:
    """A pack, sealed or still in the making: an import reads again what it brought itself."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return path.with_suffix(".part").open("rb")


def sweep(home: Path) -> int:
    """Delete packs that a crash left unsealed: no row names them. The number deleted."""
    swept = 0
    for path in (home / "raw").glob("*/*/*.part"):
        with open(path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:  # its writer lives: another database of the same home
                continue
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def doubt(db: Database, pack: str) -> None:
    """An import failed with its pack sealed: whether the database names it is not known before it answers again."""
    _doubted.setdefault(db.url, set()).add(pack)


def settle(db: Database, home: Path) -> None:
    """Delete doubted packs that the database does not name. Call it as the only importer, without staged loads."""
    if db.url in _doubted:
        named = {row[0] for row in db.rows("pack_files")}
        for pack in _doubted.pop(db.url) - named:
            (home / pack).unlink(missing_ok=True)
