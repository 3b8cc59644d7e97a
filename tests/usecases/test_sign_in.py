"""Limits before the hash, tickets, sign-ins that end: the use cases without a browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest

from core.access import Tier
from core.errors import SignInError, TooManyAttempts, WrongPassword
from usecases import accounts, audit, passwords, sign_in
from usecases.audit import Visit

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PASSWORD = "a walk along the quay"
STRANGER = Visit(address="198.51.100.7", pre_sign_in="pre", agent="Tests")


class Clock:
    """A clock that tests push on."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "COST", 4)
    passwords.decoy.cache_clear()
    yield
    passwords.decoy.cache_clear()


@pytest.fixture
def account(databases, clock):
    """Makes an account with PASSWORD and gives its id."""

    def make(email="owner@site.test", tier="free", until=None):
        link = accounts.add(databases.auth, "test", email, tier, until, clock)
        return accounts.use_link(databases.auth, link.token, "", PASSWORD, STRANGER, clock)

    return make


def attempt(db, clock, password, email="owner@site.test", visit=STRANGER):
    started = sign_in.begin_attempt(db, email, visit, clock)
    sign_in.finish_attempt(db, started, passwords.matches(password, started.password_hash), visit, clock)
    return started.account_id


def signed_in(db, account_id, clock, visit=STRANGER):
    ticket = sign_in.issue_ticket(db, account_id, visit, clock)
    return sign_in.redeem_ticket(db, ticket, visit, clock)


def test_the_right_password_signs_in(databases, account, clock):
    account_id = account()
    assert attempt(databases.auth, clock, PASSWORD) == account_id
    cookie = signed_in(databases.auth, account_id, clock).cookie
    assert sign_in.current_account(databases.auth, cookie, clock).email == "owner@site.test"


def test_nothing_secret_is_stored_in_the_clear(databases, account, clock):
    given = signed_in(databases.auth, account(), clock)
    with databases.backup.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM (SELECT * FROM auth.sign_ins) t")
        stored = cursor.fetchone()[0]
    assert given.cookie not in stored
    assert sign_in.sha256(given.cookie) in stored
    assert len(given.cookie) >= 43


@pytest.mark.parametrize("state", ["known", "unknown", "disabled", "invited", "right"])
def test_each_attempt_costs_exactly_one_hash(databases, account, clock, monkeypatch, state):
    email = {"unknown": "nobody@site.test", "invited": "new@site.test"}.get(state, "owner@site.test")
    account()
    accounts.add(databases.auth, "test", "new@site.test", "free", None, clock)
    if state == "disabled":
        accounts.disable(databases.auth, "test", email, clock)
    passwords.decoy()
    calls, real = [], bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: calls.append(given) or real(*given))
    try:
        attempt(databases.auth, clock, PASSWORD if state in ("right", "disabled") else "wrong password", email)
    except WrongPassword:
        assert state != "right"
    assert len(calls) == 1


def test_a_disabled_account_with_the_right_password_looks_like_a_wrong_one(databases, account, clock):
    account()
    accounts.disable(databases.auth, "test", "owner@site.test", clock)
    with pytest.raises(WrongPassword):
        attempt(databases.auth, clock, PASSWORD)
    assert audit.entries(databases.auth, "password_wrong")["detail"].tolist() == ['{"account": "disabled"}']  # an admin sees why


def evaluated(db, clock, visit, email, guesses):
    """How many of some wrong guesses reached the hash."""
    count = 0
    for _ in range(guesses):
        try:
            attempt(db, clock, "wrong password", email, visit)
        except WrongPassword:
            count += 1
        except TooManyAttempts:
            pass
    return count


def test_at_most_twenty_guesses_of_an_hour_are_evaluated_for_one_account(databases, account, clock):
    known = signed_in(databases.auth, account(), clock)
    count = 0
    for number in range(120):
        clock.now += timedelta(seconds=29)
        visit = replace(STRANGER, address=f"203.0.113.{number}", browser=known.browser if number % 3 == 0 else "")
        count += evaluated(databases.auth, clock, visit, "owner@site.test", 1)
    assert count <= 20


def test_spraying_one_password_over_many_accounts_stops_at_the_limit_of_the_address(databases, clock):
    count = sum(evaluated(databases.auth, clock, STRANGER, f"name{number}@site.test", 1) for number in range(200))
    assert count == sign_in.MOST_FROM_ADDRESS


def test_addresses_of_one_ipv6_network_count_as_one():
    assert sign_in.network("2001:db8:1:2::1") == sign_in.network("2001:db8:1:2:ffff::9") != sign_in.network("2001:db8:1:3::1")


def test_the_owner_gets_in_with_a_known_browser_while_somebody_guesses(databases, account, clock):
    account_id = account()
    known = signed_in(databases.auth, account_id, clock)
    evaluated(databases.auth, clock, STRANGER, "owner@site.test", 200)
    with pytest.raises(TooManyAttempts):
        attempt(databases.auth, clock, PASSWORD)
    assert attempt(databases.auth, clock, PASSWORD, visit=replace(STRANGER, browser=known.browser)) == account_id


def test_a_try_during_the_lock_does_not_prolong_it(databases, account, clock):
    account_id = account()
    evaluated(databases.auth, clock, STRANGER, "owner@site.test", 30)
    clock.now += timedelta(minutes=50)
    evaluated(databases.auth, clock, STRANGER, "owner@site.test", 30)
    clock.now += timedelta(minutes=11)
    assert attempt(databases.auth, clock, PASSWORD) == account_id


def test_right_passwords_use_up_nothing(databases, account, clock):
    account()
    for _ in range(40):
        attempt(databases.auth, clock, PASSWORD)


def test_a_crash_between_limit_and_hash_leaves_the_attempt_counted(databases, account, clock):
    account()
    for _ in range(sign_in.MOST_FROM_UNKNOWN):
        sign_in.begin_attempt(databases.auth, "owner@site.test", STRANGER, clock)
    with pytest.raises(TooManyAttempts):
        attempt(databases.auth, clock, PASSWORD)


@pytest.mark.parametrize("fault", ["used", "late", "other browser", "made up"])
def test_a_ticket_is_good_once_soon_and_in_its_own_browser(databases, account, clock, fault):
    ticket = sign_in.issue_ticket(databases.auth, account(), STRANGER, clock)
    visit = replace(STRANGER, pre_sign_in="other") if fault == "other browser" else STRANGER
    if fault == "used":
        sign_in.redeem_ticket(databases.auth, ticket, visit, clock)
    if fault == "late":
        clock.now += timedelta(seconds=31)
    with pytest.raises(SignInError):
        sign_in.redeem_ticket(databases.auth, "x" if fault == "made up" else ticket, visit, clock)


def test_a_browser_without_cookies_gets_no_ticket(databases, account, clock):
    with pytest.raises(SignInError):
        sign_in.issue_ticket(databases.auth, account(), replace(STRANGER, pre_sign_in=""), clock)


@pytest.mark.parametrize(("tier", "idle", "most"), [("free", 24, 24 * 30), ("premium", 24, 24 * 30), ("admin", 1, 12)])
def test_sign_ins_idle_out_and_end(databases, account, clock, tier, idle, most):
    account_id = account(tier=tier)
    idle_cookie, busy_cookie = (signed_in(databases.auth, account_id, clock).cookie for _ in range(2))
    for _ in range(most * 2 - 1):
        clock.now += timedelta(minutes=30)
        assert sign_in.current_account(databases.auth, busy_cookie, clock) is not None
        if clock.now - NOW >= timedelta(hours=idle):
            assert sign_in.current_account(databases.auth, idle_cookie, clock) is None
    clock.now = NOW + timedelta(hours=most)
    assert sign_in.current_account(databases.auth, busy_cookie, clock) is None


def test_watching_an_idle_page_does_not_keep_it_signed_in(databases, account, clock):
    cookie = signed_in(databases.auth, account(), clock).cookie
    for _ in range(23):
        clock.now += timedelta(hours=1)
        assert sign_in.current_account(databases.auth, cookie, clock, touch=False) is not None
    clock.now += timedelta(hours=1)
    assert sign_in.current_account(databases.auth, cookie, clock, touch=False) is None


def test_an_account_that_becomes_admin_has_an_admins_limits_at_once(databases, account, clock):
    cookie = signed_in(databases.auth, account(), clock).cookie
    accounts.set_tier(databases.auth, "test", "owner@site.test", "admin", None, clock)
    clock.now += timedelta(minutes=61)
    assert sign_in.current_account(databases.auth, cookie, clock) is None


def test_a_tier_that_ends_counts_as_free_from_that_instant(databases, account, clock):
    cookie = signed_in(databases.auth, account(tier="premium", until=NOW + timedelta(hours=1)), clock).cookie
    assert sign_in.current_account(databases.auth, cookie, clock).tier is Tier.PREMIUM
    clock.now += timedelta(hours=1)
    assert sign_in.current_account(databases.auth, cookie, clock).tier is Tier.FREE


def _revoke(event, db, account_id, clock, cookie):
    email = "owner@site.test"
    if event == "sign-out":
        sign_in.sign_out(db, cookie, STRANGER, clock)
    elif event == "everywhere":
        accounts.end_sign_ins(db, "test", email, clock)
    elif event == "password":
        accounts.change_password(db, account_id, email, PASSWORD, "another quay at night", STRANGER, clock)
    elif event == "reset":
        accounts.use_link(db, accounts.reset_link(db, "test", email, clock).token, "", "another quay at night", STRANGER, clock)
    elif event == "disable":
        accounts.disable(db, "test", email, clock)
    elif event == "new sign-in":
        signed_in(db, account_id, clock, replace(STRANGER, cookie=cookie))


@pytest.mark.parametrize("event", ["sign-out", "everywhere", "password", "reset", "disable", "new sign-in"])
def test_a_revoked_cookie_is_refused_at_the_next_request(databases, account, clock, event):
    account_id = account()
    cookie = signed_in(databases.auth, account_id, clock).cookie
    _revoke(event, databases.auth, account_id, clock, cookie)
    assert sign_in.current_account(databases.auth, cookie, clock) is None


def test_a_demotion_counts_at_the_next_request(databases, account, clock):
    cookie = signed_in(databases.auth, account(tier="premium"), clock).cookie
    accounts.set_tier(databases.auth, "test", "owner@site.test", "free", None, clock)
    assert sign_in.current_account(databases.auth, cookie, clock).tier is Tier.FREE


def test_tickets_of_before_end_with_the_sign_ins(databases, account, clock):
    ticket = sign_in.issue_ticket(databases.auth, account(), STRANGER, clock)
    accounts.end_sign_ins(databases.auth, "test", "owner@site.test", clock)
    with pytest.raises(SignInError):
        sign_in.redeem_ticket(databases.auth, ticket, STRANGER, clock)


def test_a_made_up_cookie_is_nobody(databases, clock):
    assert sign_in.current_account(databases.auth, "made up", clock) is None
    assert sign_in.current_account(databases.auth, "", clock) is None


HERE = replace(STRANGER, address="127.0.0.1")


@pytest.fixture
def demo(demo_databases, clock, tmp_path):
    """The simulated market's accounts: their database and the demo admin's password."""
    return demo_databases.auth, accounts.ensure_demo(demo_databases.auth, tmp_path, clock)["admin@demo"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_a_demo_account_signs_in_at_this_machine(demo, clock, address):
    db, password = demo
    visit = replace(HERE, address=address)
    cookie = signed_in(db, attempt(db, clock, password, "admin@demo", visit), clock, visit).cookie
    assert sign_in.current_account(db, cookie, clock, address=address).demo


@pytest.mark.parametrize("address", ["198.51.100.7", "10.0.0.8", "2001:db8::1", "::ffff:198.51.100.7", "", "unknown"])
def test_a_demo_account_is_let_in_from_nowhere_else(demo, clock, address):
    db, password = demo
    away = replace(HERE, address=address)
    with pytest.raises(WrongPassword):
        attempt(db, clock, password, "admin@demo", away)
    account_id = attempt(db, clock, password, "admin@demo", HERE)
    with pytest.raises(SignInError):
        sign_in.redeem_ticket(db, sign_in.issue_ticket(db, account_id, HERE, clock), away, clock)
    cookie = signed_in(db, account_id, clock, HERE).cookie
    assert sign_in.current_account(db, cookie, clock, address=address) is None


def test_open_sign_ins_are_listed_with_their_moments(databases, account, clock):
    owner = account()
    signed_in(databases.auth, owner, clock)
    rows = sign_in.open_sign_ins(databases.auth, owner, clock)
    assert list(rows.columns) == ["created_at", "seen_at", "address", "browser"]
    assert (rows["created_at"][0], rows["address"][0]) == (NOW, STRANGER.address)
