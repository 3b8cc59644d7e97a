"""One account for each kind of visitor, and the pages run alone as that visitor."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.browser.conftest import served  # noqa: F401  # the fixture
from tests.walls.visitors import KINDS, cookie_of
from usecases import passwords
from usecases.audit import Visit
from webapp import menu, pools, visitor


@pytest.fixture(scope="module")
def cookies(kept_databases: Any) -> dict[str, str]:
    """The sign-in cookie of each kind of visitor."""
    passwords.COST, kept = 4, passwords.COST
    try:
        return {kind: cookie_of(kept_databases.auth, kind) for kind in KINDS}
    finally:
        passwords.COST = kept


@pytest.fixture
def run_as(kept_databases: Any, cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Runs a page file alone, as a freshly started server would, with the cookie of a kind of visitor."""
    settings = kept_databases.settings.model_copy(update={"oiflow_demo": False})
    pools.clear()
    monkeypatch.setattr(pools, "settings", lambda: settings)

    def run(kind: str, page: str) -> AppTest:
        visit = Visit(address="198.51.100.7", cookie=cookies[kind], pre_sign_in="pre")
        monkeypatch.setattr(visitor, "visit", lambda: visit)
        return AppTest.from_file(menu.PAGES / f"{page}.py", default_timeout=60).run()

    yield run
    pools.database.cache_clear()
    pools._reader.cache_clear()
