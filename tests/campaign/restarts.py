"""R15: PostgreSQL is restarted under open pages."""

from typing import Any

from tests.campaign import browsing

COVERS = ("R15",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return browsing.restarts(10 if full else 2)
