"""R5 for sources of reference: 10,000 payloads each with a fault somewhere lose no line, change none and crash nothing."""

from typing import Any

from tests.campaign.mutated_chains import judged, rows
from tests.ingest.sources.reference_mutations import SOUND, mutants
from tests.ingest.sources.reference_verdicts import judge
from tests.ingest.sources.verdicts import Verdict

COVERS = ("R5C",)


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    return [row for name, found in judged(list(SOUND), _part, full) for row in rows(name, found)]


def _part(name: str, seed: int, count: int) -> Verdict:
    return judge(name, mutants(name, seed, count))
