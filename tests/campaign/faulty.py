"""R5 and R7 in full: mutated files lose no row and change none; no wrong file shows without a mark."""

from pathlib import Path
from typing import Any

from tests.campaign._stores import count_row, database, server
from tests.campaign.mutations import bring_faulty_sessions, bring_wrong_files, bring_yesterdays_files, mutate
from tests.ingest.importing import empty

COVERS = ("R5", "R7")


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    with server() as (started, home), database(started, home, "faulty") as databases:
        return _wrong(databases, home / "faulty", full) + _mutated(databases, home / "faulty", full)


def _mutated(databases: Any, home: Path, full: bool) -> list[dict[str, Any]]:
    found = mutate(databases, home, 10_000 if full else 300, seed=2)
    for fault in found.coerced[:20]:
        print(f"  {fault}")
    lost = found.unaccounted + found.misplaced
    return [
        count_row("R5", f"rows unaccounted for, of {found.rows_in} in {found.files} mutated files", lost),
        count_row("R5", "crashes of the parser", found.crashes),
        count_row("R5", f"published rows that a slow reading denies, of {found.compared} values", len(found.coerced)),
    ]


def _wrong(databases: Any, home: Path, full: bool) -> list[dict[str, Any]]:
    wrong = bring_wrong_files(databases, home, 500, seed=3)
    empty(databases.owner)
    faulty = bring_faulty_sessions(databases, home, 5 if full else 1, seed=4)
    again = bring_yesterdays_files(databases, home, 5 if full else 1, seed=4)
    every = wrong.files + faulty.files + again.files
    told = f"{every} files: {wrong.refused} refused, {faulty.marked} in a marked session, {again.duplicates} duplicates"
    return [
        count_row("R7", f"wrong files accepted and not marked, of {told}", wrong.accepted + faulty.accepted + again.accepted),
        count_row("R7", "wrong files refused for another reason", wrong.unexpected),
    ]
