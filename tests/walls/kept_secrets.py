"""R40: a canary in every setting that is a secret, and a look for it in whatever the product writes or says."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.settings import LOGINS
from tests import visiting
from tests.browser.served import PASSWORD, make_accounts, serve
from tests.usecases import market
from tests.walls.faults import FAULTS, ROUTES, inject
from tests.walls.frames import opened
from tests.walls.site import own_databases
from tests.walls.visitors import KINDS, cookie_of
from usecases import passwords
from webapp import menu

_OWN = (".json", "superuser")  # files that hold secrets on purpose, readable by their owner alone


@dataclass
class Searched:
    """Where a secret was found, and how many places were searched."""

    places: int = 0
    found: list[str] = field(default_factory=list)


def search(folder: Path, every: int) -> Searched:
    """Run the site over a database with canary passwords, break it in many ways, and search all that it said and wrote."""
    canaries = {f"{login}_password": f"CanarySecret-{login}-7f3a9b21" for login in LOGINS}
    with own_databases("r40", **canaries) as databases:
        make_accounts(databases)
        market.fill(databases)
        passwords.COST, kept = 4, passwords.COST
        cookies = {kind: cookie_of(databases.auth, kind) for kind in KINDS}
        passwords.COST = kept
        fault, result = folder / "fault", Searched()
        home = databases.settings.oiflow_home
        secrets = [*canaries.values(), *filter(None, cookies.values()), PASSWORD, (home / "postgres" / "superuser").read_text()]
        with serve(databases, folder / "web.log", "tests.walls.faulty:application", OIFLOW_FAULT=str(fault)) as served:
            inject(served, cookies, fault, FAULTS, every)
            said = _said(served, cookies["admin"])
        for name, body in {**said, **_written(home), "web.log": served.log.read_bytes()}.items():
            result.places += 1
            result.found += [f"{name}: a secret of {len(secret)} characters" for secret in secrets if secret.encode() in body]
    return result


def _said(served: Any, cookie: str) -> dict[str, bytes]:
    pages = {f"page /{path}": opened(served.url, cookie, path).everything for path in menu.paths()}
    asked = [path for verb, path in ROUTES if verb == "GET"]
    return pages | {path: visiting.get(served.url + path, cookies={"oiflow": cookie}).content for path in asked}


def _written(home: Path) -> dict[str, bytes]:
    """Logs and other files of the home, without the database's own and those that keep secrets on purpose."""
    files = [path for path in home.rglob("*") if path.is_file() and ("log" in path.parts or path.suffix in (".log", ".txt"))]
    return {str(path): path.read_bytes() for path in files if not path.name.endswith(_OWN)}
