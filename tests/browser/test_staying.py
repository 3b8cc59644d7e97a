"""Who is signed in stays it, on the page he is on. The campaign tries it two hundred times."""

from tests.browser.staying import trials
from tests.usecases import market


def test_reload_new_tab_back_and_deep_link_keep_account_and_page(served, browser):
    market.fill(served.databases)
    served.sign_in(browser, "premium@site.test")
    assert trials(browser, served.url, "premium@site.test", 12) == []
