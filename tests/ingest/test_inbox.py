"""The inbox: files that lie still are imported and moved away; refused ones with their reason."""

import os
from datetime import UTC, datetime, timedelta

from core.clock import frozen
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


def test_a_file_that_is_still_written_waits(databases, tmp_path):
    drop(tmp_path, *whole_set(), ("more.csv.part", b"half"))
    assert take_inbox(databases.ingest, tmp_path, frozen(datetime.now(UTC))) is None
    take_inbox(databases.ingest, tmp_path, soon)
    assert [path.name for path in (tmp_path / "inbox").iterdir() if path.is_file()] == ["more.csv.part"]


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
