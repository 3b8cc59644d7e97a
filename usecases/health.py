"""Can this service work? For /readyz of the faces."""

from pathlib import Path

from core.health import Health
from db import health
from db.database import Database


def readiness(db: Database, home: Path) -> Health:
    """What keeps a face from answering: database, migrations, disk."""
    return health.health(db, home)
