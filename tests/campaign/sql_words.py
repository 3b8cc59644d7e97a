"""R34: hostile words in every place change no answer and no table."""

from typing import Any

from tests.campaign import closed

COVERS = ("R34",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return closed.hostile_words(1200 if full else 60)
