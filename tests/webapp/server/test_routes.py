"""Cookies behind https, where a visitor is sent back to, what the start page holds, what errors say."""

import pytest

from core.clock import system_clock
from core.errors import DatabaseUnavailable, NotAllowed
from tests import visiting
from tests.browser.served import make_accounts, serve
from usecases import audit, sign_in
from usecases.audit import Visit
from webapp import failure
from webapp.server import routes, start_page

PUBLIC = {"Host": "oiflow.example", "Origin": "https://oiflow.example", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("wanted", ["/", "/changes", "/changes?ticker=SPY&dte=0-30", "/flow_trend?symbol=BRK%2FB"])
def test_a_visitor_comes_back_to_the_page_he_wanted(wanted):
    assert routes.own_path(wanted) == wanted


ELSEWHERE = (
    "", "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/nowhere",
    "changes", "/changes\r\nSet-Cookie: a=b", "/changes?a=é", "/sign_in", "/set_password?token=x", "/auth/sign-out",
    "/changes?" + "x" * 3000, "//[", "/changes////", "//changes",
)  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_elsewhere(wanted):
    assert routes.own_path(wanted) == "/"


@pytest.fixture(scope="module")
def public(kept_databases, tmp_path_factory):
    """A server that visitors reach by https."""
    make_accounts(kept_databases)
    log = tmp_path_factory.mktemp("web") / "web.log"
    with serve(kept_databases, log, PUBLIC_URL="https://oiflow.example") as server:
        yield server


def test_behind_https_the_cookies_are_bound_to_host_and_transport(public):
    first = visiting.get(public.url + "/changes", headers=PUBLIC)
    assert first.headers["strict-transport-security"].startswith("max-age=63072000")
    pre = first.cookies["__Host-oiflow-visit"]
    account_id = public.databases.auth.one("account_by_email", email="premium@site.test")[0]
    ticket = sign_in.issue_ticket(public.databases.auth, account_id, Visit(pre_sign_in=pre), system_clock)
    form = {"ticket": ticket, "next": "/changes?ticker=SPY"}
    answer = visiting.post(public.url + "/auth/ticket", data=form, headers=PUBLIC | {"Cookie": f"__Host-oiflow-visit={pre}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/changes?ticker=SPY")
    given = [line.lower() for line in answer.headers.get_list("set-cookie")]
    assert [line.split("=")[0] for line in given] == ["__host-oiflow", "__host-oiflow-browser"]
    assert all(part in line for line in given for part in ("httponly", "secure", "samesite=lax", "path=/"))
    assert all("domain" not in line for line in given)


def test_a_ticket_is_worthless_in_another_browser(public):
    account_id = public.databases.auth.one("account_by_email", email="free@site.test")[0]
    ticket = sign_in.issue_ticket(public.databases.auth, account_id, Visit(pre_sign_in="victim"), system_clock)
    cookie = {"Cookie": "__Host-oiflow-visit=attacker"}
    answer = visiting.post(public.url + "/auth/ticket", data={"ticket": ticket}, headers=PUBLIC | cookie)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_an_address_that_cannot_be_read_costs_no_ticket(public):
    account_id = public.databases.auth.one("account_by_email", email="free@site.test")[0]
    ticket = sign_in.issue_ticket(public.databases.auth, account_id, Visit(pre_sign_in="pre"), system_clock)
    form, cookie = {"ticket": ticket, "next": "//["}, {"Cookie": "__Host-oiflow-visit=pre"}
    answer = visiting.post(public.url + "/auth/ticket", data=form, headers=PUBLIC | cookie)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_form_sent_over_another_transport_is_not_ours(public):
    plain = PUBLIC | {"Origin": "http://oiflow.example"}
    assert visiting.post(public.url + "/auth/ticket", data={"ticket": "x"}, headers=plain).status_code == 403


def test_tickets_that_were_never_given_leave_neither_a_line_nor_a_trace(public):
    before = len(audit.entries(public.databases.auth))
    for guess in range(5):
        assert visiting.post(public.url + "/auth/ticket", data={"ticket": f"t{guess}"}, headers=PUBLIC).status_code == 401
    assert len(audit.entries(public.databases.auth)) == before
    assert "Traceback" not in public.log.read_text()


@pytest.mark.parametrize("path", ["/_stcore/healthX", "/_stcore/streamfoo", "/_stcore/stream/", "/favicon.pngx", "/changes////"])
def test_an_address_beside_a_known_one_is_not_found(public, path):
    assert visiting.get(public.url + path, headers=PUBLIC).status_code == 404


def test_signing_in_and_out_is_no_matter_of_a_link(public):
    for path in ("/auth/ticket", "/auth/sign-out"):
        assert visiting.get(public.url + path, headers=PUBLIC).status_code in (404, 405)


def test_secrets_and_links_do_not_reach_the_log(public):
    visiting.get(public.url + "/set_password?token=canary-token", headers=PUBLIC)
    visiting.get(
        public.url + "/export/changes.csv?secret=canary-query", headers=PUBLIC | {"Cookie": "__Host-oiflow=canary-cookie"}
    )
    log = public.log.read_text()
    assert "canary" not in log
    assert "password-of-" not in log


def test_the_start_page_runs_our_script_first_and_no_inline_one():
    html = start_page.start_page()
    assert html.index("<script") == html.index('<script src="/early.js">')
    assert html.count("<script") == html.count("<script src=") + html.count('<script type="module" crossorigin src=')
    assert "_stcore/agent" not in html


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("postgresql://owner:secret@db/x at /srv/app.py"), "Something went wrong. Nothing was lost."),
        (DatabaseUnavailable("connection to 10.0.0.1 refused"), "Something went wrong. Nothing was lost."),
        (NotAllowed(), "Your tier does not include this."),
    ],
)
def test_visitors_read_our_words_and_never_a_librarys(error, words):
    assert failure.words(error) == words
