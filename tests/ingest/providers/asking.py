"""A process that asks a counting provider with ten workers under a limit that it shares with others of its kind.

`python -m tests.ingest.providers.asking` reads its order as JSON from standard input and prints the longest wait of each worker.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pyrate_limiter import Rate

from db.limiter import SharedLimiter
from ingest.providers.client import Client
from ingest.providers.policy import Policy

WORKERS = 10


def ask_all(order: dict[str, Any]) -> dict[str, Any]:
    """Ask for every number of the order; longest call of each worker [s], and how many were answered."""
    rates = [Rate(limit, round(1000 * seconds)) for limit, seconds in order["rates"]]
    limiter = SharedLimiter(order["database"], order["source"], rates)
    client = Client(Policy(order["source"], tuple(rates), deadline=600), limiter)
    shares = [order["numbers"][worker::WORKERS] for worker in range(WORKERS)]

    def work(numbers: list[int]) -> tuple[float, int]:
        longest, done = 0.0, 0
        for number in numbers:
            begun = time.monotonic()
            done += client.send("GET", f"{order['url']}/{number}").status == 200
            longest = max(longest, time.monotonic() - begun)
        return longest, done

    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(work, shares))
    client.close()
    limiter.close()
    return {"longest": [longest for longest, _ in results], "answered": sum(done for _, done in results)}


def ask_by_processes(
    database: str, url: str, source: str, rates: list[tuple[int, float]], calls: int, processes: int = 2
) -> list[dict[str, Any]]:
    """What each of several processes says that share the calls between them."""
    order = {"database": database, "url": url, "source": source, "rates": rates}
    started = []
    for number in range(processes):
        text = json.dumps(order | {"numbers": list(range(number, calls, processes))})
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ingest.providers.asking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        process.stdin.write(text)
        process.stdin.close()
        started.append(process)
    return [json.loads(_said(process)) for process in started]


def _said(process: subprocess.Popen[str]) -> str:
    said = process.stdout.read()
    process.wait()
    process.stdout.close()
    return said


if __name__ == "__main__":
    print(json.dumps(ask_all(json.load(sys.stdin))))
