"""Live mode: a collector with its real clients beside a provider that quotes by the clock, up to the first changes."""

from types import SimpleNamespace

import pytest

from core.access import Tier
from core.sessions import next_session
from ingest.collector import Collector
from tests.ingest.timetable.driven import DAY, NAMES, Moving, at
from tests.standins.answering import answering
from tests.standins.quoting import Quoting
from usecases.collected import view_collected
from usecases.home import view_home
from usecases.reader import Reader

MORNING = next_session(DAY)


@pytest.fixture
def live(settings, databases, demo_databases):
    """The evening of a session: a collector that has just taken over, of an empty market."""
    clock = Moving(at("16:40"))
    with answering(Quoting(clock).cboe(NAMES)) as provider:
        urls = f"cboe={provider.url},yahoo={provider.url}"
        switched = {"oiflow_demo": False, "sources": "cboe,yahoo", "symbols": ",".join(NAMES), "source_urls": urls}
        collector = Collector(settings.model_copy(update=switched), clock)
        collector.lead()
        reader, free = Reader(databases.app_premium, Tier.PREMIUM, clock), Reader(databases.app_free, Tier.FREE, clock)
        yield SimpleNamespace(clock=clock, collect=collector.actions()["collect"], reader=reader, free=free)
        collector.close()


def test_the_first_look_fills_the_first_page_at_once(live):
    live.collect()
    shown = view_collected(live.reader)
    assert set(shown.totals["symbol"]) == set(NAMES)
    assert (shown.freshness.quote_session, shown.freshness.source) == (DAY, "cboe")
    assert view_home(live.reader).freshness is None


def test_settled_open_interest_of_the_next_morning_gives_the_first_changes(live):
    live.collect()
    for clock in ("07:00", "07:02"):  # accepted after two equal reads
        assert view_home(live.reader).freshness is None
        live.clock.to(at(clock, MORNING))
        live.collect()
    home = view_home(live.reader)
    assert (home.freshness.session_date, home.freshness.quote_session) == (DAY, MORNING)
    assert (home.freshness.source, home.tickers) == ("derived", len(NAMES))
    assert home.largest["oi_change"].abs().min() > 0
    assert home.largest["volume"].isna().all()  # no market has opened since
    free = view_home(live.free)
    assert (free.freshness.session_date, free.tickers, free.largest["expiration"].nunique()) == (DAY, len(NAMES), 1)
