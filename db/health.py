"""Whether the database and the disk below a service are in order."""

import shutil
from pathlib import Path

from core.errors import DatabaseUnavailable, SchemaOutdated
from core.health import Health
from db import migrate
from db.database import Database

LEAST_FREE = 200 * 2**20  # bytes on the disk of OIFLOW_HOME below which nothing more should be taken in


def health(db: Database, home: Path) -> Health:
    """The faults that make a service unfit for work: database, migrations, disk."""
    faults = {}
    try:
        if pending := migrate.pending(db):
            faults["migrations"] = f"The database needs {', '.join(pending)}: `oiflow db migrate`."
    except (DatabaseUnavailable, SchemaOutdated) as error:
        faults["database" if isinstance(error, DatabaseUnavailable) else "migrations"] = str(error)
    if home.exists() and shutil.disk_usage(home).free < LEAST_FREE:
        faults["disk"] = "Less than 200 MB are free."
    return Health(faults)
