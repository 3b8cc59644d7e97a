"""`make bench`: each performance goal against its peer in one run. `--help` lists them."""

import sys

import benchmarks
from benchmarks import collect

ABOUT = "Each performance goal against its peer in one run. Prints a table and writes bench.json under OIFLOW_HOME."
COLUMNS = ("goal", "work", "ours_s", "peer", "peer_s", "ratio", "target", "met")


def main() -> int:
    """Measure, print, write bench.json; the exit code says whether every target is met."""
    found = collect.modules(benchmarks)
    only = collect.asked(found, "goal", "benchmarks", ABOUT, sys.argv[1:])
    rows = collect.measure(found, only, "goal", lambda module: module.run())
    return collect.report(rows, COLUMNS, "bench.json")


if __name__ == "__main__":
    sys.exit(main())
