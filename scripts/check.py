"""The gate before a commit: every check runs, side by side where it can; the first line says what failed."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN = Path(sys.executable).parent


def checks(unit: list[str]) -> dict[str, list[str]]:
    """Name and command of each check; `unit` are the paths of the unit tests."""
    return {
        "unit tests": [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "loadfile", *unit],  # the longest first
        "types": [str(BIN / "mypy"), "--no-error-summary"],
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
        "containers": [str(BIN / "hadolint"), "Dockerfile.ingest", "Dockerfile.web"],
        "yaml": [str(BIN / "yamllint"), "--strict", "compose.yaml", ".pre-commit-config.yaml"],
    }


def run(command: list[str]) -> tuple[int, str, float]:
    """Exit code, output and seconds of a command."""
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr, time.monotonic() - started


def main() -> int:
    """Run all checks, print what failed with its output."""
    started, wanted = time.monotonic(), checks(sys.argv[1:])
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = dict(zip(wanted, pool.map(run, wanted.values()), strict=True))
    for name, (code, output, seconds) in results.items():
        print(f"{'ok  ' if code == 0 else 'FAIL'} {name} ({seconds:.1f} s)")
        if code:
            print(output)
    print(f"{time.monotonic() - started:.1f} s")
    return 1 if any(code for code, _output, _seconds in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
