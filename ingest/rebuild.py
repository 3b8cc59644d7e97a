"""An empty database filled from an archive folder alone, import by import, in the order in which the payloads came.

Names, folders and instants of receipt stand in the packs, so what was fetched live is known at the same instant as before. What
people decided is not in an archive: withdrawals, and payloads taken after one; nor are figures of futures, whose answers are not
kept. A backup of the database has both.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.clock import Clock
from core.errors import MissingFile, NotEmpty
from core.sources import VENUES
from db.database import Database
from ingest.packs import Pack, read_packs
from ingest.pipeline import import_stream
from ingest.publishing.counts import Counts

_OF_VENUES, _OF_THE_OTHER = "answers of venues of futures", "payloads of the other market"
Progress = Callable[[int, int], None]


@dataclass
class Rebuilt(Counts):
    """What a folder gave. left: payloads that belong elsewhere, and which."""

    packs: int = 0
    left: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def rebuild(db: Database, home: Path, folder: Path, clock: Clock, progress: Progress | None = None) -> Rebuilt:
    """Bring in what the packs below a folder hold of this database's market. NotEmpty where it holds loads already.

    MissingFile where there is no pack, RawPayloadLost for a pack that is damaged: nothing is brought then.
    """
    if db.value("has_loads"):
        raise NotEmpty()
    if folder.resolve().is_relative_to((home / "raw").resolve()):
        raise MissingFile(f"{folder} is this home's own archive, which would be stored twice: move it elsewhere first.")
    packs = read_packs(folder)
    if not packs:
        raise MissingFile(f"There is no pack in {folder}: name the folder `raw` of a home, or a copy of it.")
    started, found, left = time.perf_counter(), Rebuilt(), Counter[str]()
    for done, pack in enumerate(packs, start=1):
        if pack.demo == db.demo:
            _add(found, left, pack, db, home, clock)
        else:
            left[_OF_THE_OTHER] += len(pack.entries)
        if progress:
            progress(done, len(packs))
    found.left, found.seconds = dict(left), round(time.perf_counter() - started, 3)
    return found


def _add(found: Rebuilt, left: Counter[str], pack: Pack, db: Database, home: Path, clock: Clock) -> None:
    """One pack is what one import brought."""
    count = sum(entry["read_as"] not in VENUES for entry in pack.entries)
    left[_OF_VENUES] += len(pack.entries) - count
    if left[_OF_VENUES] == 0:
        del left[_OF_VENUES]
    if not count:
        return
    held = pack.held
    raws = (
        replace(raw, source=raw.read_as) if (raw.sha256, raw.file_name) in held else raw
        for raw in pack.raws()
        if raw.read_as not in VENUES
    )
    found.packs += 1
    found.add(import_stream(db, home, raws, count, clock, db.demo, held=held))
