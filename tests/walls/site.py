"""A database of one's own for a campaign, filled and opened by every login as the fixtures of the suite do it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.settings import LOGINS, load
from db import embedded
from db.connect import connect, open_databases
from tests.conftest import Databases


@contextmanager
def own_databases(name: str, **more: Any) -> Iterator[Databases]:
    """The real database of a fresh home, by all logins; server and home are gone afterwards. more: settings."""
    with tempfile.TemporaryDirectory(prefix=f"oiflow-{name}-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=False, database_url="", **more)
        try:
            with open_databases(settings):
                databases = Databases(**{login: connect(settings, login, demo=False) for login in LOGINS}, settings=settings)
                try:
                    yield databases
                finally:
                    databases.close()
        finally:
            embedded.stop(Path(scratch), force=True)


def row(bar: str, what: str, figure: float, target: float = 0, most: bool = True) -> dict[str, Any]:
    """A row of campaign.json: a figure and the most, or the least, that it may be."""
    met = figure <= target if most else figure >= target
    return {"bar": bar, "what": what, "figure": figure, "target": f"{target:g} or {'less' if most else 'more'}", "met": met}
