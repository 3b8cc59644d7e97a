"""Import speed: files to stored rows, against pandas.read_csv and DataFrame.to_sql.

    python -m benchmarks.import_speed [FOLDER]      # default: the real files beside the repository, else made-up ones

Same files, same durable server, the ways in turn, medians. Ours twice: parse, check and store alone; and all of it, with the raw
archive, features, roll-ups, flags and what free visitors see. The peer makes numbers and dates of the text columns.
"""

import gzip
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from core.clock import system_clock
from core.sessions import sessions_between
from core.settings import Settings, load
from db import address, bulk, embedded, migrate, roles
from db.connect import connect
from ingest import pipeline

REAL = Path(__file__).parents[2] / "shared" / "data" / "barchart_oi_change"
TARGETS = {"parse_check_store": 10.0, "everything": 5.0}
RUNS = 3
COVERS = ("import",)
_RENAMED = {"Price~": "Price", "Mid": "Midpoint", "Symbol.1": "Underlying"}
_COLUMNS = ("Symbol", "Price", "Type", "Strike", "Exp Date", "DTE", "Bid", "Midpoint", "Ask", "Last", "Volume", "Open Int",
            "OI Chg", "Delta", "IV", "Time")  # fmt: skip


def run(folder: Path | None = None) -> list[dict[str, Any]]:
    """Rows for bench.json: goal, work, ours_s, peer, peer_s, ratio, target, met."""
    seconds: dict[str, list[float]] = {name: [] for name in _WAYS}
    rows = 0
    with tempfile.TemporaryDirectory(prefix="oiflow-bench-") as scratch, embedded.start(Path(scratch) / "server") as server:
        files = _files(folder, Path(scratch) / "made")
        for number in range(RUNS):
            for name, way in _WAYS.items():
                url = address.with_database(server.superuser_url, f"bench_{name}_{number}")
                settings = load(oiflow_home=Path(scratch) / f"{name}{number}", database_url=url)
                roles.ensure(url, settings)
                migrate.migrate(settings)
                taken, rows = way(settings, files)
                seconds[name].append(taken)
    taken_by = {name: median(each) for name, each in seconds.items()}
    return [
        _row(f"{name}, {rows} rows in {len(files)} files", taken_by[name], taken_by["peer"], TARGETS[name]) for name in TARGETS
    ]


def _row(work: str, ours: float, peer: float, target: float) -> dict[str, Any]:
    named = {"goal": "import", "work": work.replace("_", " "), "peer": "pandas.read_csv + to_sql"}
    ratio = round(peer / ours, 1)
    return named | {"ours_s": round(ours, 2), "peer_s": round(peer, 2), "ratio": ratio, "target": target, "met": ratio >= target}


def _everything(settings: Settings, files: list[Path]) -> tuple[float, int]:
    db = connect(settings, "ingest")
    started = time.perf_counter()
    report = pipeline.import_paths(db, settings.oiflow_home, files, system_clock)
    taken = time.perf_counter() - started
    db.close()
    return taken, report.rows_in


def _parse_check_store(settings: Settings, files: list[Path]) -> tuple[float, int]:
    with _bare():
        return _everything(settings, files)


@contextmanager
def _bare() -> Iterator[None]:
    """The same pipeline without raw archive, features, roll-ups, flags and free relations: unknown features are NULL."""

    def no_features(rows: Any, *_: Any) -> dict[str, np.ndarray]:
        count = len(rows["volume"])
        blank = {name: np.full(count, np.nan) for name in ("moneyness", "vol_oi", "share_new")}
        none = np.full(count, -32768, np.int16)
        zeros = np.zeros(count, np.int16)
        return blank | {"mid": rows["mid"], "reasons": zeros, "dte": zeros, "sentiment": none, "confidence": none}

    def no_rollups(work: Any, table: str, *rest: Any) -> None:
        if "oi_" not in table and "underlying" not in table:
            copy(work, table, *rest)

    copy = bulk.copy_rows
    with (
        patch("ingest.staging.changes.flow.features", no_features),
        patch("ingest.staging.changes.bulk.copy_rows", no_rollups),
        patch("ingest.publishing.publish._settle", lambda *_: None),
        patch("ingest.raw.Archive.add", _unarchived),
    ):
        yield


def _unarchived(_archive: Any, raw: Any) -> dict[str, Any]:
    named = {"payload_sha256": raw.sha256, "file_name": raw.file_name, "received_at": raw.received_at}
    return named | {"size_bytes": 0, "pack_file": "", "pack_offset": 0, "pack_length": 0}


def _peer(settings: Settings, files: list[Path]) -> tuple[float, int]:
    """One DataFrame a file, appended to one table by the default method."""
    import sqlalchemy

    url = settings.database_url.get_secret_value().replace("postgresql://", "postgresql+psycopg2://", 1)
    engine = sqlalchemy.create_engine(url)
    started, rows = time.perf_counter(), 0
    for path in files:
        frame = pd.read_csv(path, low_memory=False).iloc[:-1]  # the last line is the footer
        frame = frame.rename(columns=_RENAMED).reindex(columns=list(_COLUMNS))
        frame["OI Chg"] = pd.to_numeric(frame["OI Chg"].str.replace(",", "").replace("unch", "0"))
        frame["IV"] = pd.to_numeric(frame["IV"].str.rstrip("%").str.replace(",", "")) / 100
        frame["Strike"] = frame["Strike"].astype(str)
        frame["Exp Date"] = pd.to_datetime(frame["Exp Date"])
        frame.to_sql("peer", engine, if_exists="append", index=False)
        rows += len(frame)
    taken = time.perf_counter() - started
    engine.dispose()
    return taken, rows


def _files(folder: Path | None, made: Path) -> list[Path]:
    folder = folder or (REAL if REAL.is_dir() else None)
    if folder:
        return sorted(path for path in folder.rglob("*.csv*") if path.is_file())
    from tests.ingest import barchart_files

    made.mkdir()
    for day in sessions_between(date(2026, 8, 3), date(2026, 10, 30)):
        for slot in ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease"):
            (made / f"{slot}-{day}.csv.gz").write_bytes(gzip.compress(barchart_files.write("F", day, slot, 1500)))
    return sorted(made.iterdir())


_WAYS: dict[str, Callable[[Settings, list[Path]], tuple[float, int]]] = {
    "peer": _peer, "parse_check_store": _parse_check_store, "everything": _everything,
}  # fmt: skip


if __name__ == "__main__":
    for line in run(Path(sys.argv[1]) if sys.argv[1:] else None):
        print("{work}: ours {ours_s} s, {peer} {peer_s} s, ratio {ratio}, target {target}".format(**line))
