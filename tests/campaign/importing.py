"""R1 and R2 in full: imports killed anywhere, and in every order. Each on databases of its own."""

import random
from datetime import date
from pathlib import Path
from typing import Any

from core.sessions import sessions_between
from db import embedded
from tests.campaign._stores import count_row, database, server
from tests.campaign.kill import kill_imports
from tests.ingest.importing import bring, shown, whole_set

COVERS = ("R1", "R2")
STATEMENTS = 70
"""An import of a set and a correction has 65 statements and COPYs: one kill before each."""


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with server() as (started, home):
        with database(started, home, "real") as real, database(started, home, "twin") as twin:
            rows = _kills(real, twin, home / "real", full)
        return rows + _orders(started, home, 100 if full else 5)


def _kills(real: Any, twin: Any, home: Path, full: bool) -> list[dict[str, Any]]:
    statements = list(range(1, STATEMENTS + 1)) if full else [1, 20, 40]
    found = kill_imports(real, twin, home, statements, 200 if full else 5, seed=1)
    told = f"of {found.kills} kills and {found.looks} looks"
    return [
        count_row("R1", f"half sets seen, {told}", found.half),
        count_row("R1", f"sets lost or different afterwards, {told}", found.differing),
        count_row("R1", "rows too many in the store", found.rows_too_many),
    ]


def _orders(started: embedded.Server, home: Path, orders: int) -> list[dict[str, Any]]:
    days = sessions_between(date(2026, 9, 1), date(2026, 9, 29))[:20]
    files = [one for day in days for one in whole_set(day, 8)]
    fingerprints, published_again = set(), 0
    for number in range(orders):
        name = f"order_{number}"
        with database(started, home, name) as databases:
            rng = random.Random(number)
            order, at_once = rng.sample(files, len(files)), rng.choice((1, 3, 7, 19))
            for start in range(0, len(order), at_once):
                bring(databases.ingest, home / name, *order[start : start + at_once])
            fingerprints.add(shown(databases.app_admin))
            published_again += bring(databases.ingest, home / name, *files).published
    return [
        count_row("R2", f"fingerprints beyond one, of {orders} orders of {len(files)} files", len(fingerprints) - 1),
        count_row("R2", "rows published by a second import", published_again),
    ]
