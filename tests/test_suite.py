"""The suite runs as it says: with the words of `make test`, the tests of a module share one process."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULE = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_made(number):
    with open("ran", "a") as ran:
        print(os.path.basename(__file__), os.environ["PYTEST_XDIST_WORKER"], file=ran)
"""


def test_tests_of_a_module_run_in_one_process(tmp_path):
    (words,) = re.findall(r"-m pytest (-n .*)", (ROOT / "Makefile").read_text())
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-q", f"--rootdir={tmp_path}", *words.split(), *map(str, tmp_path.glob("*.py"))]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    ran = (tmp_path / "ran").read_text().split("\n")[:-1]
    assert len(ran) == 12
    assert len(set(ran)) == len({line.split()[0] for line in ran}) == 3
    assert len({line.split()[1] for line in ran}) == 2
