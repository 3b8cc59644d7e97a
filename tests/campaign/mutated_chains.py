"""R5 for sources of chains: 10,000 payloads each with a fault somewhere lose no row, change none and crash nothing."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import reduce
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
    return [row for name, found in judged(list(SAMPLES), _part, full) for row in rows(name, found)]


def judged(names: Sequence[str], part: Callable[[str, int, int], Verdict], full: bool) -> Iterator[tuple[str, Verdict]]:
    """The verdict on each source. part: judges payloads of a name, by seed, so many of them."""
    seeds = range(_PAYLOADS // _SHARE if full else 1)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:  # polars does not outlive a fork
        parts = {name: [pool.submit(part, name, seed, _SHARE) for seed in seeds] for name in names}
        for name, futures in parts.items():
            yield name, reduce(_added, (future.result() for future in futures), Verdict())


def _part(name: str, seed: int, count: int) -> Verdict:
    return judge(SAMPLES[name], mutants(SAMPLES[name], seed, count))


def _added(found: Verdict, part: Verdict) -> Verdict:
    for each in fields(Verdict):
        setattr(found, each.name, getattr(found, each.name) + getattr(part, each.name))
    return found


def rows(name: str, found: Verdict) -> list[dict[str, Any]]:
    """What the verdict on a source is in numbers."""
    for words in (*found.crashes[:10], *found.denied[:10]):
        print(f"  {name}: {words!a}")
    told = f"{found.rows_in} in {found.payloads} payloads, {found.refused} refused"
    return [
        count_row("R5C", f"{name}: crashes of the parser, of {found.payloads} payloads", len(found.crashes)),
        count_row("R5C", f"{name}: rows unaccounted for or without reason, of {told}", found.unaccounted + found.empty),
        count_row("R5C", f"{name}: values that a slow reading denies, of {found.compared}", len(found.denied)),
    ]
