"""From `make run` to a drawn chart, for each demo account: on a new home, and started again. START in `make campaign`."""

import json
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.browser import drawn
from tests.browser.screenshots import sign_in
from tests.browser.served import make_browser, wait_for
from tests.integration.product import Product
from tests.walls.site import row

COVERS = ("START",)
FIRST, AGAIN, STOP = 120.0, 15.0, 10.0  # seconds


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json. In full every account has a start of its own, both times; else the premium one alone."""
    rows = []
    for email in ("free@demo", "premium@demo", "admin@demo") if full else ("premium@demo",):
        with tempfile.TemporaryDirectory(prefix="oiflow-start-") as scratch:
            product = Product(Path(scratch) / "home", OIFLOW_DEMO="1")
            try:
                rows += _start("first start", product, email, FIRST)
                rows += _start("second start", product, email, AGAIN)
            finally:
                product.end()
    return rows


def _start(name: str, product: Product, email: str, longest: float) -> list[dict[str, Any]]:
    browser = make_browser()
    try:
        began = time.monotonic()
        product.start().wait_ready()
        password = json.loads((product.home / "demo_accounts.json").read_text())[email]
        ready = time.monotonic() - began
        sign_in(browser, f"http://localhost:{product.web}", email, password)
        wait_for(lambda: (counts := drawn.drawings(browser)) and all(counts))
        chart = time.monotonic() - began
    finally:
        browser.quit()
    began = time.monotonic()
    product.process.send_signal(signal.SIGTERM)
    product.process.wait(60)
    stopped = time.monotonic() - began
    return [
        row("START", f"{name}, {email}: ready after {ready:.1f} s, charts drawn after [s]", round(chart, 1), longest),
        row("START", f"{name}, {email}: stopped after SIGTERM in [s]", round(stopped, 1), STOP),
        row("START", f"{name}, {email}: processes left", len(product.alive())),
    ]
