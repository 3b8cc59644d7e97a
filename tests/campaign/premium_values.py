"""R26: values that only premium or admin may see reach nobody else."""

from typing import Any

from tests.campaign import closed

COVERS = ("R26",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return closed.planted_canaries(1 if full else 5)
