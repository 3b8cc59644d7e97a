"""The inbox: files that lie still are imported and moved away; refused ones with their reason."""

import os
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import frozen
from core.errors import DiskFull
from ingest import inbox
from ingest.inbox import take_inbox
from tests.ingest.importing import whole_set


def soon():
    """Half a minute from now, whenever the test runs."""
    return datetime.now(UTC) + timedelta(seconds=30)


def drop(home, *bodies):
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    for name, body in bodies:
        (home / "inbox" / name).write_bytes(body)


def names(home, folder):
    return sorted(os.listdir(home / "inbox" / folder)) if (home / "inbox" / folder).exists() else []


def test_an_empty_inbox_is_made_and_left(databases, tmp_path):
    assert take_inbox(databases.ingest, tmp_path, soon) is None
    assert (tmp_path / "inbox").is_dir()


def test_files_are_published_together_and_moved_to_done(databases, tmp_path):
    drop(tmp_path, *whole_set())
    assert take_inbox(databases.ingest, tmp_path, soon).published == 48
    assert len(names(tmp_path, "done")) == 4
    assert names(tmp_path, "refused") == []
    assert databases.ingest.value("data_version") == 1


def test_a_refused_file_lies_beside_its_reason(databases, tmp_path):
    drop(tmp_path, ("page.csv", b"<html>sign in</html>"), whole_set()[0])
    take_inbox(databases.ingest, tmp_path, soon)
    assert names(tmp_path, "refused") == ["page.csv", "page.csv.reason.txt"]
    assert (tmp_path / "inbox" / "refused" / "page.csv.reason.txt").read_text().startswith("sign_in_page\n")
    assert len(names(tmp_path, "done")) == 1


def test_on_a_full_disk_a_refused_file_stays_until_its_reason_can_be_written(databases, tmp_path, monkeypatch):
    drop(tmp_path, ("page.csv", b"<html>sign in</html>"))
    with monkeypatch.context() as full:
        full.setattr(inbox.private, "opener", lambda path, flags: os.open("/dev/full", os.O_WRONLY))
        with pytest.raises(DiskFull):
            take_inbox(databases.ingest, tmp_path, soon)
    assert (tmp_path / "inbox" / "page.csv").exists()
    take_inbox(databases.ingest, tmp_path, soon)
    assert (tmp_path / "inbox" / "refused" / "page.csv.reason.txt").read_text().startswith("sign_in_page\n")


def test_a_file_that_is_still_written_waits(databases, tmp_path):
    drop(tmp_path, *whole_set(), ("more.csv.part", b"half"))
    assert take_inbox(databases.ingest, tmp_path, frozen(datetime.now(UTC))) is None
    take_inbox(databases.ingest, tmp_path, soon)
    assert [path.name for path in (tmp_path / "inbox").iterdir() if path.is_file()] == ["more.csv.part"]


@pytest.mark.parametrize(("together", "taken"), [(30.0, None), (1.0, 12)])
def test_what_is_dropped_together_is_taken_together_but_not_held_up_for_long(databases, tmp_path, monkeypatch, together, taken):
    monkeypatch.setattr(inbox, "TOGETHER", together)
    first, second = whole_set()[:2]
    drop(tmp_path, first)
    since = (tmp_path / "inbox" / first[0]).stat().st_ctime
    time.sleep(0.6)
    drop(tmp_path, second)
    report = take_inbox(databases.ingest, tmp_path, frozen(datetime.fromtimestamp(since + 2.2, UTC)))
    assert (report and report.published) == taken


def test_the_same_name_twice_keeps_both(databases, tmp_path):
    for _ in range(2):
        drop(tmp_path, whole_set()[0])
        report = take_inbox(databases.ingest, tmp_path, soon)
    assert report.duplicates == 12
    assert len(names(tmp_path, "done")) == 2


def test_what_is_kept_of_a_file_is_readable_by_the_owner_alone(databases, tmp_path):
    drop(tmp_path, *whole_set())
    take_inbox(databases.ingest, tmp_path, soon)
    kept = [*(tmp_path / "inbox" / "done").rglob("*"), *(tmp_path / "raw").rglob("*")]
    assert {path.suffix for path in kept} >= {".csv", ".pack"}
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


@pytest.fixture
def outside(tmp_path):
    """A folder beside the home with one sound file that others may read."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "mine.csv").write_bytes(whole_set()[0][1])
    (folder / "mine.csv").chmod(0o664)
    return folder


@pytest.fixture
def untouched(outside):
    """Says whether the folder outside is as it was."""
    told = [(path.name, path.read_bytes(), path.stat().st_mode) for path in outside.iterdir()]
    return lambda: told == [(path.name, path.read_bytes(), path.stat().st_mode) for path in outside.iterdir()]


@pytest.mark.parametrize("place", ["mine.csv", "", "nothing"], ids=["file", "folder", "dangling"])
def test_a_link_is_refused_as_what_it_is(databases, tmp_path, outside, untouched, place):
    drop(tmp_path)
    (tmp_path / "inbox" / "x.csv").symlink_to(outside / place)
    assert take_inbox(databases.ingest, tmp_path, soon) is None
    assert names(tmp_path, "refused") == ["x.csv", "x.csv.reason.txt"]
    assert (tmp_path / "inbox" / "refused" / "x.csv").readlink() == outside / place
    assert (tmp_path / "inbox" / "refused" / "x.csv.reason.txt").read_text().startswith("link\nThis is a link")
    assert untouched()
    assert databases.ingest.value("data_version") == 0


@pytest.mark.parametrize("place", ["done", "refused"])
def test_nothing_leaves_by_a_link_that_stands_for_a_folder(databases, tmp_path, outside, untouched, place):
    drop(tmp_path, whole_set()[1], ("page.csv", b"<html>sign in</html>"))
    (tmp_path / "inbox" / place).symlink_to(outside)
    take_inbox(databases.ingest, tmp_path, soon)
    assert untouched()
    assert len(names(tmp_path, "done")) == 1
    assert {"page.csv", "page.csv.reason.txt"} < set(names(tmp_path, "refused"))
    assert [path.name for path in (tmp_path / "inbox").rglob("*") if path.is_symlink()] == [
        {"done": "done", "refused": "refused.link"}[place]
    ]


def test_no_reason_is_written_through_a_link(databases, tmp_path, outside, untouched):
    drop(tmp_path, ("page.csv", b"<html>sign in</html>"))
    (tmp_path / "inbox" / "refused").mkdir()
    (tmp_path / "inbox" / "refused" / "page.csv.reason.txt").symlink_to(outside / "mine.csv")
    take_inbox(databases.ingest, tmp_path, soon)
    assert untouched()
    assert {"page.2.csv", "page.2.csv.reason.txt"} < set(names(tmp_path, "refused"))


def test_a_second_name_of_a_file_outside_is_read_and_keeps_its_mode(databases, tmp_path, outside, untouched):
    drop(tmp_path)
    (tmp_path / "inbox" / "x.csv").hardlink_to(outside / "mine.csv")
    assert take_inbox(databases.ingest, tmp_path, soon).published == 12
    assert (names(tmp_path, "done"), untouched()) == (["x.csv"], True)


def test_pipes_sockets_and_folders_stay_and_the_files_go_in(databases, tmp_path, monkeypatch):
    drop(tmp_path, whole_set()[0])
    monkeypatch.chdir(tmp_path / "inbox")
    os.mkfifo("pipe.csv")
    os.mkdir("folder.csv")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.csv")
        assert take_inbox(databases.ingest, tmp_path, soon).published == 12
    assert sorted(os.listdir(tmp_path / "inbox")) == ["done", "folder.csv", "pipe.csv", "s.csv"]


@pytest.mark.parametrize(
    "take_the_place", [os.mkfifo, os.mkdir, lambda path: os.symlink(path.parents[1] / "outside/mine.csv", path)]
)
def test_what_takes_a_files_place_after_the_look_is_not_read(databases, tmp_path, untouched, monkeypatch, take_the_place):
    drop(tmp_path)
    path = tmp_path / "inbox" / "x.csv"
    take_the_place(path)
    monkeypatch.setattr(inbox, "_put_links_aside", lambda folder: None)
    monkeypatch.setattr(inbox, "_age", lambda found, clock: 60.0)
    assert take_inbox(databases.ingest, tmp_path, soon) is None
    assert untouched()
    assert os.path.lexists(path)


@pytest.mark.parametrize("name", ["a" * 251 + ".csv", "a" * 255, "ä" * 125 + ".csv", "a." + "b" * 250])
def test_a_refused_name_that_is_too_long_for_its_reason_is_cut(databases, tmp_path, name):
    drop(tmp_path, (name, b"<html>sign in</html>"), *whole_set())
    take_inbox(databases.ingest, tmp_path, soon)
    assert len(names(tmp_path, "done")) == 4
    kept, reason = names(tmp_path, "refused")
    assert reason == f"{kept}.reason.txt"
    assert name.startswith(kept.removesuffix(".csv"))


def test_a_link_with_a_long_name_holds_nobody_up(databases, tmp_path):
    drop(tmp_path, *whole_set())
    (tmp_path / "inbox" / ("a" * 255)).symlink_to("/etc/passwd")
    take_inbox(databases.ingest, tmp_path, soon)
    assert len(names(tmp_path, "done")) == 4


def test_long_names_that_are_the_same_when_cut_are_kept_side_by_side(databases, tmp_path):
    drop(tmp_path, *((f"{'a' * 250}{number}.csv"[-255:], body) for number, (_, body) in enumerate(whole_set())))
    take_inbox(databases.ingest, tmp_path, soon)
    assert len(names(tmp_path, "done")) == 4
