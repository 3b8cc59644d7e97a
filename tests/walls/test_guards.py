"""One forgotten check is not a leak: each guard is deleted in turn, and another one, or PostgreSQL, still refuses.

Where a guard is the only one of its kind, the deletion has to be noticed: the probe that holds it gives another answer.
"""

import ast
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core import access
from core.access import FEATURES, Tier
from core.clock import frozen, system_clock
from core.errors import NotAllowed, PlatformError
from db import database as db_database
from db import read
from tests.usecases import market
from tests.walls import canaries
from tests.walls.visitors import cookie_of
from usecases import accounts, exports, passwords, reader, sign_in
from usecases.audit import Visit
from usecases.changes import view_changes
from usecases.contract_table import view_table
from usecases.display import view_display
from usecases.filters import Filters
from usecases.home import view_home
from usecases.new_positions import view_new_positions
from usecases.reader import Reader
from webapp import menu, pools, visitor
from webapp.server import downloads

PAGES = [name for name in FEATURES if name != "glossary"]  # words only, open to everybody
CLOSED = [
    (kind, page)
    for kind in ("anonymous", "free", "expired", "disabled")
    for page in PAGES
    if kind in ("anonymous", "disabled") or Tier.FREE not in FEATURES[page].tiers
]
VIEWS = {
    "home": lambda found: view_home(found),
    "changes": lambda found: view_changes(found, Filters()),
    "display": lambda found: view_display(found, Filters(), 10),
    "new_positions": lambda found: view_new_positions(found, Filters()),
    "table": lambda found: view_table(found, Filters()),
}
VISIT = Visit(address="198.51.100.7", pre_sign_in="pre")


@pytest.fixture(scope="module", autouse=True)
def filled(kept_databases):
    """What is closed has to be there: an empty database would show nobody anything."""
    market.fill(kept_databases)


@pytest.fixture
def forgetful(kept_databases, monkeypatch):
    """A free reader that has forgotten every check, asking for the facts of sessions as premium knows them."""
    monkeypatch.setattr(reader, "allows", lambda tier, feature: True)
    monkeypatch.setattr(reader, "limits", lambda tier, feature: access.ALL)
    stored = read.sessions(kept_databases.app_premium, system_clock())
    made = Reader(kept_databases.app_free, Tier.FREE, system_clock)
    made._store, made.data_version, made.stored = read, lambda: (1, system_clock()), lambda as_of=None: stored
    return made


class _NoLock(ast.NodeTransformer):
    """`visitor.require(x)` becomes "whoever is there": the check is gone, the page goes on."""

    def visit_Call(self, node):
        if ast.unparse(node.func) == "visitor.require":
            return ast.parse("(visitor.current() or visitor.STRANGER)", mode="eval").body
        return self.generic_visit(node)


def without_lock(page):
    """The source of a page whose first statement checks nothing."""
    return ast.unparse(ast.fix_missing_locations(_NoLock().visit(ast.parse((menu.PAGES / f"{page}.py").read_text()))))


def assert_facts_were_refused(error):
    """PostgreSQL said no, and to the facts themselves: not to a table that was asked on the way there."""
    assert "permission denied for schema facts" in str(error.__cause__)


def figures(page):
    """What a page shows that only the database knows."""
    return [*(table for table in page.dataframe if len(table.value)), *page.get("bidi_component")]


@pytest.mark.parametrize(("kind", "page"), CLOSED)
def test_a_page_without_its_lock_still_shows_nothing_that_is_closed(run_as, kind, page):
    run_as(kind, page)  # sets who is looking
    found = AppTest.from_string(without_lock(page), default_timeout=60).run()
    assert found.exception
    assert not figures(found)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_its_lock_shows_figures_to_who_may_see_them(run_as, page):
    run_as("admin", page)
    found = AppTest.from_string(without_lock(page), default_timeout=60).run()
    assert not found.exception
    assert figures(found)


def test_a_lock_that_lets_everybody_in_still_opens_nothing(run_as, monkeypatch):
    monkeypatch.setattr(visitor, "allows", lambda tier, feature: True)
    for page in ("display", "new_positions", "table"):
        assert run_as("free", page).exception
        assert run_as("anonymous", page).exception


@pytest.mark.parametrize("view", ["display", "new_positions", "table"])
def test_a_use_case_refuses_a_free_reader(databases, view):
    with pytest.raises(NotAllowed):
        VIEWS[view](Reader(databases.app_free, Tier.FREE, system_clock))


@pytest.mark.parametrize("view", VIEWS)
def test_postgresql_refuses_when_the_use_case_has_forgotten_every_check(forgetful, view):
    with pytest.raises(NotAllowed) as raised:
        VIEWS[view](forgetful)
    assert_facts_were_refused(raised.value)


@pytest.mark.usefixtures("run_as")  # the pools of this database
@pytest.mark.parametrize("feature", access.EXPORTED)
def test_an_export_without_its_check_is_refused_by_the_use_case(cookies, monkeypatch, feature):
    monkeypatch.setattr(downloads, "may_export", lambda tier, feature: True)
    with pytest.raises(NotAllowed) as raised:
        downloads.taken(feature, "csv", {"symbol": "AAA"}, Visit(cookie=cookies["free"]))
    assert raised.type is NotAllowed
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("run_as")
@pytest.mark.parametrize("feature", [name for name in access.EXPORTED if name != "accounts"])  # those are read by the login auth
def test_an_export_without_any_check_is_refused_by_postgresql(cookies, monkeypatch, forgetful, feature):
    monkeypatch.setattr(downloads, "may_export", lambda tier, feature: True)
    monkeypatch.setattr(exports, "_check", lambda reader, feature: None)
    monkeypatch.setattr(pools, "reader", lambda account: forgetful)
    with pytest.raises(NotAllowed) as raised:
        downloads.taken(feature, "csv", {"symbol": "AAA"}, Visit(cookie=cookies["free"]))
    assert_facts_were_refused(raised.value)


@pytest.mark.parametrize(
    "relation", ["facts.options_flow", "options_flow", "oi_daily_summary", "loads", "contracts", "auth.accounts"]
)
def test_the_free_login_cannot_read_what_is_not_free(databases, relation):
    with pytest.raises(NotAllowed), databases.app_free.transaction() as work:
        work.connection.cursor().execute(f"SELECT * FROM {relation} LIMIT 1")


# Conditions in the SQL of sign-in: (query, condition, probe that has to notice or still be refused)
CONDITIONS = [
    ("signed_in_account", "s.ended_at IS NULL AND ", "ended"),
    ("signed_in_account", "AND a.state = 'active'", "disabled"),
    ("signed_in_account", "s.idle_until > %(now)s AND ", "idle"),
    ("signed_in_account", " AND s.expires_at > %(now)s", "too old"),
    ("use_ticket", " AND t.used_at IS NULL", "ticket twice"),
    ("use_ticket", "AND t.expires_at > %(now)s", "ticket late"),
    ("use_ticket", " AND t.pre_sign_in_sha256 = %(pre_sign_in_sha256)s", "ticket elsewhere"),
    ("use_ticket", " AND a.state = 'active'", "ticket disabled"),
    ("open_link", " AND i.used_at IS NULL", "link twice"),
    ("open_link", " AND i.expires_at > %(now)s", "link late"),
    ("use_link", " AND used_at IS NULL", "link twice"),
    ("use_link", " AND expires_at > %(now)s", "link late"),
    ("open_link", "AND a.state IS DISTINCT FROM 'disabled'", "link disabled"),
]


def let_in(db, probe):
    """Try what has to be refused; True when it was not."""
    after = frozen(system_clock() + timedelta(hours=25 if probe in ("idle",) else 24 * 40))
    try:
        if probe in ("ended", "disabled", "idle", "too old"):
            return _cookie_let_in(db, probe, after)
        return _secret_let_in(db, probe, after)
    except PlatformError:
        return False


def _cookie_let_in(db, probe, after):
    cookie = cookie_of(db, "disabled" if probe == "disabled" else "free")
    if probe == "ended":
        sign_in.sign_out(db, cookie, VISIT, system_clock)
    return sign_in.current_account(db, cookie, after if probe in ("idle", "too old") else system_clock) is not None


def _secret_let_in(db, probe, after):
    what, how = probe.split()
    link = accounts.add(db, "test", "probe@walls.test", "free", None, system_clock)
    if what == "ticket" or how == "twice":
        account_id = accounts.use_link(db, link.token, "", "a walk along the quay", VISIT, system_clock)
    if what == "link":
        if how == "disabled":
            accounts.disable(db, "test", "probe@walls.test", system_clock)
        return accounts.use_link(db, link.token, "", "a walk along the quay", VISIT, after if how == "late" else system_clock)
    ticket = sign_in.issue_ticket(db, account_id, VISIT, system_clock)
    if how == "twice":
        sign_in.redeem_ticket(db, ticket, VISIT, system_clock)
    if how == "disabled":
        accounts.disable(db, "test", "probe@walls.test", system_clock)
    visit = Visit(pre_sign_in="another browser") if how == "elsewhere" else VISIT
    return sign_in.redeem_ticket(db, ticket, visit, after if how == "late" else system_clock)


@pytest.mark.parametrize("probe", sorted({probe for _, _, probe in CONDITIONS}))
def test_what_has_ended_lets_nobody_in(databases, monkeypatch, probe):
    monkeypatch.setattr(passwords, "COST", 4)
    assert not let_in(databases.auth, probe)


@pytest.mark.parametrize(("query", "condition", "probe"), CONDITIONS)
def test_each_condition_is_one_of_the_query_and_its_loss_is_noticed_or_harmless(databases, monkeypatch, query, condition, probe):
    monkeypatch.setattr(passwords, "COST", 4)
    texts = dict(db_database.queries())
    assert texts[query].count(condition) == 1
    monkeypatch.setattr(db_database, "queries", lambda: texts | {query: texts[query].replace(condition, " ")})
    noticed = bool(let_in(databases.auth, probe))
    assert noticed is ((query, condition) in _ALONE)


_ALONE = {  # nothing else refuses: their loss is noticed by the probe above
    ("signed_in_account", "s.ended_at IS NULL AND "),
    ("use_ticket", " AND t.used_at IS NULL"),
    ("use_ticket", "AND t.expires_at > %(now)s"),
    ("use_ticket", " AND t.pre_sign_in_sha256 = %(pre_sign_in_sha256)s"),
}


def test_limits_of_the_free_tier_are_what_the_free_relations_hold(databases):
    canaries.plant(databases)  # more sessions, tickers and expirations than are free
    latest, trend = access.limits(Tier.FREE, "changes"), access.limits(Tier.FREE, "flow_trend")
    with databases.app_free.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT quote_session), array_agg(DISTINCT expiration) FROM free_tickers")
        assert cursor.fetchone() == (latest.rows, latest.sessions, [canaries.NEAR])
        cursor.execute("SELECT count(DISTINCT symbol), count(DISTINCT quote_session), max(expiration) FROM free_strikes")
        assert cursor.fetchone() == (latest.rows, latest.sessions, canaries.NEAR)
        for relation in ("free_sessions", "free_contracts"):
            cursor.execute(f"SELECT array_agg(DISTINCT quote_session) FROM {relation}")
            assert cursor.fetchone() == (list(canaries.DAYS[-trend.sessions :]),)
