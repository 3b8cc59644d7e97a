"""The demo database is filled once, left alone while it is fresh, and made anew when it is old."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import frozen
from db import reference
from ingest import demo
from ingest.sources import simulated

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)


@pytest.fixture
def small_market(monkeypatch):
    """A market of ten sessions and six names, so that a test takes a second."""
    whole = simulated.make_market
    monkeypatch.setattr(simulated, "make_market", lambda seed, last: whole(seed, last, sessions=10, names=6))


def test_the_market_goes_through_the_real_publishing_path(small_market, databases, tmp_path):
    report = demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY))
    assert report.refused == report.quarantined == report.duplicates == 0
    assert databases.ingest.value("simulated_last_session") == date(2026, 11, 20)
    assert report.published == report.rows_in > 5_000


def test_a_fresh_market_is_left_alone(small_market, databases, tmp_path):
    demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY))
    assert demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY + timedelta(days=7))) is None


def test_an_old_market_is_made_anew_and_its_archive_goes(small_market, databases, tmp_path):
    demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY))
    packs = set(tmp_path.rglob("*.pack"))
    later = demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY + timedelta(days=14)))
    assert databases.ingest.value("simulated_last_session") == date(2026, 12, 4)
    assert later.published > 5_000
    assert len(packs & set(tmp_path.rglob("*.pack"))) == 1, "the rates stay"


def test_the_market_has_the_rates_that_ship_once(small_market, databases, tmp_path):
    for days in (0, 1, 14):
        demo.refresh_demo(databases.ingest, tmp_path, frozen(FRIDAY + timedelta(days=days)))
    curve = reference.rate_curve(databases.app_premium, date(2026, 11, 19), FRIDAY)
    assert (curve.assumed, curve.source, curve.rate) == (True, "rates_file", [0.04, 0.04])
    assert len(databases.ingest.dicts("load_list", source="rates_file", state=None, session_date=None, most=9)) == 1
