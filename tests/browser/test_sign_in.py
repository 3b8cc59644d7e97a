"""Sign-in in a real browser: cookies, reload, deep links, tabs, sign-out, revocation, restart."""

import json
import time

import pytest
from selenium.webdriver.common.by import By

from core.clock import system_clock
from tests.browser import idle
from tests.browser.served import PASSWORD, click, text, type_in, wait_for
from usecases import accounts
from usecases.audit import Visit


def signed_in_as(browser, email):
    return wait_for(lambda: email in text(browser))


def asks_to_sign_in(browser):
    return wait_for(lambda: "Welcome to OI Flow" in text(browser) and "Sign out" not in text(browser))


def test_after_signing_in_the_visitor_is_on_the_page_and_query_he_wanted(served, browser):
    served.sign_in(browser, "premium@site.test", "/changes?ticker=SPY")
    assert browser.current_url == served.url + "/changes?ticker=SPY"
    wait_for(lambda: "Open interest changes" in text(browser))


def test_the_cookies_are_out_of_reach_of_scripts(served, browser):
    served.sign_in(browser, "free@site.test")
    for name in ("oiflow", "oiflow-visit", "oiflow-browser"):
        cookie = browser.get_cookie(name)
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert len(cookie["value"]) >= 43
        assert cookie["value"] not in browser.execute_script("return document.cookie")


def test_reload_back_new_tab_and_deep_link_keep_account_and_page(served, browser):
    served.sign_in(browser, "premium@site.test", "/changes")
    browser.refresh()
    signed_in_as(browser, "premium@site.test")
    browser.get(served.url + "/glossary")
    wait_for(lambda: browser.current_url.endswith("/glossary") and "premium@site.test" in text(browser))
    browser.back()
    wait_for(lambda: browser.current_url.endswith("/changes") and "premium@site.test" in text(browser))
    browser.switch_to.new_window("tab")
    browser.get(served.url + "/table?right=C")
    signed_in_as(browser, "premium@site.test")
    assert browser.current_url == served.url + "/table?right=C"


def test_a_wrong_password_says_so_and_the_form_stays(served, browser):
    browser.get(served.url)
    type_in(browser, "E-mail", "free@site.test")
    type_in(browser, "Password", "not the password")
    click(browser, "Sign in")
    wait_for(lambda: "E-mail or password is wrong." in text(browser))
    assert browser.get_cookie("oiflow") is None


def test_signing_out_ends_every_tab_and_a_kept_cookie_is_worthless(served, browser):
    served.sign_in(browser, "free@site.test")
    kept = browser.get_cookie("oiflow")
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get(served.url + "/changes")
    signed_in_as(browser, "free@site.test")
    click(browser, "Sign out")
    asks_to_sign_in(browser)
    assert browser.get_cookie("oiflow") is None
    browser.switch_to.window(first)
    asks_to_sign_in(browser)
    browser.add_cookie({key: kept[key] for key in ("name", "value", "path", "httpOnly", "sameSite")})
    browser.get(served.url)
    asks_to_sign_in(browser)


@pytest.mark.parametrize("event", idle.EVENTS)
def test_an_idle_page_is_cleared_when_its_account_may_not_keep_it(served, browser, event):
    email = idle.leave_open(browser, served, event)
    idle.act(served.databases, event, email)
    wait_for(lambda: idle.cleared(browser, event, email), 10)


def test_two_browsers_see_two_accounts(served, browser, other_browser):
    served.sign_in(browser, "free@site.test")
    served.sign_in(other_browser, "premium@site.test")
    browser.refresh()
    assert signed_in_as(browser, "free@site.test")
    assert "premium@site.test" not in text(browser)


def test_signing_in_again_in_the_same_browser_ends_the_sign_in_before(served, browser):
    served.sign_in(browser, "free@site.test")
    before = browser.get_cookie("oiflow")["value"]
    browser.delete_cookie("oiflow")
    served.sign_in(browser, "premium@site.test")
    assert browser.get_cookie("oiflow")["value"] != before


def test_an_invitation_sets_the_password_and_signs_in(served, browser):
    link = accounts.add(served.databases.auth, "test", "invited@site.test", "free", None, system_clock)
    browser.get(link.url(served.url))
    type_in(browser, "New password", "another quay at night")
    type_in(browser, "New password again", "another quay at night")
    click(browser, "Set password")
    signed_in_as(browser, "invited@site.test")
    assert browser.current_url == served.url + "/"
    browser.get(link.url(served.url))
    wait_for(lambda: "This link is wrong, used or expired." in text(browser))


def test_changing_the_password_keeps_this_browser_and_ends_the_others(served, browser, other_browser):
    link = accounts.add(served.databases.auth, "test", "changer@site.test", "free", None, system_clock)
    accounts.use_link(served.databases.auth, link.token, "", PASSWORD, Visit(), system_clock)
    served.sign_in(other_browser, "changer@site.test")
    served.sign_in(browser, "changer@site.test", "/account")
    type_in(browser, "Present password", PASSWORD)
    type_in(browser, "New password", "another quay at night")
    type_in(browser, "New password again", "another quay at night")
    before = browser.get_cookie("oiflow")["value"]
    click(browser, "Change password")
    wait_for(lambda: browser.get_cookie("oiflow")["value"] != before)
    signed_in_as(browser, "changer@site.test")
    asks_to_sign_in(other_browser)


@pytest.mark.parametrize(
    ("tier", "locked", "hidden"), [("free", ["Display"], ["Accounts"]), ("premium", [], ["Accounts"]), ("admin", [], [])]
)
def test_the_menu_shows_what_is_closed_and_hides_what_is_for_admins(served, browser, tier, locked, hidden):
    served.sign_in(browser, served.emails[tier])
    links = {
        link.text.split("\n")[-1]: link.text for link in browser.find_elements(By.CSS_SELECTOR, "[data-testid=stSidebarNavLink]")
    }
    assert all("lock" in links[name] for name in locked)
    assert not any(name in links for name in hidden)


@pytest.mark.parametrize("path", ["/accounts", "/data"])
def test_admin_pages_are_closed_to_others(served, browser, path):
    served.sign_in(browser, "premium@site.test", path)
    wait_for(lambda: "This page is for admins." in text(browser))
    assert "Audit log" not in text(browser)


def test_the_sign_in_page_asks_nobody_outside_and_breaks_no_policy(served, browser):
    served.sign_in(browser, "free@site.test", "/account")
    requests = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [message["params"]["request"]["url"] for message in requests if message["method"] == "Network.requestWillBeSent"]
    assert [url for url in urls if not url.startswith((served.url, "data:", "blob:", "chrome:"))] == []
    assert [entry["message"] for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]] == []


def test_the_theme_of_the_account_page_holds_on_the_next_page(served, browser):
    served.sign_in(browser, "free@site.test", "/account")
    wait_for(lambda: browser.find_elements(By.XPATH, "//label[contains(., 'Light')]"))[0].click()
    wait_for(lambda: browser.execute_script("return localStorage.getItem('oiflow-theme')") == "Light")
    browser.get(served.url + "/glossary")
    signed_in_as(browser, "free@site.test")
    background = "return getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    wait_for(lambda: browser.execute_script(background) == "rgb(246, 247, 249)")
    browser.get(served.url + "/account")
    wait_for(lambda: browser.find_elements(By.XPATH, "//label[contains(., 'Dark')]"))[0].click()
    wait_for(lambda: browser.execute_script("return localStorage.getItem('oiflow-theme')") == "Dark")
    time.sleep(0.5)
