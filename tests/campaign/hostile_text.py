"""R35: text of others runs nothing and adds nothing in a browser."""

from typing import Any

from tests.campaign import browsing

COVERS = ("R35",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return browsing.hostile_text(500)
