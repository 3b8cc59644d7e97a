"""What was held back when it came is held back again where a store is made anew from the archive; what was let in later is in."""

import pytest

from core.errors import RefusedPayload
from ingest.pipeline import publish_payloads
from ingest.rebuild import rebuild
from ingest.replay import replay
from ingest.sources import cboe
from ingest.sources.reading import near
from tests.db.statements import say
from tests.ingest.importing import NOW, shown
from tests.ingest.timetable.driven import Moving, Source, at

WHY = RefusedPayload("counts_disagree", "Its open interest is not like that of the session before.", beside=True)
LOADS = "SELECT source, state, reason, detail, rows_published, file_name FROM loads ORDER BY load_id"


@pytest.fixture
def home(databases):
    return databases.settings.oiflow_home


def fetched(name):
    raw = Source(Moving(at("16:35"))).fetch(name)
    return raw, cboe.parse(raw)


def again(fresh, home, tmp_path):
    """The archive's own account, in a new store."""
    rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    return fresh


def test_what_was_held_back_is_held_back_again(databases, home, fresh, tmp_path):
    publish_payloads(databases.ingest, home, [fetched("SPY")], NOW, [(fetched("AAPL")[0], WHY)])
    rebuilt = again(fresh, home, tmp_path)
    assert shown(rebuilt.app_admin) == shown(databases.app_admin)
    assert say(rebuilt.owner.url, LOADS) == say(databases.owner.url, LOADS)
    assert ("cboe", "refused", WHY.reason, str(WHY), 0) in [row[:5] for row in say(rebuilt.owner.url, LOADS)]


def test_what_was_held_back_and_let_in_later_is_in(databases, home, fresh, tmp_path):
    raw, payload = fetched("AAPL")
    publish_payloads(databases.ingest, home, [], NOW, [(raw, WHY)])
    report = publish_payloads(databases.ingest, home, [(raw, payload)], NOW)
    assert report.published == len(payload.rows)
    rebuilt = again(fresh, home, tmp_path)
    assert shown(rebuilt.app_admin) == shown(databases.app_admin)
    assert [replay(store.ingest, place, NOW).different for store, place in ((databases, home), (rebuilt, tmp_path / "new"))] == [
        0,
        0,
    ]


def test_what_was_held_back_and_counts_as_a_scan_too_is_in_once_it_is_let_in(databases, home, fresh, tmp_path):
    raw, payload = fetched("AAPL")
    publish_payloads(databases.ingest, home, [], NOW, [(raw, WHY)])
    scan = near.marked(raw)
    publish_payloads(databases.ingest, home, [(scan, near.narrowed(scan, payload))], NOW)
    publish_payloads(databases.ingest, home, [(raw, payload)], NOW)
    assert shown(again(fresh, home, tmp_path).app_admin) == shown(databases.app_admin)


def test_what_the_bytes_alone_refuse_is_read_again(databases, home, fresh, tmp_path):
    raw, payload = fetched("AAPL")
    publish_payloads(databases.ingest, home, [], NOW, [(raw, RefusedPayload("schema_drift", "as an older parser saw it"))])
    rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    assert [row[1:] for row in say(fresh.owner.url, "SELECT load_id, state, rows_published FROM loads")] == [
        ("published", len(payload.rows))
    ]


def test_what_is_held_back_for_the_same_reason_is_kept_once(databases, home):
    for _ in range(3):
        publish_payloads(databases.ingest, home, [], NOW, [(fetched("AAPL")[0], WHY)])
    assert len(list((home / "raw").rglob("*.pack"))) == 1
