"""R1, R2, R5, R7 in full: imports killed, in every order, of mutated and of wrong files. Each on databases of its own."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.sessions import sessions_between
from core.settings import LOGINS, load
from db import embedded, migrate, roles
from db.connect import connect
from tests.campaign.kill import kill_imports
from tests.campaign.mutations import bring_faulty_sessions, bring_wrong_files, bring_yesterdays_files, mutate
from tests.ingest.importing import bring, empty, shown, whole_set

COVERS = ("R1", "R2", "R5", "R7")
STATEMENTS = 70
"""An import of a set and a correction has 65 statements and COPYs: one kill before each."""


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with tempfile.TemporaryDirectory(prefix="oiflow-import-") as scratch, embedded.start(Path(scratch) / "server") as server:
        home = Path(scratch)
        with _database(server, home, "real") as real, _database(server, home, "twin") as twin:
            rows = _kills(real, twin, home / "real", full)
        with _database(server, home, "faulty") as faulty:
            rows += _faults(faulty, home / "faulty", full)
        rows += _orders(server, home, 100 if full else 5)
        embedded.stop(home / "server", force=True)
    return rows


@contextmanager
def _database(server: embedded.Server, home: Path, name: str) -> Iterator[Any]:
    """A fresh database by the logins that imports and their readers use."""
    passwords = {f"{login}_password": f"password-of-{login}-in-campaigns" for login in LOGINS}
    url = roles.with_database(server.superuser_url, name)
    settings = load(oiflow_home=home / name, database_url=url, **passwords)
    roles.ensure(server.superuser_url, settings)
    migrate.migrate(settings)
    opened = SimpleNamespace(settings=settings, **{login: connect(settings, login) for login in LOGINS})
    yield opened
    for login in LOGINS:
        getattr(opened, login).close()


def _kills(real: Any, twin: Any, home: Path, full: bool) -> list[dict[str, Any]]:
    statements = list(range(1, STATEMENTS + 1)) if full else [1, 20, 40]
    found = kill_imports(real, twin, home, statements, 200 if full else 5, seed=1)
    told = f"of {found.kills} kills and {found.looks} looks"
    return [
        _row("R1", f"half sets seen, {told}", found.half),
        _row("R1", f"sets lost or different afterwards, {told}", found.differing),
        _row("R1", "rows too many in the store", found.rows_too_many),
    ]


def _faults(databases: Any, home: Path, full: bool) -> list[dict[str, Any]]:
    found = mutate(databases, home, 10_000 if full else 300, seed=2)
    wrong = bring_wrong_files(databases, home, 500, seed=3)
    empty(databases.owner)
    faulty = bring_faulty_sessions(databases, home, 5 if full else 1, seed=4)
    again = bring_yesterdays_files(databases, home, 5 if full else 1, seed=4)
    every = wrong.files + faulty.files + again.files
    told = f"{every} files: {wrong.refused} refused, {faulty.marked} in a marked session, {again.duplicates} duplicates"
    return [
        _row(
            "R5", f"rows unaccounted for, of {found.rows_in} in {found.files} mutated files", found.unaccounted + found.misplaced
        ),
        _row("R5", "crashes of the parser", found.crashes),
        _row("R5", f"published rows that a slow reading denies, of {found.compared} values", len(found.coerced)),
        _row("R7", f"wrong files accepted and not marked, of {told}", wrong.accepted + faulty.accepted + again.accepted),
        _row("R7", "wrong files refused for another reason", wrong.unexpected),
    ]


def _orders(server: embedded.Server, home: Path, orders: int) -> list[dict[str, Any]]:
    days = sessions_between(date(2026, 9, 1), date(2026, 9, 29))[:20]
    files = [one for day in days for one in whole_set(day, 8)]
    fingerprints, published_again = set(), 0
    for number in range(orders):
        name = f"order_{number}"
        with _database(server, home, name) as databases:
            rng = random.Random(number)
            order, at_once = rng.sample(files, len(files)), rng.choice((1, 3, 7, 19))
            for start in range(0, len(order), at_once):
                bring(databases.ingest, home / name, *order[start : start + at_once])
            fingerprints.add(shown(databases.app_admin))
            published_again += bring(databases.ingest, home / name, *files).published
    return [
        _row("R2", f"fingerprints beyond one, of {orders} orders of {len(files)} files", len(fingerprints) - 1),
        _row("R2", "rows published by a second import", published_again),
    ]


def _row(bar: str, what: str, figure: float) -> dict[str, Any]:
    return {"bar": bar, "what": what, "figure": figure, "target": "0", "met": figure == 0}
