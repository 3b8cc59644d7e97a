"""Pages in a real browser: charts drawn once, no outside request, phones without sideways scrolling, keys that work."""

import json
import re
from itertools import product

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import drawn
from tests.browser.served import wait_for
from tests.db.statements import say
from tests.usecases import market
from webapp.look.style import SHEET

CHARTS = {"/": 2, "/changes": 4, "/new_positions": 1, "/display": 3, "/flow_trend": 1, "/table": 0, "/glossary": 0}
PAPER = {"Dark": "rgb(13, 17, 23)", "Light": "rgb(246, 247, 249)"}
LOADS = list(product(PAPER, ("dark", "light")))  # of each page: theme chosen, theme of the system; the campaign loads fifty times
TARGETS = """
return [...document.querySelectorAll('button,a,input,[role=slider],[role=button]')].filter(e => e.offsetParent).map(e => {
  const box = e.getBoundingClientRect(), after = getComputedStyle(e, '::after');
  const spare = after.content !== 'none' && after.position === 'absolute' ? 16 : 0;
  return [e.innerText || e.ariaLabel || e.tagName, box.width + spare, box.height + spare];
}).filter(([, width, height]) => width > 2 && (width < 23.5 || height < 23.5));
"""
STRIKES = """
return Bokeh.documents.flatMap(d => [...d.all_models].filter(m => m.name?.startsWith('strikes '))).map(r => [r.start, r.end]);
"""
ZOOM = """
const range = Bokeh.documents.flatMap(d => [...d.all_models]).find(m => m.name?.startsWith('strikes '));
range.setv({start: arguments[0], end: arguments[1]});
"""
PARTS = re.compile(r"\[data-testid=(\w+)\]")
SOMEWHERE_ELSE = {"stBaseButton", "stBaseLinkButton", "stPopoverBody", "stSidebarNavSeparator", "stAlertContainer", "stForm"}


@pytest.fixture(scope="module")
def shown(served):
    """The server with the small market in its database; one of its companies has a name."""
    market.fill(served.databases)
    say(served.databases.owner.url, "UPDATE underlyings SET name = 'Bravo Industries' WHERE symbol = 'BBB'")
    return served


@pytest.fixture
def premium(shown, browser):
    """A browser signed in as premium."""
    shown.come_back(browser, "premium@site.test")
    return browser


@pytest.fixture(scope="module")
def phone(shown):
    """A phone signed in as premium."""
    browser = drawn.phone()
    try:
        shown.sign_in(browser, "premium@site.test")
        yield browser
    finally:
        browser.quit()


@pytest.mark.parametrize("path", CHARTS)
def test_every_load_draws_every_chart_once_in_the_chosen_theme_and_asks_nobody_outside(shown, premium, path):
    for load in LOADS:
        drawn.choose(premium, *load)
        premium.get(shown.url + path)
        assert drawn.settled(premium) == [1] * CHARTS[path], load
        assert drawn.errors(premium) == 0, load
        assert drawn.paper(premium) == PAPER[load[0]], load
    assert drawn.outside(premium, shown.url) == []


def test_a_filter_changes_the_address_and_the_charts_and_back(shown, premium):
    premium.get(shown.url + "/changes")
    drawn.settled(premium)
    wait_for(lambda: [found for found in premium.find_elements(By.CSS_SELECTOR, "button") if found.text == "Calls"])[0].click()
    wait_for(lambda: premium.current_url.endswith("/changes?right=C"))
    wait_for(lambda: premium.find_elements(By.CSS_SELECTOR, ".st-key-chip_right button"))[0].click()
    wait_for(lambda: premium.current_url.endswith("/changes"))
    assert drawn.errors(premium) == 0


@pytest.mark.parametrize("typed", ["BBB", "bravo"])
def test_a_slash_and_a_ticker_or_its_company_and_enter_open_its_changes(shown, premium, typed):
    premium.get(shown.url + "/glossary")
    drawn.settled(premium)
    ActionChains(premium).send_keys("/").perform()
    wait_for(lambda: premium.execute_script("return document.activeElement.tagName") == "INPUT")
    ActionChains(premium).send_keys(typed).pause(1).send_keys(Keys.ENTER).perform()
    wait_for(lambda: premium.current_url.endswith("/changes?ticker=BBB"))


def test_strikes_zoomed_in_one_chart_are_zoomed_in_the_other(shown, premium):
    premium.get(shown.url + "/changes")
    drawn.settled(premium)
    strikes, (low, high) = premium.execute_script(STRIKES), (101.5, 104.25)
    assert strikes == [strikes[0]] * 2
    premium.execute_script(ZOOM, low, high)
    assert premium.execute_script(STRIKES) == [[low, high]] * 2


def test_on_a_phone_nothing_is_wider_than_the_screen_and_targets_are_24_pixels_or_more(shown, phone):
    for path in CHARTS:
        phone.get(shown.url + path)
        drawn.settled(phone)
        assert drawn.overflow(phone) <= 0, path
        assert phone.execute_script(TARGETS) == [], path


def test_on_a_phone_figures_come_first_and_filters_in_a_sheet(shown, phone):
    phone.get(shown.url + "/changes")
    drawn.settled(phone)
    figure = phone.find_element(By.CSS_SELECTOR, ".of-figure .value").rect
    assert figure["y"] + figure["height"] < 400
    assert not phone.find_elements(By.CSS_SELECTOR, ".st-key-bar_filters")
    phone.find_element(By.CSS_SELECTOR, ".st-key-sheet button").click()
    wait_for(lambda: phone.find_elements(By.CSS_SELECTOR, "[data-testid=stPopoverBody] .st-key-filter_market"))


def test_every_selector_of_the_style_sheet_still_matches_something(shown, premium):
    wanted = {name for name in PARTS.findall(SHEET.template) if not name.startswith(tuple(SOMEWHERE_ELSE))}
    found: set[str] = set()
    for path in ("/changes?right=C", "/new_positions"):
        premium.get(shown.url + path)
        drawn.settled(premium)
        found |= set(premium.execute_script("return [...document.querySelectorAll('[data-testid]')].map(e => e.dataset.testid)"))
    assert wanted <= found


def test_the_export_link_gives_the_rows_of_the_page(shown, premium):
    premium.get(shown.url + "/changes?right=C")
    drawn.settled(premium)
    link = premium.find_element(By.CSS_SELECTOR, "a[href*='/export/changes.csv']").get_attribute("href")
    assert link == shown.url + "/export/changes.csv?right=C"
    script = "const done = arguments[1]; fetch(arguments[0]).then(a => a.text().then(t => done(JSON.stringify([a.status, t]))))"
    status, text = json.loads(premium.execute_async_script(script, link))
    assert status == 200
    assert "EEE" in text
    assert "BBB,2023-10-06" not in text
