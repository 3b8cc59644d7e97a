"""Make the virtual environment. Runs on any Python 3, so that an old one gets an answer instead of a trace."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)


def fail(reason):
    """One line on standard error, exit code 1."""
    sys.stderr.write("setup: " + reason + "\n")
    sys.exit(1)


def run(*command):
    """Run a command; its output is shown only where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return None if done.returncode == 0 else done.stdout or "exit code %d" % done.returncode


def make_venv(venv):
    """A virtual environment with pip; one that works is kept and brought up to date."""
    if (venv / "bin" / "python").exists() and run(str(venv / "bin" / "python"), "-m", "pip", "--version") is None:
        return
    shutil.rmtree(str(venv), ignore_errors=True)
    trouble = run(sys.executable, "-m", "venv", str(venv))
    if trouble:
        if "ensurepip" in trouble or "No module named venv" in trouble:
            fail("Python lacks its venv module. Type: sudo apt-get install python3-venv")
        fail("the virtual environment could not be made:\n" + trouble)


def install(python, root):
    """Install the locked packages: with uv where it works (seconds), with pip otherwise (a minute)."""
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    trouble = run(*pip, "-r", str(root / "requirements-setup.txt"))
    if trouble:
        fail("packages could not be fetched; is the package index reachable?\n" + trouble)
    lock = ("--require-hashes", "-r", str(root / "requirements.txt"))
    uv = (str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python))
    if run(*uv, "--compile-bytecode", *lock):  # each start would compile it again where nothing may be written then
        trouble = run(*pip, "-r", str(root / "requirements.txt"))
        if trouble:
            fail("the locked packages could not be installed:\n" + trouble)
    trouble = run(*pip[:-1], "--no-deps", "--no-build-isolation", "--editable", str(root))
    if trouble:
        fail("the project could not be installed:\n" + trouble)


def main():
    """Build the environment named on the command line and stamp it."""
    if sys.version_info < OLDEST:
        fail("Python 3.11 or newer is needed, this is %s. Type: make run PYTHON=python3.11" % sys.version.split()[0])
    venv, root, started = Path(sys.argv[1]).absolute(), Path(__file__).absolute().parent.parent, time.monotonic()
    sys.stdout.write("Setting up %s (once, about a minute) ...\n" % os.path.relpath(str(venv)))
    sys.stdout.flush()
    make_venv(venv)
    install(venv / "bin" / "python", root)
    (venv / "ready").touch()
    sys.stdout.write("Set up in %.0f s.\n" % (time.monotonic() - started))


if __name__ == "__main__":
    main()
