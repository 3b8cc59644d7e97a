"""R4: however many collectors are started, one works; when it is killed, another takes over."""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from core.settings import Settings, load
from db import embedded
from db.connect import connect, open_databases
from tests.db.statements import say

COVERS = ("R4",)
LONGEST = 30.0  # seconds until another has taken over
_HOLDERS = """
    SELECT split_part(a.application_name, ' ', 3)::integer
      FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND a.application_name LIKE 'oiflow collector %'
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json, from 50 rounds in full, else from two."""
    with tempfile.TemporaryDirectory(prefix="oiflow-r4-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="")
        with open_databases(settings):
            seconds = [round_of(settings, random.Random(number)) for number in range(50 if full else 2)]
        embedded.stop(Path(scratch), force=True)
    lost = sum(second is None for second in seconds)
    slowest = max((second for second in seconds if second is not None), default=LONGEST)
    return [
        _row(f"rounds of {len(seconds)} in which not exactly one worked", lost, 0),
        _row("slowest takeover [s]", round(slowest, 1), LONGEST),
    ]


def _row(what: str, figure: float, target: float) -> dict[str, Any]:
    return {"bar": "R4", "what": what, "figure": figure, "target": f"{target:g} or less", "met": figure <= target}


def round_of(settings: Settings, rng: random.Random) -> float | None:
    """Start two to four collectors, kill the one that leads; seconds until the next one leads, None if it went wrong."""
    environment = os.environ | {"OIFLOW_HOME": str(settings.oiflow_home), "OIFLOW_DEMO": "0", "DATABASE_URL": ""}
    started = [
        subprocess.Popen([sys.executable, "-m", "ingest"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(rng.randint(2, 4))
    ]
    probe = connect(settings, "ingest", most=1)
    try:
        first = leader(probe, started, None)
        if first is None:
            return None
        first.kill()
        first.wait()
        began = time.monotonic()
        return time.monotonic() - began if leader(probe, [each for each in started if each is not first], first) else None
    finally:
        for each in started:
            each.kill()
            each.wait()
        probe.close()


def leader(
    probe: Any, started: list[subprocess.Popen[bytes]], before: subprocess.Popen[bytes] | None, patience: float = LONGEST
) -> Any:
    """The process that holds the lock, waited for; None after too long, or when two say that they lead. patience: in seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        holders = {pid for (pid,) in say(probe.url, _HOLDERS)}
        found = [each for each in started if each.pid in holders and each is not before]
        if len(holders) > 1:
            return None
        if found:
            return found[0]
        time.sleep(0.1)
    return None
