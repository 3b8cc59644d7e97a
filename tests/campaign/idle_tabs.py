"""R29: pages on which nobody clicks, three side by side at the interval that users have."""

from typing import Any

from tests.campaign import browsing

COVERS = ("R29",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return browsing.idle_tabs("30" if full else "2")
