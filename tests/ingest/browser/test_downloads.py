"""A download is taken when the browser says that it is complete, whole, from its own folder, and not too large."""

import base64
import io
import os
import zipfile
from types import SimpleNamespace

import pytest

from core.errors import RobotFailed
from ingest.browser.downloads import Download, Downloads
from ingest.browser.folder import BrowserFolder

MOST = 1000  # bytes


class Driver:
    """A driver that hears nothing and, asked for a Grid's file, answers `sent`."""

    def __init__(self, sent=""):
        handlers, self.sent = SimpleNamespace(add_event_handler=lambda *_: None), sent
        self.browsing_context, self.browser = handlers, SimpleNamespace(set_download_behavior=lambda **_: None)

    def get_downloadable_files(self):
        return ["etfs.csv"]

    def delete_downloadable_files(self):
        pass

    def execute(self, _command, _named):
        return {"value": {"contents": self.sent}}


@pytest.fixture
def folder(tmp_path):
    made = BrowserFolder(tmp_path)
    yield made
    made.drop()


def ended(status, path=None):
    return SimpleNamespace(download_params=SimpleNamespace(status=status, filepath=path))


def complete(downloads, name="etfs.csv"):
    """A download of which the browser has said that it is complete."""
    download = downloads.expect("etfs-increase")
    download.hear(ended("complete", str(download.folder / name)))
    return download


def refused(call, *values):
    with pytest.raises(RobotFailed) as failed:
        call(*values)
    return failed.value.reason


def test_a_file_of_another_slot_s_folder_does_not_end_a_download(tmp_path):
    download = Download(tmp_path / "etfs-increase-2", local=True)
    download.hear(ended("complete", str(tmp_path / "etfs-increase-1" / "late.csv")))
    assert not download.wait(0)
    download.hear(ended("complete", str(tmp_path / "etfs-increase-2" / "right.csv")))
    assert download.name == "right.csv"


def test_a_download_that_broke_off_has_no_file(tmp_path):
    download = Download(tmp_path, local=True)
    download.hear(ended("canceled"))
    assert download.wait(0)
    with pytest.raises(RobotFailed) as failed:
        _ = download.name
    assert failed.value.reason == "partial_download"


def test_a_complete_file_is_taken_and_an_unfinished_one_never(folder):
    downloads = Downloads(Driver(), folder, local=True, most_bytes=MOST)
    whole, part = complete(downloads), complete(downloads, "etfs.csv.crdownload")
    (whole.folder / "etfs.csv").write_bytes(b"a,b")
    (part.folder / "etfs.csv.crdownload").write_bytes(b"a")
    assert downloads.take(whole) == b"a,b"
    assert refused(downloads.take, part) == "partial_download"


def test_a_file_that_is_not_there_or_is_no_file_is_refused(folder):
    downloads = Downloads(Driver(), folder, local=True, most_bytes=MOST)
    gone, link, pipe = (complete(downloads) for _ in range(3))
    (link.folder / "etfs.csv").symlink_to("/etc/hostname")
    os.mkfifo(pipe.folder / "etfs.csv")
    assert [refused(downloads.take, download) for download in (gone, link, pipe)] == ["partial_download"] * 3


def test_more_than_may_come_is_refused_while_it_comes_and_afterwards(folder):
    downloads = Downloads(Driver(), folder, local=True, most_bytes=MOST)
    large = complete(downloads)
    (large.folder / "etfs.csv").write_bytes(b"x" * MOST)
    downloads.check(large)
    (large.folder / "etfs.csv").write_bytes(b"x" * (MOST + 1))
    assert (refused(downloads.check, large), refused(downloads.take, large)) == ("too_large", "too_large")


def packed(name, content):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return base64.b64encode(made.getvalue()).decode()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (packed("etfs.csv", b"x" * 10_000_000), "too_large"),
        (packed("../etfs.csv", b"x"), "partial_download"),
        ("bm8gemlw", "partial_download"),
        ("no base64!", "partial_download"),
    ],
    ids=["bomb", "other name", "no zip", "no base64"],
)
def test_what_a_grid_sends_is_checked_like_the_rest(folder, sent, reason):
    downloads = Downloads(Driver(sent), folder, local=False, most_bytes=MOST)
    assert refused(downloads.take, complete(downloads)) == reason


def test_a_grid_s_file_is_unpacked(folder):
    downloads = Downloads(Driver(packed("etfs.csv", b"a,b")), folder, local=False, most_bytes=MOST)
    assert downloads.take(complete(downloads)) == b"a,b"
