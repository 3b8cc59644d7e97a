"""A process of its own that fills a database from an archive: `python -m tests.ingest.rebuilding URL HOME FOLDER`."""

import sys
from pathlib import Path

from core.clock import system_clock
from db.database import Database
from ingest.rebuild import rebuild

if __name__ == "__main__":
    url, home, folder = sys.argv[1:]
    print(rebuild(Database(url), Path(home), Path(folder), system_clock))
