"""A store with a past: several kinds of files, corrections, doubts, repeats, and chains that were fetched live and in scans."""

from datetime import date
from pathlib import Path
from typing import Any

from ingest.pipeline import import_bodies, import_raws, publish_payloads
from ingest.sources import cboe, rates_file
from ingest.sources.reading import near
from tests.ingest.importing import NOW, bring, file, whole_set
from tests.ingest.sources import mapped_files
from tests.ingest.sources.asked import asked, later, look
from tests.ingest.test_pipeline import doubted
from tests.standins import chains

OTHER = date(2026, 11, 3)


def live(databases: Any, home: Path) -> None:
    """Chains fetched from a stand-in, the nearest expirations of one of them as a scan."""
    for moment, scan, day in ((2, False, 17), (2, False, 18), (1, True, 18), (3, False, 18)):
        seen = look(seed=moment, moment=moment, session=date(2026, 11, day))
        with asked(cboe, chains.cboe(seen), later(seen)) as (fetcher, _):
            fetched = fetcher.fetch("AAPL")
        raw = near.marked(fetched) if scan else fetched
        publish_payloads(databases.ingest, home, [(raw, near.narrowed(raw, cboe.parse(raw)))], NOW)


def files(databases: Any, home: Path) -> None:
    """Sessions of changes with a doubt, a correction and a repeat; histories that grew; kinds named by hand; a page."""
    bring(databases.ingest, home, *doubted())
    bring(databases.ingest, home, file("etfs-increase", at="02:57pm", seed=5), ("page.csv", b"<html>sign in</html>"))
    bring(databases.ingest, home, *whole_set(OTHER), *doubted()[:1])
    days = {"17-11": mapped_files.chain(), "18-11": mapped_files.chain()}
    for raw in (mapped_files.occ_history(days), mapped_files.occ_history(days | {"19-11": mapped_files.chain()})):
        bring(databases.ingest, home, (raw.file_name, raw.body))
    raw = mapped_files.prices(*(mapped_files.day_of_prices(day) for day in ("11/18/2026", "11/19/2026")))
    import_bodies(databases.ingest, home, [(raw.file_name, raw.body)], NOW, "prices_daily")
    import_raws(databases.ingest, home, [rates_file.seen(rates_file.SHIPPED.read_bytes(), NOW())], NOW, "rates_file")
