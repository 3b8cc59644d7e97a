"""R14: a disk that is full at any point: no half day, every process stays up, all goes on by itself when there is space again.

Three small disks: the home of a real collector, a whole product with its database, and a home into which a browser downloads.
They are mounted in a name space of this campaign's own process, and gone with it.

    python -m tests.campaign.full_disk 20       # within that name space; prints what was seen as JSON
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import RobotFailed
from core.sessions import sessions_between
from core.settings import LOGINS, Settings, load
from db.connect import connect
from tests.campaign import _stores
from tests.campaign._small_disks import LONGEST, Body, Tally, Trial, fill, small_disk
from tests.ingest.browser import robot_runs
from tests.integration.product import Product
from tests.standins.barchart_site import SLOTS as ASKED
from tests.standins.barchart_site import BarchartSite
from tests.waiting import wait_until
from usecases import operations

COVERS = ("R14",)
_ROOT = Path(__file__).parents[2]
_APART = ("unshare", "--mount", "--propagation", "private")
_NO_PLACE = (
    "R14 needs a small file system of its own: run it as root where mounts are allowed, or where users may have name spaces."
)
_PAGE = 4096


@dataclass(frozen=True)
class Admin:
    """Who uploads."""

    email: str = "admin@example.com"
    demo: bool = False


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: twenty points of each disk in full, else two."""
    prefix = _prefix()
    ran = subprocess.run(
        [*prefix, sys.executable, "-m", "tests.campaign.full_disk", str(20 if full else 2)],
        cwd=_ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(ran.stdout.splitlines()[-1])
    return [row for words, tally in seen.items() for row in _rows(words, Tally(**tally))]


def _prefix() -> list[str]:
    """What makes a process with mounts of its own, as root or as anybody."""
    with tempfile.TemporaryDirectory() as place:
        for more in ((), ("--map-root-user",)):
            mount = [*_APART, *more, "mount", "-t", "tmpfs", "-o", "size=1m", "small", place]
            with suppress(FileNotFoundError):
                if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
                    return [*_APART, *more]
    raise RuntimeError(_NO_PLACE)


def _rows(words: str, tally: Tally) -> list[dict[str, Any]]:
    for told in tally.not_back:
        print(f"  {words}: {told}", flush=True)
    counts = {
        f"half days of {tally.looks} looks": tally.half,
        f"not whole and by itself {LONGEST:g} s after there was space": len(tally.not_back),
        "processes that ended": tally.ended, "damaged payloads in the archive": tally.damaged,
        "files left over": tally.left_over, "traces in the log": tally.traces,
        "points at which nothing was kept from its work": int(tally.full == 0),
    }  # fmt: skip
    rows = [_stores.count_row("R14", f"{words}, {tally.points} times full: {what}", figure) for what, figure in counts.items()]
    slowest = {"figure": round(tally.slowest, 1), "target": f"{LONGEST:g} or less", "met": tally.slowest <= LONGEST}
    return [*rows, {"bar": "R14", "what": f"{words}: slowest to go on once there is space [s]"} | slowest]


# ---------------------------------------------------------------- the home of a collector
def home(points: int, rng: random.Random) -> Tally:
    """A collector whose home is full, its database elsewhere."""
    with (
        _stores.server() as (server, scratch), small_disk(scratch / "home", 24) as disk,
        _stores.database(server, scratch, "home") as real, _stores.database(server, scratch, "home_demo"),
        _stores.database(server, scratch, "twin") as twin, _collector(real.settings, scratch / "log") as process,
    ):  # fmt: skip
        assert wait_until((disk / "inbox").is_dir, 60), (scratch / "log").read_text()
        trial, days = Trial(disk, real.app_premium, twin), _days(2 * points)

        def upload(body: Body) -> None:
            operations.request_import(real.app_admin, Admin(), *body)

        for number in range(points):
            trial.point(days[2 * number], 150, _PAGE * rng.randrange(12), upload, days[2 * number + 1])
        trial.tally.ended = int(process.poll() is not None)
        trial.look_over(real.ingest, scratch / "log")
        return trial.tally


@contextmanager
def _collector(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    passwords = {f"{login.upper()}_PASSWORD": getattr(settings, f"{login}_password").get_secret_value() for login in LOGINS}
    own = {"DATABASE_URL": settings.database_url.get_secret_value(), "OIFLOW_HOME": str(settings.oiflow_home), "OIFLOW_DEMO": "0"}
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "ingest"], env=os.environ | passwords | own, cwd=_ROOT, stderr=said)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


# ---------------------------------------------------------------- a whole product
def product(points: int, rng: random.Random) -> Tally:
    """The product as users start it, home and database on one disk."""
    with (
        _stores.server() as (server, scratch), _stores.database(server, scratch, "twin") as twin,
        small_disk(scratch / "all", 640) as disk,
    ):  # fmt: skip
        running = Product(disk).start()
        try:
            running.wait_ready()
            settings = load(oiflow_home=disk, database_url="", oiflow_demo=False)
            trial, before = Trial(disk, connect(settings, "app_premium"), twin), _collectors(running)
            for day in _days(points):
                trial.point(day, rng.choice((150, 1500)), rng.choice((0, 2**16, 2**20, rng.randrange(24 * 2**20))))
            trial.tally.ended = (running.process.poll() is not None) + len(before - _collectors(running))
            trial.look_over(connect(settings, "ingest"), disk / "logs" / "collector.log")
            trial.tally.traces += "".join(running.words).count("Traceback")
            return trial.tally
        finally:
            running.end()


def _collectors(running: Product) -> set[int]:
    return {each.pid for each in running.alive() if each.cmdline()[-2:] == ["-m", "ingest"]}


# ---------------------------------------------------------------- downloads
def downloads(points: int, rng: random.Random) -> Tally:
    """A browser that downloads onto a full disk: a named failure, nothing left, and the next one right."""
    tally = Tally(points=points)
    with tempfile.TemporaryDirectory(prefix="oiflow-full-") as scratch, small_disk(Path(scratch) / "home", 96) as disk:
        for _ in range(points):
            ballast = fill(disk, rng.choice((0, _PAGE, rng.randrange(40 * 2**20))))
            with BarchartSite() as site:
                answers = robot_runs.run(disk, site, ASKED[:2])
                tally.full += any(isinstance(answer, RobotFailed) for answer in answers)
                tally.half += robot_runs.words(site, answers).count("wrong")
                tally.looks += len(answers)
                ballast.unlink()
                tally.left_over += len([path for path in (disk / "run" / "browsers").iterdir() if path.name != "lock"])
                began = time.monotonic()
                if robot_runs.words(site, robot_runs.run(disk, site, ASKED[:1])) != ["right"]:
                    tally.not_back.append("a download on a disk with space failed")
                tally.slowest = max(tally.slowest, time.monotonic() - began)
    return tally


def _days(count: int) -> list[date]:
    return sessions_between(date(2025, 1, 2), date(2026, 10, 30))[:count]


def main() -> None:
    points = int(sys.argv[1])
    seen = {}
    for words, part in (("home", home), ("home and database", product), ("downloads", downloads)):
        seen[words] = asdict(part(points, random.Random(14)))
        print(f"  {words}: {seen[words]}", file=sys.stderr, flush=True)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
