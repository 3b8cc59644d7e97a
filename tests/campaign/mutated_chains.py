"""R5 for sources of chains: 10,000 payloads each with a fault somewhere lose no row, change none and crash nothing."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from multiprocessing import get_context
from typing import Any

from tests.campaign._stores import count_row
from tests.ingest.sources.chain_mutations import mutants
from tests.ingest.sources.samples import SAMPLES
from tests.ingest.sources.verdicts import Verdict, judge

COVERS = ("R5C",)
_PAYLOADS, _SHARE = 10_000, 500


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    n = _PAYLOADS if full else _SHARE
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:  # polars does not outlive a fork
        parts = {name: [pool.submit(_judged, name, seed) for seed in range(n // _SHARE)] for name in SAMPLES}
        return [row for name, futures in parts.items() for row in _rows(name, [future.result() for future in futures])]


def _judged(name: str, seed: int) -> Verdict:
    return judge(SAMPLES[name], mutants(SAMPLES[name], seed, _SHARE))


def _rows(name: str, parts: list[Verdict]) -> list[dict[str, Any]]:
    found = Verdict()
    for each in fields(Verdict):
        for part in parts:
            setattr(found, each.name, getattr(found, each.name) + getattr(part, each.name))
    for words in (*found.crashes[:10], *found.denied[:10]):
        print(f"  {name}: {words!a}")
    told = f"{found.rows_in} in {found.payloads} payloads, {found.refused} refused"
    return [
        count_row("R5C", f"{name}: crashes of the parser, of {found.payloads} payloads", len(found.crashes)),
        count_row("R5C", f"{name}: rows unaccounted for or without reason, of {told}", found.unaccounted + found.empty),
        count_row("R5C", f"{name}: values that a slow reading denies, of {found.compared}", len(found.denied)),
    ]
