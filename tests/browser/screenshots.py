"""Pictures of every page x desktop and phone x dark and light, with the demo accounts:

python -m tests.browser.screenshots --url http://localhost:8501 --accounts var/demo_accounts.json --into shots
"""

import argparse
import base64
import json
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

from core.access import FEATURES, Tier, allows
from tests.browser import drawn
from tests.browser.served import click, make_browser, type_in, wait_for

SIZES = {"desktop": make_browser, "phone": drawn.phone}
THEMES = ("Dark", "Light")


def pages(tier: Tier) -> Iterator[tuple[str, str]]:
    """Name and path of each page in a tier's menu, locked ones included."""
    for feature in FEATURES.values():
        if feature.group != "Admin" or allows(tier, feature.name):
            yield feature.name, "/" if feature.name == "home" else f"/{feature.name}"


def sign_in(browser: webdriver.Chrome, url: str, email: str, password: str) -> None:
    """Sign in on the first page."""
    browser.get(url)
    type_in(browser, "E-mail", email)
    type_in(browser, "Password", password)
    click(browser, "Sign in")
    wait_for(lambda: browser.get_cookie("oiflow"))
    wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, ".of-title"))


def choose_theme(browser: webdriver.Chrome, url: str, theme: str) -> None:
    """What the account page does: keep the theme in the browser."""
    browser.get(f"{url}/healthz")
    browser.execute_script("localStorage.setItem('oiflow-theme', arguments[0])", theme)


def keep(browser: webdriver.Chrome, path: Path, *, whole: bool) -> None:
    """Write the picture; `whole` takes the page to its end instead of the window."""
    if whole:
        size = browser.execute_script(
            "const m = document.querySelector('[data-testid=stMain]'); return [innerWidth, m.scrollHeight]"
        )
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        drawn.settled(browser)
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
    path.write_bytes(base64.b64decode(picture))


def shoot(url: str, email: str, password: str, into: Path, only: set[str], *, whole: bool) -> Iterator[str]:
    """All pictures of one account; a line for each."""
    tier = Tier(email.partition("@")[0])
    for size, make in SIZES.items():
        for theme in THEMES:
            browser = make()
            if size == "desktop":
                exact = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", exact)
            try:
                choose_theme(browser, url, theme)
                sign_in(browser, url, email, password)
                for name, path in pages(tier):
                    if only and name not in only:
                        continue
                    browser.get(url + path)
                    counts = drawn.settled(browser)
                    file = into / f"{tier}_{name}_{size}_{theme.lower()}.png"
                    keep(browser, file, whole=whole)
                    drawn_once = "each chart once" if set(counts) <= {1} else f"charts drawn {counts}"
                    yield f"{file.name}: {drawn_once}, {drawn.overflow(browser)} px too wide, {drawn.errors(browser)} boxes"
            finally:
                browser.quit()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8501")
    parser.add_argument("--accounts", type=Path, required=True, help="demo_accounts.json of OIFLOW_HOME")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--tiers", default="free,premium,admin")
    parser.add_argument("--pages", default="", help="separated by commas; all without it")
    parser.add_argument("--whole", action="store_true", help="the page to its end instead of the window")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    for email, password in json.loads(options.accounts.read_text()).items():
        if email.partition("@")[0] in options.tiers.split(","):
            for line in shoot(
                options.url, email, password, options.into, set(filter(None, options.pages.split(","))), whole=options.whole
            ):
                print(line, flush=True)


if __name__ == "__main__":
    main()
