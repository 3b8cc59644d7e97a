"""What a worker does for the others without being asked."""

from datetime import datetime

from core.clock import Clock
from db import services
from db.database import Database


def tidy(auth: Database, clock: Clock) -> dict[str, int]:
    """Delete expired tickets, links, sign-ins, attempts and forgotten browsers; rows deleted by kind."""
    return services.tidy_accounts(auth, clock())


def beat(db: Database, service: str, started_at: datetime, clock: Clock) -> None:
    """Say that a service works."""
    services.beat(db, service, started_at, clock(), {})
