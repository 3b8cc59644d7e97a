"""What every process of the product does first, whoever starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENTRIES = {
    "command": "import cli; cli.app = lambda: None; cli.main()",
    "collector": "import ingest.__main__ as m; m.load = lambda: sys.exit(print(oct(os.umask(0)))); m.main()",
    "worker": "import worker.__main__ as m; m.load = lambda: sys.exit(print(oct(os.umask(0)))); m.main()",
    "api": "from starlette.testclient import TestClient; from api.app import application; TestClient(application).__enter__()",
    "web": "import asyncio; from webapp import app; app._warm_up = app._one_log = lambda: None; "
    "asyncio.run(app._lifespan(None).__aenter__())",
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_point_closes_what_it_makes(entry, tmp_path):
    words = f"import os, sys; {ENTRIES[entry]}; print(oct(os.umask(0)))"
    environment = {**os.environ, "OIFLOW_HOME": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment, capture_output=True, text=True, umask=0o022, check=True
    )
    assert done.stdout.splitlines()[-1] == "0o77"
