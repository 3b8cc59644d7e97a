"""U26 and the offline rule: every chart drawn exactly once in fifty loads of its page, nothing asked of the outside."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.clock import system_clock
from core.settings import Settings, load
from db import embedded
from db.connect import connect, open_databases
from ingest.demo import refresh_demo
from tests.browser import drawn
from tests.browser.screenshots import sign_in
from tests.browser.served import make_browser, serve
from usecases import accounts

COVERS = ("U26",)
PATHS = ("/", "/changes", "/new_positions", "/display?count=3", "/flow_trend")


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json, on the simulated market with the demo account of the premium tier."""
    with tempfile.TemporaryDirectory(prefix="oiflow-u26-") as scratch:
        settings = load(oiflow_home=Path(scratch), oiflow_demo=True, database_url="")
        try:
            with open_databases(settings):
                return _measured(settings, 50 if full else 2)
        finally:
            embedded.stop(Path(scratch), force=True)


def _measured(settings: Settings, loads: int) -> list[dict[str, Any]]:
    home = settings.oiflow_home
    refresh_demo(connect(settings, "ingest", demo=True), home, system_clock)
    accounts.ensure_demo(connect(settings, "auth", demo=True), home, system_clock)
    with serve(SimpleNamespace(settings=settings), home / "web.log", OIFLOW_DEMO="1") as served:
        return _loaded(served.url, json.loads((home / "demo_accounts.json").read_text())["premium@demo"], loads)


def _loaded(url: str, password: str, loads: int) -> list[dict[str, Any]]:
    browser = make_browser()
    try:
        sign_in(browser, url, "premium@demo", password)
        charts, wrong = 0, 0
        for path in PATHS:
            for _ in range(loads):
                browser.get(url + path)
                counts = drawn.settled(browser)
                charts += len(counts)
                wrong += sum(count != 1 for count in counts) or (not counts)
        outside = len(drawn.outside(browser, url))
    finally:
        browser.quit()
    return [
        _row(f"charts not drawn exactly once, of {charts} in {loads} loads of {len(PATHS)} pages", wrong),
        _row("requests to the outside in these loads", outside),
    ]


def _row(what: str, figure: int) -> dict[str, Any]:
    return {"bar": "U26", "what": what, "figure": figure, "target": "0", "met": figure == 0}
