"""R40: no secret is said or written."""

from typing import Any

from tests.campaign import closed

COVERS = ("R40",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return closed.searched_secrets(full)
