"""Invitations, tiers, links, the first admin, sign-up and the audit log."""

import stat
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen
from core.errors import AccountError, BadLink, BadPassword, NotAllowed, TooManyAttempts, WrongPassword
from usecases import accounts, audit, passwords, sign_in
from usecases.audit import Visit

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PASSWORD = "a walk along the quay"
VISIT = Visit(address="198.51.100.7", pre_sign_in="pre")
clock = frozen(NOW)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    monkeypatch.setattr(passwords, "COST", 4)
    passwords.decoy.cache_clear()
    yield
    passwords.decoy.cache_clear()


def later(**passed):
    return frozen(NOW + timedelta(**passed))


def invited(db, email="new@site.test", tier="free"):
    return accounts.add(db, "admin@site.test", email, tier, None, clock)


def actions(db):
    return list(audit.entries(db)["action"])


def test_an_invitation_sets_the_password_once(databases):
    link = invited(databases.auth)
    accounts.use_link(databases.auth, link.token, "", PASSWORD, VISIT, clock)
    with pytest.raises(BadLink):
        accounts.use_link(databases.auth, link.token, "", PASSWORD, VISIT, clock)
    assert accounts.listed(databases.auth, clock)["state"].tolist() == ["active"]


def test_a_link_address_holds_the_secret_that_only_its_hash_is_stored_of(databases):
    link = invited(databases.auth)
    assert link.url("https://site.test/") == f"https://site.test/set_password?token={link.token}"
    assert accounts.open_link(databases.auth, link.token, clock) == ("new@site.test", "invite")


@pytest.mark.parametrize(("purpose", "life"), [("invite", 72 * 60), ("reset", 30), ("first_admin", 30)])
def test_links_end_in_time(databases, purpose, life):
    link = accounts.first_admin_link(databases.auth, clock) if purpose == "first_admin" else invited(databases.auth)
    if purpose == "reset":
        accounts.use_link(databases.auth, link.token, "", PASSWORD, VISIT, clock)
        link = accounts.reset_link(databases.auth, "admin@site.test", "new@site.test", clock)
    assert accounts.open_link(databases.auth, link.token, later(minutes=life - 1))[1] == purpose
    with pytest.raises(BadLink):
        accounts.open_link(databases.auth, link.token, later(minutes=life))


def test_a_new_link_replaces_the_open_one(databases):
    first = invited(databases.auth)
    accounts.reset_link(databases.auth, "admin@site.test", "new@site.test", clock)
    with pytest.raises(BadLink):
        accounts.open_link(databases.auth, first.token, clock)


def test_a_link_of_a_disabled_account_opens_nothing(databases):
    link = invited(databases.auth)
    accounts.disable(databases.auth, "admin@site.test", "new@site.test", clock)
    with pytest.raises(BadLink):
        accounts.open_link(databases.auth, link.token, clock)


def test_the_first_admin_comes_by_one_link_and_there_is_no_default_account(databases):
    assert accounts.listed(databases.auth, clock).empty
    link = accounts.first_admin_link(databases.auth, clock)
    accounts.use_link(databases.auth, link.token, "Boss@Site.test", PASSWORD, VISIT, clock)
    assert accounts.listed(databases.auth, clock)[["email", "tier"]].to_numpy().tolist() == [["boss@site.test", "admin"]]
    assert accounts.first_admin_link(databases.auth, clock) is None


def test_a_first_admin_link_is_dead_once_there_is_an_admin(databases):
    link = accounts.first_admin_link(databases.auth, clock)
    accounts.use_link(databases.auth, invited(databases.auth, tier="admin").token, "", PASSWORD, VISIT, clock)
    with pytest.raises(BadLink):
        accounts.use_link(databases.auth, link.token, "boss@site.test", PASSWORD, VISIT, clock)


@pytest.mark.parametrize("act", ["disable", "demote", "end"])
def test_the_last_admin_stays(databases, act):
    accounts.use_link(databases.auth, invited(databases.auth, tier="admin").token, "", PASSWORD, VISIT, clock)
    acts = {
        "disable": lambda: accounts.disable(databases.auth, "x", "new@site.test", clock),
        "demote": lambda: accounts.set_tier(databases.auth, "x", "new@site.test", "free", None, clock),
        "end": lambda: accounts.set_tier(databases.auth, "x", "new@site.test", "admin", NOW + timedelta(days=1), clock),
    }
    with pytest.raises(AccountError, match="last admin"):
        acts[act]()


@pytest.mark.parametrize("email", ["", "name", "a@b@c", "<script>@x.test", "a b@x.test", "name@", "x@y.test\nBcc: z@y.test"])
def test_what_is_no_address_is_refused(databases, email):
    with pytest.raises(AccountError):
        accounts.add(databases.auth, "x", email, "free", None, clock)


def test_an_address_is_taken_once_whatever_its_case(databases):
    invited(databases.auth)
    with pytest.raises(AccountError, match="already"):
        invited(databases.auth, "NEW@site.test")


def test_a_tier_cannot_end_in_the_past(databases):
    with pytest.raises(AccountError, match="past"):
        accounts.add(databases.auth, "x", "new@site.test", "premium", NOW, clock)


def test_a_common_password_is_refused_and_the_link_stays_good(databases):
    link = invited(databases.auth)
    with pytest.raises(BadPassword):
        accounts.use_link(databases.auth, link.token, "", "password123456", VISIT, clock)
    assert accounts.open_link(databases.auth, link.token, clock)


def test_changing_the_password_asks_for_the_present_one(databases):
    account_id = accounts.use_link(databases.auth, invited(databases.auth).token, "", PASSWORD, VISIT, clock)
    with pytest.raises(WrongPassword):
        accounts.change_password(databases.auth, account_id, "new@site.test", "wrong", "another quay at night", VISIT, clock)
    accounts.change_password(databases.auth, account_id, "new@site.test", PASSWORD, "another quay at night", VISIT, clock)
    assert actions(databases.auth)[0] == "password_changed"


def test_guesses_at_the_present_password_are_limited_too(databases):
    account_id = accounts.use_link(databases.auth, invited(databases.auth).token, "", PASSWORD, VISIT, clock)
    for _ in range(sign_in.MOST_FROM_UNKNOWN):
        with pytest.raises(WrongPassword):
            accounts.change_password(databases.auth, account_id, "new@site.test", "wrong", "another quay at night", VISIT, clock)
    with pytest.raises(TooManyAttempts):
        accounts.change_password(databases.auth, account_id, "new@site.test", PASSWORD, "another quay at night", VISIT, clock)


def test_a_sign_up_waits_for_an_admin_and_tells_nobody_who_has_an_account(databases):
    accounts.sign_up(databases.auth, "me@site.test", PASSWORD, VISIT, clock)
    accounts.sign_up(databases.auth, "me@site.test", "another quay at night", VISIT, clock)
    started = sign_in.begin_attempt(databases.auth, "me@site.test", VISIT, clock)
    assert started.account_id is None
    accounts.enable(databases.auth, "admin@site.test", "me@site.test", clock)
    started = sign_in.begin_attempt(databases.auth, "me@site.test", VISIT, clock)
    assert passwords.matches(PASSWORD, started.password_hash)


def test_sign_ups_of_one_address_are_limited(databases):
    for number in range(accounts.SIGN_UPS_AN_HOUR):
        accounts.sign_up(databases.auth, f"me{number}@site.test", PASSWORD, VISIT, clock)
    with pytest.raises(TooManyAttempts):
        accounts.sign_up(databases.auth, "onemore@site.test", PASSWORD, VISIT, clock)


def signed_in_and_out(db):
    """A visit from invitation to sign-out, with a wrong password between; the secrets that went through it."""
    link = invited(db)
    account_id = accounts.use_link(db, link.token, "", PASSWORD, VISIT, clock)
    started = sign_in.begin_attempt(db, "new@site.test", VISIT, clock)
    with pytest.raises(WrongPassword):
        sign_in.finish_attempt(db, started, False, VISIT, clock)
    ticket = sign_in.issue_ticket(db, account_id, VISIT, clock)
    cookie = sign_in.redeem_ticket(db, ticket, VISIT, clock).cookie
    sign_in.sign_out(db, cookie, VISIT, clock)
    return PASSWORD, link.token, ticket, cookie


def test_every_step_of_a_visit_stands_in_the_audit_log(databases):
    signed_in_and_out(databases.auth)
    assert sorted(actions(databases.auth)) == ["invited", "password_set", "password_wrong", "sign_in", "sign_out"]


def test_no_secret_of_a_visit_stands_in_the_audit_log(databases):
    secrets = signed_in_and_out(databases.auth)
    log = audit.entries(databases.auth).to_csv()
    assert "new@site.test" in log
    assert not [secret for secret in secrets if secret in log]


def test_every_act_of_an_admin_stands_in_the_audit_log(databases):
    db, who = databases.auth, ("admin@site.test", "new@site.test")
    accounts.use_link(db, invited(db).token, "", PASSWORD, VISIT, clock)
    accounts.set_tier(db, *who, "premium", NOW + timedelta(days=9), clock)
    for act in (accounts.reset_link, accounts.end_sign_ins, accounts.disable, accounts.enable):
        act(db, *who, clock)
    expected = {"invited", "password_set", "tier_set", "reset_link", "sign_ins_ended", "disabled", "enabled"}
    assert set(actions(db)) == expected


def test_refusals_and_exports_stand_in_the_audit_log(databases):
    audit.refused(databases.auth, "new@site.test", "page table", "", clock)
    audit.exported(databases.auth, "new@site.test", "table.csv", "", clock)
    assert sorted(actions(databases.auth)) == ["export", "refused"]


def test_the_audit_log_can_only_grow(databases):
    invited(databases.auth)
    for statement in ("DELETE FROM auth.audit_log", "UPDATE auth.audit_log SET actor = ''", "TRUNCATE auth.audit_log"):
        with pytest.raises(NotAllowed), databases.auth.transaction() as work:
            work.connection.cursor().execute(statement)


def test_control_characters_do_not_reach_the_audit_log(databases):
    audit.refused(databases.auth, "a\nb@site.test", "page\r\nforged line", "", clock)
    entry = audit.entries(databases.auth).iloc[0]
    assert (entry["actor"], entry["subject"]) == ("ab@site.test", "pageforged line")


def test_exports_have_a_quota(databases):
    for _ in range(audit.EXPORTS_AN_HOUR):
        audit.exported(databases.auth, "new@site.test", "table.csv", "", clock)
    with pytest.raises(NotAllowed):
        audit.exported(databases.auth, "new@site.test", "table.csv", "", clock)


def test_demo_accounts_have_random_passwords_in_a_file_of_our_own(demo_databases, tmp_path):
    given = accounts.ensure_demo(demo_databases.auth, tmp_path, clock)
    assert given == accounts.ensure_demo(demo_databases.auth, tmp_path, clock)
    assert len(set(given.values())) == 3
    assert stat.S_IMODE((tmp_path / "demo_accounts.json").stat().st_mode) == 0o600


def test_demo_accounts_do_not_come_into_a_database_with_admins(databases, tmp_path):
    accounts.use_link(databases.auth, invited(databases.auth, tier="admin").token, "", PASSWORD, VISIT, clock)
    with pytest.raises(NotAllowed):
        accounts.ensure_demo(databases.auth, tmp_path, clock)


def test_closed_demo_accounts_open_again_with_their_passwords(demo_databases, tmp_path):
    given = accounts.ensure_demo(demo_databases.auth, tmp_path, clock)
    accounts.close_demo(demo_databases.auth, clock)
    assert set(accounts.listed(demo_databases.auth, clock)["state"]) == {"disabled"}
    assert accounts.ensure_demo(demo_databases.auth, tmp_path, clock) == given
    assert set(accounts.listed(demo_databases.auth, clock)["state"]) == {"active"}


@pytest.fixture
def demo(demo_databases, tmp_path):
    """The simulated market's accounts: the three demo ones, and one invited at a terminal."""
    accounts.ensure_demo(demo_databases.auth, tmp_path, clock)
    accounts.add(demo_databases.auth, "command (owner)", "real@site.test", "free", None, clock)
    return demo_databases.auth


def test_what_a_demo_account_makes_is_a_demo_account(demo):
    for actor, email in (("admin@demo", "guest@site.test"), ("guest@site.test", "friend@site.test")):
        accounts.use_link(demo, accounts.add(demo, actor, email, "admin", None, clock).token, "", PASSWORD, VISIT, clock)
    kinds = accounts.listed(demo, clock).set_index("email")["demo"]
    assert kinds[["guest@site.test", "friend@site.test", "real@site.test"]].tolist() == [True, True, False]
    assert sign_in.begin_attempt(demo, "friend@site.test", VISIT, clock).account_id is None  # not from another machine


@pytest.mark.parametrize(
    "act",
    [
        lambda *who: accounts.set_tier(*who, "admin", None, clock),
        *(
            lambda *who, act=act: getattr(accounts, act)(*who, clock)
            for act in ("reset_link", "disable", "enable", "end_sign_ins")
        ),
    ],
    ids=["set_tier", "reset_link", "disable", "enable", "end_sign_ins"],
)
def test_a_demo_account_changes_demo_accounts_only(demo, act):
    act(demo, "admin@demo", "free@demo")
    before = accounts.listed(demo, clock), actions(demo)
    with pytest.raises(NotAllowed, match="demo accounts only"):
        act(demo, " Admin@Demo", "real@site.test")
    assert accounts.listed(demo, clock).equals(before[0])
    assert actions(demo) == before[1]


def test_closing_the_demo_closes_every_demo_account_and_no_other(demo):
    here = Visit(address="127.0.0.1", pre_sign_in="pre")
    links = [accounts.add(demo, "admin@demo", f"{name}@site.test", "admin", None, clock) for name in ("in", "invited")]
    account_id = accounts.use_link(demo, links[0].token, "", PASSWORD, here, clock)
    signed_in = sign_in.redeem_ticket(demo, sign_in.issue_ticket(demo, account_id, here, clock), here, clock)
    assert sign_in.current_account(demo, signed_in.cookie, clock, address="127.0.0.1").tier == "admin"
    accounts.close_demo(demo, clock)
    rows = accounts.listed(demo, clock)
    assert rows.loc[rows["state"] != "disabled", "email"].tolist() == ["real@site.test"]
    assert rows["sign_ins"].sum() == 0
    assert [each for each in actions(demo) if each == "disabled"] == ["disabled"] * 5


def test_no_link_of_a_demo_account_outlives_its_closing(demo):
    link = accounts.add(demo, "admin@demo", "invited@site.test", "admin", None, clock)
    accounts.close_demo(demo, clock)
    accounts.enable(demo, "command (owner)", "invited@site.test", clock)
    with pytest.raises(BadLink):
        accounts.open_link(demo, link.token, clock)
