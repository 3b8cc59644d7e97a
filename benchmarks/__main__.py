"""`make bench`: each performance goal against its peer in one run. `python -m benchmarks P1,P4` runs some."""

import sys

import benchmarks
from benchmarks import collect

COLUMNS = ("goal", "work", "ours_s", "peer", "peer_s", "ratio", "target", "met")


def main() -> int:
    """Measure, print, write bench.json; the exit code says whether every target is met."""
    only = set(sys.argv[1].split(",")) if len(sys.argv) > 1 else set()
    rows = collect.measure(collect.modules(benchmarks), only, "goal", lambda module: module.run())
    return collect.report(rows, COLUMNS, "bench.json")


if __name__ == "__main__":
    sys.exit(main())
