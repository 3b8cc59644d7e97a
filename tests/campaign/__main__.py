"""`make campaign`: the long fault, fuzz and load campaigns in full. `--help` lists them."""

import sys

import tests.campaign
from benchmarks import collect

ABOUT = "The long fault, fuzz and load campaigns in full. Prints a table and writes campaign.json under OIFLOW_HOME."
COLUMNS = ("bar", "what", "figure", "target", "met")


def main() -> int:
    """Run, print, write campaign.json; the exit code says whether every bar is met."""
    found = collect.modules(tests.campaign)
    only = collect.asked(found, "bar", "tests.campaign", ABOUT, sys.argv[1:])
    rows = collect.measure(found, only, "bar", lambda module: module.run(full=True))
    return collect.report(rows, COLUMNS, "campaign.json")


if __name__ == "__main__":
    sys.exit(main())
