"""The commands about accounts: links lead to this installation's pages, and what is done shows in the list."""

import json

from core.clock import frozen
from tests.ingest.importing import NOW
from usecases import accounts
from usecases.audit import Visit


def test_an_account_is_made_by_a_link_to_the_pages_of_this_installation(oiflow, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://flow.example.com")
    made = json.loads(oiflow("accounts", "add", "you@example.com", "--tier", "premium", "--json").stdout)
    assert (made["email"], made["purpose"]) == ("you@example.com", "invite")
    assert made["url"].startswith("https://flow.example.com/set_password?token=")


def test_the_first_admin_is_made_once(oiflow, databases):
    url = json.loads(oiflow("accounts", "first-admin", "--json").stdout)["url"]
    token = url.partition("/set_password?token=")[2]
    accounts.use_link(
        databases.auth, token, "root@example.com", "a long enough pass phrase", Visit("198.51.100.7"), frozen(NOW())
    )
    again = oiflow("accounts", "first-admin")
    assert (again.returncode, again.stdout, again.stderr) == (1, "", "oiflow: There is an admin already.\n")


def test_what_was_changed_is_listed_and_in_the_audit_log(oiflow):
    oiflow("accounts", "add", "you@example.com")
    assert oiflow("accounts", "set-tier", "you@example.com", "premium").stdout == "you@example.com is premium.\n"
    (listed,) = json.loads(oiflow("accounts", "list", "--json").stdout)
    assert (listed["email"], listed["tier"]) == ("you@example.com", "premium")
    assert "you@example.com" in oiflow("accounts", "audit", "--search", "tier").stdout


def test_lists_without_a_row_are_a_sentence(oiflow):
    assert oiflow("accounts", "list").stdout == (
        "There is no account. `oiflow accounts first-admin` gives the link that makes the first admin.\n"
    )
    assert "`oiflow accounts add E-MAIL --demo` makes one." in oiflow("accounts", "list", "--demo").stdout
    assert oiflow("accounts", "audit").stdout == "The audit log holds no line.\n"
    assert oiflow("accounts", "audit", "--search", "x").stdout == "No line of the audit log holds 'x'.\n"
    assert json.loads(oiflow("accounts", "list", "--json").stdout) == []


def test_lists_give_times_to_the_minute_and_unknown_ones_as_a_dash(oiflow):
    oiflow("accounts", "add", "you@example.com")
    head, row = oiflow("accounts", "list").stdout.splitlines()
    assert head.split()[:3] == ["account_id", "email", "tier"]
    assert "NaT" not in row
    assert "  -  " in row
    assert f"{NOW():%Y-%m-%d %H:%M} UTC  " in row
    assert f"\n{NOW():%Y-%m-%d %H:%M} UTC  command (" in oiflow("accounts", "audit").stdout
