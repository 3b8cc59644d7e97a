"""R6: a source that changes its format is held back before anything of it shows, and somebody is told."""

import time
from collections import Counter
from types import ModuleType
from typing import Any

from structlog.testing import capture_logs

from core.errors import RefusedPayload
from tests.campaign._stores import count_row, database, server
from tests.ingest.real_files import KINDS
from tests.ingest.sources.drift import TABLES, drifted, harmless
from tests.ingest.sources.samples import SAMPLES
from tests.ingest.sources.verdicts import parsed
from tests.ingest.timetable.drifting import outcomes, real_pairs
from tests.ingest.timetable.quoted import swapped_at_the_close

COVERS = ("R6",)
SEEDS = 3
TOLD_WITHIN = 300.0  # seconds
REAL = (
    "occ_open_interest", "chain_history_2026", "yahoo_chain_2025", "yahoo_chain_2026", "crypto_options_daily",
    "cboe_chain_normalized_csv", "chain_with_greeks_json",
)  # fmt: skip
Table = dict[str, Counter[str]]


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json; the table of classes and reasons is printed."""
    table: Table = {}
    seeds = range(1, SEEDS + 1) if full else (1,)
    with server() as (started, home):
        for name, source in SAMPLES.items():
            for seed in seeds:
                _bytes_alone(table, name, source, seed)
                with database(started, home, f"drift_{name}_{seed}") as databases:
                    _beside_what_stands(table, name, source, seed, databases)
        with database(started, home, "drift_told") as databases:
            seconds = told_after(databases)
    _show(table)
    wrong, lost = _counts(table)
    drifts = sum(sum(found.values()) for what, found in table.items() if what not in ("nothing", "reordered", "one column more"))
    real = [reason for kind in REAL if kind in KINDS for _, reason in real_pairs(kind)]
    return [
        count_row("R6", f"of {drifts} drifts of {len(SAMPLES)} sources, wrongly accepted", wrong),
        count_row("R6", "honest, reordered or extended payloads held back, or extended ones without a warning", lost),
        count_row("R6", f"of {len(real)} real sessions beside the one before, held back", sum(map(bool, real))),
        {"bar": "R6", "what": "from a payload's arrival to the alert [s]", "figure": round(seconds, 1), "target": "300 or less",
         "met": seconds <= TOLD_WITHIN},
    ]  # fmt: skip


def _bytes_alone(table: Table, name: str, source: ModuleType, seed: int) -> None:
    if source.KIND not in TABLES:
        return
    for what, one in drifted(source, seed):
        _note(table, what.partition(":")[0], name, _outcome(source, one))
    reordered, more = harmless(source, seed)
    _note(table, "reordered", name, _outcome(source, reordered))
    warned = _outcome(source, more) == "accepted" and any("brand_new" in said for said in parsed(source, more).warnings)
    _note(table, "one column more", name, "accepted" if warned else "no warning")


def _beside_what_stands(table: Table, name: str, source: ModuleType, seed: int, databases: Any) -> None:
    for what, said in outcomes(databases, source, seed):
        _note(table, what, name, said)


def _outcome(source: ModuleType, one: Any) -> str:
    try:
        parsed(source, one)
    except RefusedPayload as refused:
        return refused.reason
    return "accepted"


def told_after(databases: Any) -> float:
    """Seconds from the arrival of payloads whose sides changed places to the alert."""
    _clock, _source, work = swapped_at_the_close(databases)
    with capture_logs() as logged:
        began = time.monotonic()
        work.tick()
        seconds = time.monotonic() - began
    return seconds if any(each["event"] == "source_held_back" for each in logged) else float("inf")


def _note(table: Table, what: str, name: str, said: str) -> None:
    table.setdefault(what, Counter())[said] += 1
    if said == "accepted" and what not in ("nothing", "reordered", "one column more"):
        print(f"  accepted: {what} of {name}")


def _counts(table: Table) -> tuple[int, int]:
    """(drifts accepted, sound payloads that were not)"""
    sound = {"nothing", "reordered", "one column more"}
    wrong = sum(found["accepted"] for what, found in table.items() if what not in sound)
    lost = sum(sum(found.values()) - found["accepted"] for what, found in table.items() if what in sound)
    return wrong, lost


def _show(table: Table) -> None:
    for what, found in sorted(table.items()):
        print(f"  {what:32} {', '.join(f'{count} {said}' for said, count in found.most_common())}")
