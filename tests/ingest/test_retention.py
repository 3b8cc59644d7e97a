"""Contracts of scans go after a while; what else there is of them, and all other looks, stay."""

from datetime import date, timedelta

import pytest

from core.clock import frozen
from ingest.raw import read_raw
from ingest.retention import prune_scans
from tests.db.statements import say
from tests.ingest.timetable.driven import Moving, at, collecting
from tests.ingest.timetable.quoted import Shows
from usecases.collection import runs

DAYS = date(2026, 10, 29), date(2026, 10, 30)
SCANS = ("09:45", "10:00", "10:15")
CONTRACTS = "SELECT quote_session, l.source, count(*) FROM facts.chain_snapshots f JOIN loads l USING (quote_session, load_id) "
A_SCAN = 3 * 4 * 3 * 2  # names, expirations, strikes, sides


@pytest.fixture
def stored(databases):
    """Two sessions with three scans each, whole chains in the morning and after the close."""
    moving = Moving(at("17:30", date(2026, 10, 28)))
    work = collecting(databases, moving, cboe=Shows(moving, strikes=3, expirations=5))
    work.tick()
    for day in DAYS:
        for clock in ("07:00", "07:02", *SCANS, "16:35"):
            moving.to(at(clock, day))
            work.tick()
    return databases


def after(days, session=DAYS[1]):
    return frozen(at("12:00", session + timedelta(days=days)))


def contracts(databases, source):
    return [row[2] for row in say(databases.ingest.url, f"{CONTRACTS} WHERE l.source = '{source}' GROUP BY 1, 2 ORDER BY 1, 2")]


def test_of_scans_a_month_ago_the_last_of_each_session_stays(stored):
    whole = contracts(stored, "cboe")
    assert contracts(stored, "cboe_scan") == [3 * A_SCAN, 3 * A_SCAN]
    assert prune_scans(stored.ingest, after(31), 30) == 4 * A_SCAN
    assert contracts(stored, "cboe_scan") == [A_SCAN, A_SCAN]
    assert contracts(stored, "cboe") == whole
    last = "SELECT DISTINCT known_at FROM chain_snapshots WHERE source = 'cboe_scan' ORDER BY 1"
    assert say(stored.app_premium.url, last) == [(at("10:15", day),) for day in DAYS]


@pytest.mark.parametrize(("now", "days", "left"), [(30, 30, [1, 3]), (29, 30, [3, 3]), (400, 0, [3, 3])])
def test_before_that_and_where_all_is_to_be_kept_nothing_goes(stored, now, days, left):
    prune_scans(stored.ingest, after(now), days)
    assert contracts(stored, "cboe_scan") == [scans * A_SCAN for scans in left]


def test_what_went_is_said_once(stored):
    prune_scans(stored.ingest, after(31), 30)
    assert prune_scans(stored.ingest, after(31), 30) == 0
    found = runs(stored.app_admin, duty="retention")
    assert [(run.session, run.source, run.status, run.names) for run in found] == [
        (day, "cboe_scan", "done", 3) for day in reversed(DAYS)
    ]
    assert found[0].reason == f"{2 * A_SCAN} contracts of 6 scans went; the last look at each name stays"


def test_sums_prices_and_bytes_of_a_pruned_scan_stay(stored):
    sums = (
        "SELECT count(*), sum(call_open_interest) FROM facts.oi_daily d JOIN loads l USING (load_id) WHERE source = 'cboe_scan'"
    )
    before = say(stored.ingest.url, sums)
    prune_scans(stored.ingest, after(31), 30)
    assert say(stored.ingest.url, sums) == before
    pruned = say(stored.ingest.url, "SELECT payload_sha256, rows_published FROM loads JOIN pruned_loads USING (load_id)")
    assert len(pruned) == 12
    assert all(read_raw(stored.ingest, stored.settings.oiflow_home, sha256).content for sha256, _ in pruned)


def test_a_reader_of_that_moment_finds_the_load_and_that_it_was_pruned(stored):
    prune_scans(stored.ingest, after(31), 30)
    seen = say(
        stored.app_premium.url,
        f"SELECT known_at, pruned_at IS NOT NULL FROM visible_loads('{at('10:05', DAYS[1])}') "
        f"LEFT JOIN pruned_loads USING (load_id) WHERE source = 'cboe_scan' AND quote_session = '{DAYS[1]}'",
    )
    assert seen == [(at("10:00", DAYS[1]), True)] * 3


def test_where_the_last_scan_was_withdrawn_the_one_before_it_stays(stored):
    withdraw = "UPDATE loads SET state = 'withdrawn', withdrawn_at = now() WHERE known_at = %s"
    rank = "UPDATE loads SET state = 'published' WHERE known_at = %s AND source = 'cboe_scan'"
    with stored.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(withdraw, (at("10:15", DAYS[0]),))
        cursor.execute(rank, (at("10:00", DAYS[0]),))
    prune_scans(stored.ingest, after(31), 30)
    assert contracts(stored, "cboe_scan") == [2 * A_SCAN, A_SCAN]


def test_a_month_gives_its_space_back_when_its_last_session_is_pruned(stored):
    size = "SELECT pg_relation_size('facts.chain_snapshots_202610')"
    say(stored.owner.url, "SELECT facts.pack_month('chain_snapshots', '2026-10-01')")
    before = say(stored.owner.url, size)[0][0]
    prune_scans(stored.ingest, after(31), 30)
    assert say(stored.owner.url, size)[0][0] < before
    assert contracts(stored, "cboe_scan") == [A_SCAN, A_SCAN]
    names = say(
        stored.owner.url, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'facts.chain_snapshots'::regclass"
    )
    assert names == [("facts.chain_snapshots_202610",)]
