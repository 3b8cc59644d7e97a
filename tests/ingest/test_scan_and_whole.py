"""A source that shows nothing new gives a scan and a look at the whole chain the same bytes: each counts for itself."""

from dataclasses import replace

import pytest

from ingest.pipeline import import_bodies, publish_payloads
from ingest.rebuild import rebuild
from ingest.replay import replay
from ingest.sources import cboe
from ingest.sources.reading import near
from tests.db.statements import say
from tests.ingest.importing import NOW, shown
from tests.ingest.timetable.driven import DAY, Moving, Source, at, collecting
from usecases.collection import duties, runs

LOADS = "SELECT source, count(*) FROM loads WHERE state IN ('published', 'superseded') GROUP BY 1 ORDER BY 1"


@pytest.fixture
def home(databases):
    return databases.settings.oiflow_home


@pytest.fixture
def looks():
    """The same bytes, fetched as a scan and as a whole chain."""
    fetched = Source(Moving(at("16:00"))).fetch("SPY")
    return {"scan": near.marked(fetched), "whole": replace(fetched, received_at=at("16:35"))}


def publish(databases, home, *raws):
    return publish_payloads(databases.ingest, home, [(raw, near.narrowed(raw, cboe.parse(raw))) for raw in raws], NOW)


def loads(databases):
    return dict(say(databases.settings.database_url.get_secret_value(), LOADS))


@pytest.mark.parametrize("order", [("scan", "whole"), ("whole", "scan")])
def test_the_same_bytes_count_once_as_a_scan_and_once_as_a_whole_chain(databases, home, looks, order):
    reports = {kind: publish(databases, home, looks[kind]) for kind in order}
    assert {kind: (each.published, each.duplicates) for kind, each in reports.items()} == {"scan": (24, 0), "whole": (36, 0)}
    again = publish(databases, home, *looks.values())
    assert (again.published, again.duplicates) == (0, 60)
    assert loads(databases) == {"cboe": 1, "cboe_scan": 1}


def test_both_may_come_in_one_flip(databases, home, looks):
    report = publish(databases, home, *looks.values())
    assert (report.rows_in, report.published, report.duplicates) == (60, 60, 0)
    assert replay(databases.ingest, home, NOW).different == 0


@pytest.mark.parametrize("order", [("scan", "whole"), ("whole", "scan")])
def test_an_archive_gives_both_back(databases, home, looks, order, fresh, tmp_path):
    for kind in order:
        publish(databases, home, looks[kind])
    assert replay(databases.ingest, home, NOW).different == 0
    rebuild(fresh.ingest, tmp_path / "new", home / "raw", NOW)
    assert (loads(fresh), shown(fresh.app_admin)) == (loads(databases), shown(databases.app_admin))


def test_a_scan_brought_by_hand_is_a_whole_chain(databases, home, looks):
    publish(databases, home, looks["scan"])
    reports = [import_bodies(databases.ingest, home, [("SPY.json", looks["scan"].body)], NOW) for _ in range(2)]
    assert [(each.published, each.duplicates) for each in reports] == [(36, 0), (0, 36)]
    assert replay(databases.ingest, home, NOW).different == 0


class Standing(Source):
    """Shows the bytes of the day's last scan from then on."""

    def fetch(self, symbol, nearest=None):
        now, self.moving.now = self.moving.now, min(self.moving.now, at("16:00"))
        fetched = super().fetch(symbol, nearest)
        self.moving.now = now
        return replace(fetched, received_at=now)


def test_a_duty_after_a_scan_of_the_same_bytes_is_done(databases):
    moving = Moving(at("17:30", DAY.replace(day=17)))
    work = collecting(databases, moving, cboe=Standing(moving))
    for now in (moving.now, at("16:00"), at("16:35")):
        moving.to(now)
        work.tick()
    done = {run.duty: (run.status, run.published, run.duplicates) for run in runs(databases.app_admin)}
    assert (done["scan"], done["close"]) == (("done", 72, 0), ("done", 108, 0))
    assert {each.duty: each.state for each in duties(databases.app_admin, moving) if each.session == DAY}["close"] == "published"
