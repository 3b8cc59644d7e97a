"""PostgreSQL is restarted while pages are open: they come back by themselves. The campaign does it ten times."""

from tests.browser.restart import LONGEST, restart
from tests.browser.served import make_accounts, serve
from tests.usecases import market
from tests.walls.site import own_databases


def test_open_pages_come_back_after_the_database_without_a_trace_and_without_loss(browser, tmp_path):
    with own_databases("r15") as databases:
        make_accounts(databases)
        market.fill(databases)
        with serve(databases, tmp_path / "web.log") as served:
            served.sign_in(browser, "premium@site.test")
            found = restart(browser, served, "premium@site.test", 2)
    assert max(found.seconds) <= LONGEST
    assert (found.leaks, found.lost) == ([], 0)
