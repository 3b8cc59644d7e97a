"""U22: reload, new tab, back and deep link keep account and page."""

from typing import Any

from tests.campaign import browsing

COVERS = ("U22",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return browsing.stays(200 if full else 12)
