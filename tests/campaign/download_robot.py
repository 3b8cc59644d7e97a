"""R16: the download robot in real Chromium against the stand-in site, through every trouble it knows, in a seeded order.

Two processes share the runs, each with a home of its own: most of a run's time is waiting.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from core.errors import RobotFailed
from ingest.browser import folder as browser_folder
from ingest.browser.evidence import MOST_KEPT
from ingest.browser.folder import BrowserFolder
from ingest.sources import Raw
from ingest.sources.barchart import robot
from tests.ingest.browser import robot_runs
from tests.standins.barchart_site import PASSWORD, SLOTS, TROUBLES, USER, BarchartSite, Trouble
from tests.waiting import wait_until

COVERS = ("R16",)
_ROOT = Path(__file__).parents[2]
_COLLECTOR = """
import sys
from pathlib import Path
from ingest.browser.chromium import Browser
with Browser(Path(sys.argv[1])) as browser:
    print(browser._services[0].process.pid, flush=True)
    sys.stdin.read()
"""
SEED, WORKERS = 16, 2
PASSES = ("slow", "banner", "popup", "stubborn", "moved", "confirm", "new_tab")
"""Troubles that a visit gets past, however often they strike."""
FINAL = {"captcha": "captcha", "captcha_at_sign_in": "captcha", "limit": "download_limit", "sign_in_refused": "sign_in_failed"}
"""Troubles that end the run at their first strike."""
ALWAYS = {
    "stuck": "page_timeout", "expired": "sign_in_expired", "expired_at_export": "sign_in_expired", "gone": "button_not_found",
    "killed": "driver_lost", "killed_at_export": "driver_lost", "cut": "partial_download", "other": "wrong_content",
    "html": "wrong_content", "silent": "download_timeout", "stalled": "download_timeout", "broken": "button_not_found",
    "partial": "partial_download",
}  # fmt: skip
"""Troubles of which a second visit gets rid, and their reasons where they strike at every visit."""
BY_SCRIPT = {"partial": "download_timeout"}
"""The same on pages whose script fetches the file: what breaks off there never becomes a download."""


@dataclass
class Tally:
    """What all runs came to."""

    possible: int = 0
    right: int = 0
    wrong_slot: int = 0
    failed: int = 0
    misnamed: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    filled: int = 0
    seconds: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    orphans: int = 0
    kept: int = 0


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    runs = planned(500 if full else 25)
    scratch = Path(tempfile.mkdtemp(prefix="oiflow-robot-"))
    try:
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
            tally = _sum(pool.map(partial(_share, scratch, runs), range(WORKERS)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"  reasons: {dict(tally.reasons)}; slowest run {max(tally.seconds):.0f} s, all {sum(tally.seconds):.0f} s", flush=True)
    for name in ("misnamed", "unseen", "leaks", "left"):
        print(f"  {name}: {getattr(tally, name)}", flush=True)
    return _rows(tally)


def _rows(tally: Tally) -> list[dict[str, Any]]:
    share = 100 * tally.right / tally.possible
    return [
        _row(f"{len(tally.seconds)} runs: right files of {tally.possible} where success is possible [%]", share, 99, most=False),
        _row("files in the wrong slot", tally.wrong_slot),
        _row(f"failures of {tally.failed} without the right reason", len(tally.misnamed)),
        _row(f"failures of {tally.failed} without picture and page", len(tally.unseen)),
        _row("secrets in what was kept", len(tally.leaks)),
        _row("zombie browsers", len(tally.left)),
        _row(f"processes left of {tally.killed} collectors killed with their browser, after the next start", tally.orphans),
        _row(f"download folders of {len(tally.folders)} used twice or not empty", _used(tally)),
        _row("failures kept at the end", tally.kept, MOST_KEPT),
    ]


def planned(runs: int) -> list[tuple[Trouble, list[str]]]:
    """Each trouble equally often, at one of the slots of its run, in a seeded order."""
    rng, names = random.Random(SEED), [*TROUBLES, ""]
    order = [names[number % len(names)] for number in range(runs)]
    rng.shuffle(order)
    found = []
    for name in order:
        times = rng.choice((1, 1, 9)) if name != "crashed" else 1
        slots = rng.sample(SLOTS, rng.randint(1, len(SLOTS)))
        found.append((Trouble(name, "" if "sign_in" in name else rng.choice(slots), times), slots))
    return found


def _sum(tallies: Iterator[Tally]) -> Tally:
    """All shares together; of the failures kept at the end the larger number, because each share has a home of its own."""
    whole = Tally()
    for tally in tallies:
        for name in (each.name for each in fields(Tally)):
            setattr(whole, name, getattr(whole, name) + getattr(tally, name) if name != "kept" else max(whole.kept, tally.kept))
    return whole


def _used(tally: Tally) -> int:
    return len(tally.folders) - len(set(tally.folders)) + tally.filled


def _row(what: str, figure: float, target: float = 0, most: bool = True) -> dict[str, Any]:
    met = figure <= target if most else figure >= target
    return {"bar": "R16", "what": what, "figure": figure, "target": f"{target:g} or {'less' if most else 'more'}", "met": met}


def _share(scratch: Path, runs: Sequence[tuple[Trouble, list[str]]], worker: int) -> Tally:
    """What became of every second run, and of collectors that were killed."""
    tally, home = Tally(), scratch / str(worker)
    with _watched(tally) as leaders:
        for trouble, slots in runs[worker::WORKERS]:
            _one(home, tally, leaders, trouble, slots)
            if len(tally.seconds) % 25 == 0:
                print(f"  {worker}: {len(tally.seconds)} runs, {tally.right} of {tally.possible} right", flush=True)
    tally.killed = max(1, len(runs) // (25 * WORKERS))
    tally.orphans = sum(_orphans(home) for _ in range(tally.killed))
    tally.kept = len(list((home / "failures").iterdir()))
    return tally


def _one(home: Path, tally: Tally, leaders: set[int], trouble: Trouble, slots: list[str]) -> None:
    """One run over these slots with one trouble."""
    wanted = _wanted(trouble, slots)
    shown = f"{trouble.name} x{trouble.times} at {trouble.slot} of {slots}"
    began = time.monotonic()
    with BarchartSite() as site:
        site.on_kill, site.on_crash = robot_runs.kill_drivers, robot_runs.kill_browsers
        site.troubles = [trouble]
        for slot, want, answer in zip(slots, wanted, _answers(home, site, slots), strict=True):
            _count(home, tally, site, f"{shown}: {slot}", want, answer)
    tally.seconds.append(time.monotonic() - began)
    if not wait_until(lambda: not _left(leaders), 15):
        tally.left.append(f"{shown}: {_left(leaders)}")
    leaders.clear()
    if [path for path in (home / "run" / "browsers").iterdir() if path.name != "lock"]:
        tally.left.append(f"{shown}: a folder")


def _answers(home: Path, site: BarchartSite, slots: list[str]) -> Iterator[Raw | RobotFailed]:
    return robot.fetch(robot_runs.settings(home, site), slots, robot_runs.ticking(), limits=robot_runs.LIMITS)


def _wanted(trouble: Trouble, slots: list[str]) -> list[str]:
    """What each slot has to answer: "right" or a reason."""
    wanted = ["right"] * len(slots)
    struck = slots.index(trouble.slot) if trouble.slot else 0
    if trouble.name in FINAL:
        wanted[struck:] = [FINAL[trouble.name]] * (len(slots) - struck)
    elif trouble.name in ALWAYS and trouble.times > 1:
        by_script = BY_SCRIPT if slots[struck].startswith("etfs") else {}
        wanted[struck] = (ALWAYS | by_script)[trouble.name]
    return wanted


def _count(home: Path, tally: Tally, site: BarchartSite, shown: str, want: str, answer: Raw | RobotFailed) -> None:
    (word,) = robot_runs.words(site, [answer])
    tally.reasons[word] += 1
    tally.possible += want == "right"
    tally.right += want == word == "right"
    tally.wrong_slot += word == "wrong"
    if isinstance(answer, RobotFailed):
        tally.failed += 1
        folder = home / "failures" / answer.kept
        if word != want:
            tally.misnamed.append(f"{shown}: {word} ({answer}), not {want}")
        if not {"page.html", "screen.png", "reason.json"} <= set(os.listdir(folder)):
            tally.unseen.append(f"{shown}: {os.listdir(folder)}")
        text = "".join(path.read_text() for path in folder.iterdir() if path.suffix != ".png")
        told = [secret for secret in (USER, PASSWORD, *re.findall(r"\w{4,}", PASSWORD), *site.tokens) if secret in text]
        tally.leaks += [f"{shown}: {secret}" for secret in told]


def _orphans(home: Path) -> int:
    """Processes that are left of a browser whose collector was killed, once the next one has started."""
    command = [sys.executable, "-c", _COLLECTOR, str(home)]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as collector:
        assert collector.stdout is not None
        leader = int(collector.stdout.readline())
        assert _left({leader}), "no browser was there to be left behind"
        collector.kill()
    browser_folder.sweep(home)
    wait_until(lambda: not _left({leader}), 15)
    return len(_left({leader}))


def _left(leaders: set[int]) -> list[int]:
    """Processes of the drivers' sessions, and children of ours: zombies too."""
    found = [pid for pid in psutil.pids() if _session(pid) in leaders]
    return found + [child.pid for child in psutil.Process().children(recursive=True)]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


@contextmanager
def _watched(tally: Tally) -> Iterator[set[int]]:
    """Note the folders that are made, and the sessions of the drivers that are started, while the block runs."""
    fresh, note, leaders = BrowserFolder.fresh, BrowserFolder.note, set[int]()

    def watched_fresh(self: BrowserFolder, name: str) -> Path:
        made = fresh(self, name)
        tally.folders.append(made)
        tally.filled += bool(os.listdir(made))
        return made

    def watched_note(self: BrowserFolder, leader: int, processes: Any) -> None:
        leaders.add(leader)
        note(self, leader, processes)

    BrowserFolder.fresh, BrowserFolder.note = watched_fresh, watched_note  # type: ignore[method-assign]
    try:
        yield leaders
    finally:
        BrowserFolder.fresh, BrowserFolder.note = fresh, note  # type: ignore[method-assign]
