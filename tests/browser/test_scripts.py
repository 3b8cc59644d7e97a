"""Text of files, visitors and accounts stays text in a real browser: nothing runs, nothing is added to the page."""

import pytest

from tests.browser import scripts


@pytest.fixture(scope="module")
def hostile(served):
    scripts.plant(served.databases, 500)
    return served


def test_no_page_runs_or_draws_what_others_wrote(hostile, browser):
    hostile.sign_in(browser, "admin@site.test", "/account")
    found = scripts.look(browser, hostile.url, scripts.PATHS)
    assert found.ran == []
    assert found.added == []
    assert found.failed == []
    assert found.shown > 0
