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

STRANGERS = {"sign_in": "/sign_in", "sign_up": "/sign_up", "set_password": "/set_password"}
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
    for browser, look in browsers(url):
        sign_in(browser, url, email, password)
        for name, path in pages(tier):
            if not only or name in only:
                yield picture(browser, url + path, into / f"{tier}_{name}_{look}.png", whole=whole)


def shoot_strangers(url: str, link: str, into: Path, *, whole: bool) -> Iterator[str]:
    """The pages in front of the sign-in; `link` is a set-password link, without one its page says what to do."""
    for browser, look in browsers(url):
        for name, path in STRANGERS.items():
            address = link if link and name == "set_password" else url + path
            yield picture(browser, address, into / f"anonymous_{name}_{look}.png", whole=whole)


def browsers(url: str) -> Iterator[tuple[webdriver.Chrome, str]]:
    """A fresh browser for each size and theme, with the name of both."""
    for size, make in SIZES.items():
        for theme in THEMES:
            browser = make()
            if size == "desktop":
                exact = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", exact)
            try:
                choose_theme(browser, url, theme)
                yield browser, f"{size}_{theme.lower()}"
            finally:
                browser.quit()


def picture(browser: webdriver.Chrome, address: str, file: Path, *, whole: bool) -> str:
    """Take one; the line says what to look into."""
    browser.get(address)
    counts = drawn.settled(browser)
    keep(browser, file, whole=whole)
    drawn_once = "each chart once" if set(counts) <= {1} else f"charts drawn {counts}"
    return f"{file.name}: {drawn_once}, {drawn.overflow(browser)} px too wide, {drawn.errors(browser)} boxes"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8501")
    parser.add_argument("--accounts", type=Path, required=True, help="demo_accounts.json of OIFLOW_HOME")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--tiers", default="anonymous,free,premium,admin")
    parser.add_argument("--link", default="", help="a set-password link, as `oiflow accounts first-admin` prints")
    parser.add_argument("--pages", default="", help="separated by commas; all without it")
    parser.add_argument("--whole", action="store_true", help="the page to its end instead of the window")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    tiers, only = options.tiers.split(","), set(filter(None, options.pages.split(",")))
    if "anonymous" in tiers:
        for line in shoot_strangers(options.url, options.link, options.into, whole=options.whole):
            print(line, flush=True)
    for email, password in json.loads(options.accounts.read_text()).items():
        if email.partition("@")[0] in tiers:
            for line in shoot(options.url, email, password, options.into, only, whole=options.whole):
                print(line, flush=True)


if __name__ == "__main__":
    main()
