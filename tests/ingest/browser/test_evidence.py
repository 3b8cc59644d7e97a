"""What a failed visit leaves behind: bounded, private, and without secrets."""

import json
from datetime import UTC, datetime, timedelta

from core.errors import RobotFailed
from ingest.browser import evidence
from ingest.browser.evidence import MOST_KEPT, Seen

AT = datetime(2026, 11, 3, 7, tzinfo=UTC)
FAILED = RobotFailed("wrong_content", "The site greets robot.owner and sends a page.")
SEEN = Seen("<p>robot.owner, sid-1234567</p>", b"\x89PNG", "https://site.test/list", ("sid-1234567",))


def keep(home, at=AT, seen=SEEN):
    return home / "failures" / evidence.keep(home, at, "etfs-increase", FAILED, seen, ("robot.owner",))


def test_picture_page_and_reason_are_kept_for_the_owner_alone(tmp_path):
    folder = keep(tmp_path)
    assert folder.name == "20261103T070000Z-etfs-increase"
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())} == {
        folder.name: "0o700", "page.html": "0o600", "reason.json": "0o600", "screen.png": "0o600",
    }  # fmt: skip


def test_user_and_cookies_are_masked_in_page_and_reason(tmp_path):
    folder = keep(tmp_path)
    assert (folder / "page.html").read_text() == "<p>***, ***</p>"
    assert json.loads((folder / "reason.json").read_text())["message"] == "The site greets *** and sends a page."


def test_a_browser_that_is_gone_leaves_a_reason_only(tmp_path):
    assert [path.name for path in keep(tmp_path, seen=evidence.look(None, "", ())).iterdir()] == ["reason.json"]


def test_the_newest_fifty_stay_also_when_the_clock_stands(tmp_path):
    folders = [keep(tmp_path, AT + timedelta(seconds=number // 3)) for number in range(MOST_KEPT + 6)]
    assert [folder.exists() for folder in folders] == [False] * 6 + [True] * MOST_KEPT


def test_what_has_another_name_is_not_removed(tmp_path):
    (tmp_path / "failures" / "notes").mkdir(parents=True)
    for number in range(MOST_KEPT + 1):
        keep(tmp_path, AT + timedelta(seconds=number))
    assert (tmp_path / "failures" / "notes").exists()
