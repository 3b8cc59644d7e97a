"""Small disks that are filled, and what a reader sees of a home on one, held against a twin that shows what is right."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import PlatformError
from db.database import Database
from ingest.raw import read_raw
from tests.campaign.kill import look
from tests.db.statements import say
from tests.ingest.importing import SLOTS, bring, file
from tests.waiting import meanwhile, wait_until

LONGEST = 60.0  # seconds until all goes on once there is space
HELD = 5.0  # seconds for which the disk is full: two looks at the inbox and more
Body = tuple[str, bytes]


@dataclass
class Tally:
    """What was seen: every figure but points, looks, slowest and full has to be 0."""

    points: int = 0
    looks: int = 0
    half: int = 0
    slowest: float = 0.0
    not_back: list[str] = field(default_factory=list)
    ended: int = 0
    damaged: int = 0
    left_over: int = 0
    traces: int = 0
    full: int = 0


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes at a place."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "small", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path, free: int) -> Path:
    """Leave so many bytes free; the file that takes up the rest."""
    ballast = disk / ".ballast"
    with ballast.open("wb", buffering=0) as file:
        for _ in range(5):  # others write at the same time
            seen = os.statvfs(disk)
            more = seen.f_bavail * seen.f_frsize - free
            with suppress(OSError):
                while more > 0:
                    more -= file.write(bytes(min(more, 2**20)))
    return ballast


class Reader:
    """Looks at sessions: each shows what it did before or what it does after, and nothing between."""

    def __init__(self, db: Database, allowed: dict[date, list[Any]], tally: Tally):
        self._db, self._allowed, self._tally = db, allowed, tally

    def look(self) -> None:
        """Whether a session shows by half; a database that is away shows nothing, which is no half day."""
        for day, allowed in self._allowed.items():
            with suppress(PlatformError):
                self._tally.half += look(self._db, [day]) not in allowed
                self._tally.looks += 1

    def whole(self) -> bool:
        """Whether every session shows what it has to in the end."""
        with suppress(PlatformError):
            return all(look(self._db, [day]) == allowed[-1] for day, allowed in self._allowed.items())
        return False


@dataclass
class Trial:
    """A home on a small disk, the twin that shows what is right, and what was seen of it."""

    disk: Path
    reader: Database
    twin: Any
    tally: Tally = field(default_factory=Tally)

    def point(
        self, day: date, rows: int, free: int, upload: Callable[[Body], None] | None = None, second: date | None = None
    ) -> None:
        """A set and a wrong file come into the inbox of a full disk, and an upload; then there is space."""
        bodies = [file(slot, day, f"02:4{place}pm", rows) for place, slot in enumerate(SLOTS)]
        wrong = (f"page-{day}.csv", f"<html>Please sign in, {day}</html>".encode())
        uploaded = [file("stocks-increase", second, "02:41pm", rows)] if second and upload else []
        allowed = self._allowed({day: [*bodies, wrong]} | ({second: uploaded} if second and uploaded else {}))
        places = self._bring([*bodies, wrong])
        reader = Reader(self.reader, allowed, self.tally)
        with meanwhile(reader.look):
            ballast = fill(self.disk, free)
            for place in places:
                place.rename(place.with_suffix(""))
            for body in uploaded:
                upload(body)  # type: ignore[misc]
            time.sleep(HELD)
            self.tally.full += not reader.whole()
            ballast.unlink()
            began = time.monotonic()
            back = wait_until(lambda: reader.whole() and not self._waiting(), LONGEST)
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - began)
        self.tally.points += 1
        reason = self.disk / "inbox" / "refused" / f"{wrong[0]}.reason.txt"
        if not back or not reason.exists() or not reason.read_text():
            self.tally.not_back.append(f"{day}, {free} bytes free: {self._waiting()}, whole: {reader.whole()}")

    def _allowed(self, bodies: dict[date, list[Body]]) -> dict[date, list[Any]]:
        """What each session may show: by the twin, into which the same comes quietly."""
        allowed = {}
        for day, each in bodies.items():
            before = look(self.twin.app_premium, [day])
            bring(self.twin.ingest, self.twin.settings.oiflow_home, *each)
            allowed[day] = [before, look(self.twin.app_premium, [day])]
        return allowed

    def _bring(self, bodies: list[Body]) -> list[Path]:
        """Files of the inbox under names that say that they are not whole yet."""
        places = [self.disk / "inbox" / f"{name}.part" for name, _ in bodies]
        for place, (_, body) in zip(places, bodies, strict=True):
            place.write_bytes(body)
        return places

    def _waiting(self) -> list[str]:
        return [path.name for path in (self.disk / "inbox").iterdir() if path.is_file()]

    def look_over(self, ingest: Database, log: Path) -> None:
        """The archive holds what the database names, whole, and nothing else; the log has no trace."""
        named = set()
        for sha256, pack in say(ingest.url, "SELECT payload_sha256, pack_file FROM raw_payloads"):
            named.add(self.disk / pack)
            try:
                read_raw(ingest, self.disk, sha256)
            except PlatformError as error:
                print(f"  {error}", file=sys.stderr, flush=True)
                self.tally.damaged += 1
        self.tally.left_over += len({path for path in (self.disk / "raw").rglob("*") if path.is_file()} - named)
        self.tally.traces += log.read_text(errors="replace").count("Traceback")
