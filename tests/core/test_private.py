"""Folders and files of the product are closed to others, whatever the mask of who started it."""

import os
import stat

import pytest

from core import private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_mask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_mask")
def test_a_folder_and_what_is_missing_above_it_are_private(tmp_path):
    (tmp_path / "there").mkdir(mode=0o755)
    private.folder(tmp_path / "there" / "a" / "b")
    private.folder(tmp_path / "there" / "a" / "b")
    assert [mode(tmp_path / name) for name in ("there", "there/a", "there/a/b")] == [0o755, 0o700, 0o700]


@pytest.mark.usefixtures("open_mask")
def test_a_file_is_private(tmp_path):
    open(tmp_path / "file", "xb", opener=private.opener).close()
    assert mode(tmp_path / "file") == 0o600
