"""Processes that import files and are killed, by somebody else or by themselves, with the signal nobody can catch.

    python -m tests.campaign.killed_import

For each line of standard input, [statement, file, ...] in JSON, a fork imports the files: it answers its number, and when it has
ended its status. A fork kills itself before its n-th statement; 0: never. Nothing was computed before a fork, only loaded.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from core import settings
from core.clock import system_clock
from db import bulk
from db.connect import connect
from db.database import Transaction
from ingest import pipeline
from ingest.sources import barchart


def die_before(number: int) -> None:
    """Let the n-th statement or COPY from now on be this process's last thought."""
    left = [number]

    def counted(call: Any) -> Any:
        def counting(*values: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*values, **named)

        return counting

    Transaction._run = counted(Transaction._run)  # type: ignore[method-assign]
    bulk.copy_rows = counted(bulk.copy_rows)
    bulk.copy_csv = counted(bulk.copy_csv)


def main() -> None:
    found = settings.load()
    assert barchart.recognises(b"") is False
    print("ready", flush=True)
    for line in sys.stdin:
        statement, *names = json.loads(line)
        child = os.fork()
        if not child:
            if statement:
                die_before(statement)
            pipeline.import_paths(connect(found, "ingest"), found.oiflow_home, [Path(name) for name in names], system_clock)
            os._exit(0)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
