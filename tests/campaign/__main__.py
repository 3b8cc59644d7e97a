"""`make campaign`: the long fault, fuzz and load campaigns in full. `python -m tests.campaign R1,R5` runs some."""

import sys

import tests.campaign
from benchmarks import collect

COLUMNS = ("bar", "what", "figure", "target", "met")


def main() -> int:
    """Run, print, write campaign.json; the exit code says whether every bar is met."""
    only = set(sys.argv[1].split(",")) if len(sys.argv) > 1 else set()
    rows = collect.measure(collect.modules(tests.campaign), only, "bar", lambda module: module.run(full=True))
    return collect.report(rows, COLUMNS, "campaign.json")


if __name__ == "__main__":
    sys.exit(main())
