"""R9: the limit of a source holds across processes, and Retry-After is honoured."""

from typing import Any

from tests.campaign._stores import count_row, database, server
from tests.ingest.providers.asking import WORKERS, ask_by_processes
from tests.standins.counting import Counted, counting

COVERS = ("R9",)
PROCESSES = 2
TIGHT = [(100, 2.0), (350, 10.0)]  # calls in seconds
ROOMY = [(1000, 1.0)]


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    calls = 1000 if full else 150
    with server() as (started, home), database(started, home, "quotas") as databases:
        tight, said = _asked(databases.ingest.url, TIGHT, calls, every=50)
        roomy, more = _asked(databases.ingest.url, ROOMY, calls // 5, every=4)
    unanswered = calls + calls // 5 - sum(each["answered"] for each in said + more)
    longest = max(seconds for each in said for seconds in each["longest"])
    return [
        *(_over(tight, limit, seconds) for limit, seconds in TIGHT),
        count_row("R9", "calls without an answer", unanswered),
        count_row("R9", f"of {len(tight.told)} Retry-After under a full limit, come too early", _early(tight)),
        *_honoured(roomy),
        {
            "bar": "R9",
            "what": "longest call of any worker [s]",
            "figure": round(longest, 1),
            "target": "30 or less",
            "met": longest <= 30,
        },
    ]


def _asked(database: str, rates: list[tuple[int, float]], calls: int, every: int) -> tuple[Counted, list[dict[str, Any]]]:
    """What a provider counted that tells one call in `every` to come again, and what the processes say."""
    busy = {f"/{number}": "date" if number // every % 2 else "seconds" for number in range(0, calls, every)}
    with counting(busy) as provider:
        source = f"counted_{rates[0][0]}"
        return provider, ask_by_processes(database, provider.url, source, rates, calls, PROCESSES)


def _over(counted: Counted, limit: int, seconds: float) -> dict[str, Any]:
    asked = f"{len(counted.arrivals)} requests of {PROCESSES} x {WORKERS} workers"
    return count_row("R9", f"windows of {seconds:g} s with more than {limit} of {asked}", counted.over(limit, seconds))


def _early(counted: Counted) -> int:
    return sum(seconds < 0 for seconds in counted.lateness())


def _honoured(counted: Counted) -> list[dict[str, Any]]:
    late = max(counted.lateness())
    row = {"bar": "R9", "what": f"latest of {len(counted.told)} Retry-After with room in the limit [s]", "figure": round(late, 2)}
    return [count_row("R9", "of them, come too early", _early(counted)), row | {"target": "1 or less", "met": 0 <= late <= 1}]
