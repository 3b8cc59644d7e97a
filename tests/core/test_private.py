"""Folders and files of the product are closed to others, whatever the mask of who started it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core import private

ROOT = Path(__file__).parents[2]
ENTRIES = {
    "command": "import cli; cli.app = lambda: None; cli.main()",
    "collector": "import ingest.__main__ as m; m.load = lambda: sys.exit(print(oct(os.umask(0)))); m.main()",
    "worker": "import worker.__main__ as m; m.load = lambda: sys.exit(print(oct(os.umask(0)))); m.main()",
    "api": "from starlette.testclient import TestClient; from api.app import application; TestClient(application).__enter__()",
    "web": "import asyncio; from webapp import app; app._warm_up = app._one_log = lambda: None; "
    "asyncio.run(app._lifespan(None).__aenter__())",
}


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


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_closes_what_it_makes(entry, tmp_path):
    words = f"import os, sys; {ENTRIES[entry]}; print(oct(os.umask(0)))"
    environment = {**os.environ, "OIFLOW_HOME": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment, capture_output=True, text=True, umask=0o022, check=True
    )
    assert done.stdout.splitlines()[-1] == "0o77"
