"""See to it that Chromium and its driver are there: the browser tests always run."""

import os
import shutil
import subprocess
import sys

NEEDED = ("chromium", "chromedriver")
COMMAND = "apt-get install -y chromium chromium-driver"


def missing() -> list[str]:
    """Programs that are not on the path."""
    return [name for name in NEEDED if shutil.which(name) is None]


def main() -> int:
    """Install what is missing as root on Debian; elsewhere say the one line to type."""
    if not missing():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-q"], check=False, **quiet)
        subprocess.run([*COMMAND.split(), "-q", "--no-install-recommends"], check=False, **quiet)
    if missing():
        print(f"The tests need {' and '.join(missing())}. Type: sudo {COMMAND}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
