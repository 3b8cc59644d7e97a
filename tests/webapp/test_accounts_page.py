"""The admin's desk, the sign-in form and the account page, run as pages over a real database."""

from dataclasses import replace

import bcrypt
import pytest
from streamlit.testing.v1 import AppTest

from core.clock import system_clock
from usecases import accounts, audit, passwords, sign_in
from usecases.audit import Visit
from webapp import menu, pools, visitor
from webapp.look.palette import SCHEMES, palette
from webapp.parts import accounts_desk, tables

PASSWORD = "a walk along the quay"
VISIT = Visit(address="198.51.100.7", pre_sign_in="pre", agent="Tests")


@pytest.fixture
def site(databases, monkeypatch):
    """The web over a fresh database, with the accounts admin@site.test and free@site.test."""
    monkeypatch.setattr(passwords, "COST", 4)
    passwords.decoy.cache_clear()
    pools.clear()
    settings = databases.settings.model_copy(update={"oiflow_demo": False})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    for tier in ("admin", "free"):
        link = accounts.add(databases.auth, "test", f"{tier}@site.test", tier, None, system_clock)
        accounts.use_link(databases.auth, link.token, "", PASSWORD, VISIT, system_clock)
    yield databases.auth
    passwords.decoy.cache_clear()
    pools.database.cache_clear()


def as_visitor(monkeypatch, db, email):
    cookie = ""
    if email:
        account_id = db.one("account_by_email", email=email)[0]
        cookie = sign_in.redeem_ticket(db, sign_in.issue_ticket(db, account_id, VISIT, system_clock), VISIT, system_clock).cookie
    monkeypatch.setattr(visitor, "visit", lambda: replace(VISIT, cookie=cookie))


def page(name):
    return AppTest.from_file(menu.PAGES / f"{name}.py", default_timeout=60)


def press(run, label):
    return next(button for button in run.button if button.label == label).click().run()


def told(run):
    """All HTML on the page, where notices stand."""
    return " ".join(str(element.proto.body) for element in run.get("html"))


def desk(monkeypatch, db, email="free@site.test"):
    """The accounts page with one row picked, as an admin sees it."""
    as_visitor(monkeypatch, db, "admin@site.test")
    rows = accounts.listed(db, system_clock)
    picked = dict(rows[rows["email"] == email].iloc[0])
    monkeypatch.setattr(accounts_desk, "listed", lambda chosen: picked)
    return page("accounts").run()


def state_of(db, email="free@site.test"):
    rows = accounts.listed(db, system_clock).set_index("email")
    return rows.loc[email, "state"], rows.loc[email, "tier"]


def test_an_admin_invites_and_gets_the_link_once(site, monkeypatch):
    run = desk(monkeypatch, site)
    next(box for box in run.text_input if box.label == "E-mail").input("new@site.test")
    press(run, "Invite")
    assert accounts.open_link(site, run.code[0].value.split("token=")[1], system_clock) == ("new@site.test", "invite")


def test_an_admin_changes_a_tier(site, monkeypatch):
    run = desk(monkeypatch, site)
    next(box for box in run.selectbox if box.key == "tier free@site.test").select("premium")
    press(run, "Save tier")
    assert state_of(site) == ("active", "premium")


@pytest.mark.parametrize(
    ("button", "action"), [("Yes, disable", "disabled"), ("Yes, end sign-ins", "sign_ins_ended"), ("Reset link", "reset_link")]
)
def test_an_admin_disables_ends_and_resets(site, monkeypatch, button, action):
    run = press(desk(monkeypatch, site), button)
    assert not run.exception
    assert audit.entries(site).iloc[0][["actor", "action", "subject"]].tolist() == ["admin@site.test", action, "free@site.test"]


@pytest.mark.parametrize(
    ("state", "label"),
    [("waiting", "Enable"), *(("invited", f) for f in ("Save tier", "Reset link", "Yes, end sign-ins", "Yes, disable"))],
)
def test_a_click_for_an_account_that_has_left_its_row_changes_nobody(site, monkeypatch, state, label):
    as_visitor(monkeypatch, site, "admin@site.test")
    monkeypatch.setattr(tables, "picked", lambda event, rows: dict(rows.iloc[1]))  # a pick is the number of a row
    arrive(site, "bob@site.test", state)
    run = page("accounts").run()
    arrive(site, "ann@site.test", state)
    before = accounts.listed(site, system_clock), len(audit.entries(site))
    press(run, label)
    assert "ann@site.test" in told(run)
    assert accounts.listed(site, system_clock).drop(columns="seen_at").equals(before[0].drop(columns="seen_at"))
    assert len(audit.entries(site)) == before[1]


def arrive(db, email, state):
    """A new account, by signing up or by an invitation."""
    if state == "waiting":
        accounts.sign_up(db, email, PASSWORD, VISIT, system_clock)
    else:
        accounts.add(db, "test", email, "free", None, system_clock)


def test_a_demo_admin_is_told_whom_he_may_change_and_invite(site, monkeypatch):
    run = desk(monkeypatch, site)
    assert accounts.DEMO_WORDS not in [caption.value for caption in run.caption]
    account = replace(visitor.current(), demo=True)
    monkeypatch.setattr(visitor, "require", lambda feature: account)
    said = [caption.value for caption in run.run().caption]
    assert accounts.DEMO_WORDS in said
    assert any(words.startswith("A demo account invites demo accounts") for words in said)
    assert [button.label for button in run.button] == ["Invite"]


def test_the_last_admin_cannot_be_disabled_from_the_desk(site, monkeypatch):
    run = press(desk(monkeypatch, site, "admin@site.test"), "Yes, disable")
    assert "last admin" in told(run)


def test_the_desk_shows_accounts_and_audit_log_in_words(site, monkeypatch):
    as_visitor(monkeypatch, site, "admin@site.test")
    run = page("accounts").run()
    assert run.dataframe[0].value["E-mail"].tolist() == ["admin@site.test", "free@site.test"]
    assert "password_set" in run.dataframe[1].value["Action"].tolist()
    assert "None" not in run.dataframe[0].value.to_string() + run.dataframe[1].value.to_string()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "' OR 1=1 --", "%s %(email)s", "\\", "[a](javascript:alert(1))"])
def test_a_hostile_search_finds_nothing_and_breaks_nothing(site, monkeypatch, text):
    as_visitor(monkeypatch, site, "admin@site.test")
    run = page("accounts").run()
    next(box for box in run.text_input if box.label == "Search").input(text).run()
    assert not run.exception
    assert run.dataframe[0].value.empty


def tried(run, email, password):
    run.text_input[0].input(email)
    run.text_input[1].input(password)
    return press(run, "Sign in")


@pytest.mark.parametrize(
    ("email", "password", "right"),
    [
        ("free@site.test", PASSWORD, True),
        (" FREE@site.test ", PASSWORD, True),
        ("free@site.test", "wrong", False),
        ("nobody@site.test", "wrong", False),
        ("free@site.test", "", False),
        ("' OR 1=1 --", "x", False),
        ("free@site.test", "x" * 100, False),
    ],
)
def test_the_form_costs_one_hash_whatever_is_typed(site, monkeypatch, email, password, right):
    as_visitor(monkeypatch, site, "")
    calls, real = [], bcrypt.checkpw
    run = page("sign_in").run()
    passwords.decoy()
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: calls.append(given) or real(*given))
    run = tried(run, email, password)
    assert not run.exception
    assert len(calls) == 1
    assert ("E-mail or password is wrong." not in told(run)) is right
    assert ("/auth/ticket" in told(run)) is right


def test_over_the_limit_nothing_is_hashed(site, monkeypatch):
    as_visitor(monkeypatch, site, "")
    for _ in range(sign_in.MOST_FROM_UNKNOWN):
        sign_in.begin_attempt(site, "free@site.test", VISIT, system_clock)
    run = page("sign_in").run()
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: pytest.fail("hashed"))
    assert "Too many attempts" in told(tried(run, "free@site.test", PASSWORD))


def test_a_sign_up_is_closed_by_default_and_waits_where_it_is_open(site, monkeypatch):
    as_visitor(monkeypatch, site, "")
    assert "by invitation" in page("sign_up").run().info[0].value
    settings = pools.settings().model_copy(update={"signup": "open"})
    monkeypatch.setattr(pools, "settings", lambda: settings)
    run = page("sign_up").run()
    for box, words in zip(run.text_input, ("me@site.test", PASSWORD, PASSWORD), strict=True):
        box.input(words)
    press(run, "Sign up")
    assert state_of(site, "me@site.test") == ("waiting", "free")


@pytest.mark.parametrize("colours", SCHEMES)
def test_the_colours_of_an_account_are_kept_and_drawn(site, monkeypatch, colours):
    as_visitor(monkeypatch, site, "free@site.test")
    radio = next(radio for radio in page("account").run().radio if radio.label == "Rising and falling")
    assert len(radio.options) == len(SCHEMES)
    radio.set_value(colours).run()
    assert site.one("account_by_email", email="free@site.test")[8] == colours
    assert f"--of-rising:{palette('dark', colours).rising};" in told(page("account").run())


def test_signing_out_everywhere_ends_the_page_itself(site, monkeypatch):
    as_visitor(monkeypatch, site, "free@site.test")
    run = press(page("account").run(), "Sign out everywhere")
    assert run.info[0].value == "Please sign in."
