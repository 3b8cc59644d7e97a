"""R3: the same raw bytes give the same data: every day rebuilt in place, and whole stores rebuilt from their archives elsewhere.

Each rebuilding runs in a process of its own, under another hash seed. Real files where there are any beside the checkout.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.clock import system_clock
from ingest.pipeline import import_paths
from ingest.replay import replay
from tests.campaign._stores import count_row, database, server
from tests.ingest import history
from tests.ingest.importing import shown
from tests.ingest.real_files import KINDS, files_of

COVERS = ("R3",)
SEEDS = ("0", "20261130")
FEW = 1
ALL = datetime(2100, 1, 1, tzinfo=UTC)  # whatever was ever known


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    seeds = SEEDS if full else SEEDS[1:]
    with server() as (started, home), database(started, home, "made_up") as store:
        history.files(store, home / "made_up")
        history.live(store, home / "made_up")
        rows = _of_store(started, home, store, "made-up files and live chains", seeds)
    kinds = KINDS if full else KINDS[::8]
    if kinds:
        with server() as (started, home), database(started, home, "real") as store:
            for kind in kinds:
                import_paths(store.ingest, home / "real", files_of(kind)[: None if full else FEW], system_clock)
            rows += _of_store(started, home, store, f"real files of {len(kinds)} kinds", seeds)
    return rows


def _of_store(started: Any, home: Path, store: Any, what: str, seeds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Every day of a store in place, and the whole of it elsewhere."""
    name = store.settings.oiflow_home.name
    found = replay(store.ingest, home / name, system_clock)
    for load in [load for load in found.loads if not load.equal][:20]:
        print(f"  {load}")
    days = {(load.source, load.quote_session) for load in found.loads}
    unequal = {(load.source, load.quote_session) for load in found.loads if not load.equal}
    told = f"of {len(days)} days, {len(found.loads)} loads, {found.rows:,} rows of {what}"
    expected = shown(store.app_admin, ALL)
    hashes = [_elsewhere(started, home, name, seed) for seed in seeds]
    return [
        count_row("R3", f"days that differ in a cell when rebuilt in place, {told}", len(unequal)),
        count_row("R3", f"sessions whose flags differ, of {what}", len(found.flags)),
        count_row("R3", f"of {len(seeds)} stores rebuilt from the archive of {what}, another fingerprint",
                  sum(each != expected for each in hashes)),
    ]  # fmt: skip


def _elsewhere(started: Any, home: Path, name: str, seed: str) -> str:
    """The fingerprint of a fresh database that another process filled from the archive."""
    fresh = f"{name}_{seed}"
    with database(started, home, fresh) as store:
        words = [store.ingest.url, str(home / fresh), str(home / name / "raw")]
        subprocess.run(
            [sys.executable, "-m", "tests.ingest.rebuilding", *words], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return shown(store.app_admin, ALL)
