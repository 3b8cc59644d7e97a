"""`make` hands the settings in its environment on, as the README's command for live mode wants."""

import os
import re
import subprocess
from pathlib import Path

from core.settings import Settings

ROOT = Path(__file__).parent.parent


def test_no_variable_of_the_makefile_has_the_name_of_a_setting():
    variables = set(re.findall(r"^([A-Z_]+) *[:?+]?=", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert len(variables) > 3
    assert not variables & {name.upper() for name in Settings.model_fields}


def test_the_readme_s_command_for_live_mode_reaches_the_product(tmp_path):
    command = next(
        line for line in (ROOT / "README.md").read_text().splitlines() if line.endswith("make run") and "SOURCES" in line
    )
    oiflow = tmp_path / "bin" / "oiflow"
    oiflow.parent.mkdir()
    oiflow.write_text('#!/bin/sh\necho "$*,$OIFLOW_DEMO,$SOURCES"\n')
    oiflow.chmod(0o755)
    (tmp_path / "ready").touch()
    fresh = {name: value for name, value in os.environ.items() if "MAKE" not in name}  # not below the `make test` that runs us
    words = ["sh", "-c", f"{command.strip()} VENV={tmp_path}"]
    ran = subprocess.run(words, cwd=ROOT, env=fresh, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "up,0,cboe,yahoo"
