"""The real files beside the checkout, by kind, and what became of them in a store. Elsewhere there are none."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.clock import system_clock
from ingest.pipeline import import_paths

DATA = Path(__file__).parents[3] / "shared" / "data"
KINDS = sorted(path.name for path in DATA.iterdir() if path.is_dir()) if DATA.is_dir() else []
MAPPED = (
    "bars_1min", "bars_60min", "chain_history_2026", "chain_with_greeks_json", "crypto_options_daily", "crypto_options_hourly",
    "occ_open_interest", "option_bars_1min", "prices_adj_close", "prices_daily", "yahoo_chain_2025", "yahoo_chain_2026",
)  # fmt: skip
"""Those that mappings read."""
CONTRACTS_A_ROW = {"chain_history_2026": 2, "_history.json.gz": 2, "occ_open_interest/": 18}
"""The display form of `occ_open_interest` has a call and a put on each of nine dates in a row."""
_STORED = """
SELECT r.folder, r.file_name, sum(l.rows_in)::bigint FROM loads l JOIN raw_payloads r USING (payload_sha256)
 WHERE l.state IN ('published', 'superseded') AND l.reason IS NULL GROUP BY r.folder, r.file_name
"""


@dataclass
class Brought:
    """What an import of files of one kind did, and a second one of the same files.

    stated: rows of the files that went in, as FILES.csv counts them, and `counted` those that the store has noted.
    """

    kind: str
    files: int
    refused: Counter[str]
    rows_in: int
    published: int
    quarantined: Counter[str]
    duplicates: int
    sessions: int
    seconds: float
    again_published: int
    again_rows: int
    stated: int = 0
    counted: int = 0
    problems: list[str] = field(default_factory=list)


def files_of(kind: str, most: int | None = None) -> list[Path]:
    """Files of a kind, all or a few from its beginning, middle and end."""
    found = sorted(path for path in (DATA / kind).rglob("*") if path.is_file())
    if most is None or len(found) <= most:
        return found
    return [found[place * (len(found) - 1) // (most - 1)] for place in range(most)]


def bring_kind(databases: Any, home: Path, kind: str, paths: list[Path]) -> Brought:
    """Import files twice."""
    report = import_paths(databases.ingest, home, paths, system_clock)
    again = import_paths(databases.ingest, home, paths, system_clock)
    refused = Counter(refusal["reason"] for refusal in report.refusals)
    found = Brought(
        kind, report.files, refused, report.rows_in, report.published, Counter(report.reasons), report.duplicates,
        report.sessions, report.seconds, again.published, again.rows_in,
    )  # fmt: skip
    found.problems = [f"{refusal['file']}: {refusal['message']}" for refusal in report.refusals]
    found.stated, found.counted = _stated(databases.owner, kind)
    return found


def _stated(owner: Any, kind: str) -> tuple[int, int]:
    """Rows of the stored files of a kind as FILES.csv counts them, and as the store does."""
    stated = counted = 0
    rows = _listed()
    with owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_STORED)
        for folder, name, count in cursor.fetchall():
            path = next((path for path in rows if path.endswith(f"{folder.removeprefix('data/')}/{name}")), "")
            if path.startswith(f"{kind}/"):
                stated += rows[path] * _factor(path)
                counted += int(count)
    return stated, counted


def _factor(path: str) -> int:
    return next((factor for words, factor in CONTRACTS_A_ROW.items() if words in path), 1)


def _listed() -> dict[str, int]:
    with (DATA / "FILES.csv").open(newline="") as file:
        return {row["path"]: int(row["rows"] or 0) for row in csv.DictReader(file)}
