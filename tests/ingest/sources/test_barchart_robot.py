"""The download robot in a real Chromium against the stand-in site: the right files, or a reason and what was seen."""

import ast
import re
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import load as load_settings
from ingest.browser.folder import BrowserFolder
from ingest.sources.barchart import pages, robot
from tests.ingest.browser import robot_runs
from tests.ingest.browser.robot_runs import LIMITS, run, settings, ticking, words
from tests.standins.barchart_site import PASSWORD, SLOTS, USER, BarchartSite, Trouble
from tests.standins.selenium_grid import SeleniumGrid
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture(scope="module")
def running():
    robot_runs.leave_others()
    with BarchartSite() as site:
        site.on_kill = robot_runs.kill_drivers
        yield site


@pytest.fixture
def site(running):
    running.asked.clear()
    yield running
    running.troubles = []


@pytest.fixture
def folders(monkeypatch):
    """Every download folder that is made."""
    made, fresh = [], BrowserFolder.fresh
    monkeypatch.setattr(BrowserFolder, "fresh", lambda self, name: made.append(fresh(self, name)) or made[-1])
    return made


def kept(home, failure):
    """What was kept of a failure, by file name."""
    return {path.name: path.read_bytes() for path in (home / "failures" / failure.kept).iterdir()}


def test_four_slots_come_by_one_sign_in_past_popups_moved_buttons_questions_and_an_expired_sign_in(tmp_path, site, folders):
    troubles = zip(("stubborn", "moved", "confirm", "expired_at_export"), SLOTS, strict=True)
    site.troubles = [Trouble("banner"), *(Trouble(*trouble) for trouble in troubles)]
    assert words(site, run(tmp_path, site)) == ["right"] * 4
    assert site.asked.count("/login") == 2
    assert len(folders) == len(set(folders)) == 5
    assert [path.name for path in (tmp_path / "run" / "browsers").iterdir()] == ["lock"]
    assert not robot_runs.started()


def test_what_may_pass_is_tried_once_more_and_another_slot_s_file_is_never_handed_on(tmp_path, site, folders):
    site.troubles = [
        Trouble("killed", "stocks-increase"),
        Trouble("cut", "stocks-decrease"),
        Trouble("other", "etfs-increase", 9),
    ]
    answers = run(tmp_path, site, SLOTS[:3])
    assert words(site, answers) == ["right", "right", "wrong_content"]
    assert kept(tmp_path, answers[2])["screen.png"].startswith(b"\x89PNG")
    reasons = [re.findall(r'"reason": "(\w+)"', path.read_text())[0] for path in tmp_path.glob("failures/*/reason.json")]
    assert sorted(reasons) == ["driver_lost", "partial_download", "wrong_content", "wrong_content"]
    assert len(folders) == len(set(folders)) == 5
    assert wait_until(lambda: not robot_runs.started())


def test_a_captcha_ends_the_run_at_once_and_what_was_seen_is_kept_without_secrets(tmp_path, site):
    site.troubles = [Trouble("captcha", "stocks-decrease")]
    answers = run(tmp_path, site, ("stocks-increase", "stocks-decrease", "etfs-increase"))
    assert words(site, answers) == ["right", "captcha", "captcha"]
    assert [answer.slot for answer in answers[1:]] == ["stocks-decrease", "etfs-increase"]
    assert len([path for path in site.asked if path.startswith("/options/")]) == 2
    seen = kept(tmp_path, answers[1])
    assert sorted(seen) == ["page.html", "reason.json", "screen.png"]
    assert b"challenge-form" in seen["page.html"]
    assert not [secret for secret in (USER, PASSWORD, "walk", *site.tokens) if secret.encode() in seen["page.html"]]


def test_a_file_that_names_the_account_is_refused_without_its_name(tmp_path, site, monkeypatch):
    monkeypatch.setitem(site.files, "stocks-increase", f'Hello {USER},"{PASSWORD}",Strike\n1,2,3\n'.encode())
    (answer,) = run(tmp_path, site, ("stocks-increase",))
    seen = f"{answer} {kept(tmp_path, answer)['reason.json'].decode()}"
    assert (answer.reason, "Hello ***" in seen) == ("wrong_content", True)
    assert not [words for words in (USER, "walk", "quay") if words in seen]


def test_a_refused_password_is_typed_once_only(tmp_path, site):
    answers = run(tmp_path, site, SLOTS, barchart_password="some other one")
    assert words(site, answers) == ["sign_in_failed"] * 4
    assert site.asked == ["/login"]
    assert b"other one" not in kept(tmp_path, answers[0])["page.html"]


def test_a_selenium_grid_brings_the_same_files(tmp_path, site):
    (tmp_path / "node").mkdir()
    with SeleniumGrid(tmp_path / "node") as grid:
        assert words(site, run(tmp_path, site, SLOTS[1:3], selenium_url=grid.url)) == ["right"] * 2
        assert not grid.browsers()


def test_the_password_goes_to_no_other_site(tmp_path, site):
    with BarchartSite() as other:
        (tmp_path / "barchart_pages.toml").write_text('[pages]\nsign_in = "/elsewhere"')
        site.elsewhere = f"{other.url}/login"
        (answer,) = run(tmp_path, site, SLOTS[:1])
    assert (answer.reason, other.asked) == ("wrong_site", ["/login"])


NEEDED = {
    "sources": "cboe, barchart",
    "source_barchart_rights": "confirmed",
    "barchart_user": USER,
    "barchart_password": PASSWORD,
}


@pytest.mark.parametrize("name", NEEDED)
def test_the_robot_is_off_until_everything_is_set(tmp_path, name):
    assert robot.ready(load_settings(oiflow_home=tmp_path, **NEEDED)) is None
    lacking = load_settings(oiflow_home=tmp_path, **(NEEDED | {name: ""}))
    assert name.upper() in robot.ready(lacking)
    with pytest.raises(SettingsError, match=name.upper()):
        robot.fetch(lacking, SLOTS, ticking())


def test_a_slot_that_does_not_exist_is_refused_before_a_browser_starts(tmp_path, site):
    with pytest.raises(ValueError, match="bonds-increase"):
        robot.fetch(settings(tmp_path, site), ["bonds-increase"], ticking(), limits=LIMITS)


def test_the_operator_s_file_replaces_paths_and_selectors(tmp_path):
    (tmp_path / pages.FILE).write_text('[pages]\nsign_in = "/enter"\n[selectors]\nsubmit = ["#go", "xpath=//b"]')
    site = pages.load(tmp_path, "https://site.test")
    assert site.address("sign_in") == "https://site.test/enter"
    assert site.selectors["submit"] == ("#go", "xpath=//b")
    assert site.selectors["captcha"] == pages.SELECTORS["captcha"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[pages", "cannot be read"),
        ("[pagse]", "no table 'pagse'"),
        ("pages = 1", "'pages' has to be a table"),
        ('[pages]\nbonds = "/x"', "no page 'bonds'"),
        ('[pages]\nsign_in = "https://evil.test"', "'sign_in' has to be a path"),
        ('[pages]\nsign_in = "//evil.test"', "'sign_in' has to be a path"),
        ('[selectors]\nsubmit = "#go"', "'submit' has to be a list"),
        ("[selectors]\nsubmit = []", "'submit' has to be a list"),
        ('[selectors]\nsubmti = ["#go"]', "no element 'submti'"),
    ],
)
def test_a_fault_in_the_operator_s_file_is_named(tmp_path, text, fault):
    (tmp_path / pages.FILE).write_text(text)
    with pytest.raises(SettingsError, match=re.escape(fault)) as failed:
        pages.load(tmp_path, "https://site.test")
    assert pages.FILE in str(failed.value)


def test_every_page_and_element_that_may_be_replaced_is_named_to_operators():
    text = (ROOT / "docs" / "operations.md").read_text()
    assert not [name for name in (*pages.PAGES, *pages.SELECTORS) if f"`{name}`" not in text]


def reasons():
    """First argument of every RobotFailed raised in ingest."""
    calls = (node for path in (ROOT / "ingest").rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    named = (call for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "RobotFailed" and call.args)
    return {call.args[0].value for call in named if isinstance(call.args[0], ast.Constant)}


def test_every_reason_is_explained():
    text = (ROOT / "docs" / "errors.md").read_text()
    assert not [reason for reason in sorted(reasons() | robot.ENDS_ALL) if f"`{reason}`" not in text]
