"""R23, U3: whatever breaks or is written into an address, a page stays friendly."""

from typing import Any

from tests.campaign import closed

COVERS = ("R23", "U3")


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return closed.injected_faults(full)
