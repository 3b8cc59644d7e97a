"""Values of futures are read alike whether their day is hot or packed, row by row or as arrays."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.errors import NotAllowed
from db import arrays, futures
from db.database import queries
from tests.ingest.futures.running import MIDNIGHT, Running

SINCE = datetime.fromtimestamp(MIDNIGHT, UTC) - timedelta(seconds=1)
VIEW = """
    SELECT instrument_id, extract(epoch FROM known_at)::float8, oi_native, price_used::float8,
           CASE side_convention WHEN 'one_sided' THEN 1 ELSE 2 END
      FROM futures_open_interest ORDER BY instrument_id, known_at
"""


@pytest.fixture(scope="module")
def running(kept_databases, tmp_path_factory):
    """Twenty minutes of every venue before midnight, ten after; the day before is packed."""
    running = Running(kept_databases, tmp_path_factory.mktemp("home"))
    running.minutes(20)
    running.world.at = MIDNIGHT + 86_400
    running.minutes(10)
    running.desk.close()
    futures.tidy(kept_databases.ingest, datetime.fromtimestamp(running.world.at, UTC).date(), 0)
    return running


def read(running, login="app_premium", until=timedelta(days=2)):
    ids = [row[0] for row in running.say("SELECT instrument_id FROM futures_instruments")]
    return futures.history(getattr(running.databases, login), ids, SINCE, SINCE + until)


def test_history_is_what_the_view_shows(running):
    expected = np.array(running.say(VIEW))
    found = [
        (each, row["known_at"].astype("int64") / 1e6, row["oi_native"], row["price_used"], row["sides"])
        for each, rows in sorted(read(running).items())
        for row in rows
    ]
    assert np.allclose(np.array(found, dtype=float), expected, rtol=1e-7)
    assert len({row[0] for row in found}) == 17


def test_history_ends_at_the_moment_asked_for(running):
    rows = np.concatenate(list(read(running, until=timedelta(minutes=5)).values()))
    assert rows["known_at"].max() == np.datetime64(datetime.fromtimestamp(MIDNIGHT + 240, UTC).replace(tzinfo=None), "us")


def test_a_free_visitor_reads_nothing_of_it(running):
    with pytest.raises(NotAllowed):
        read(running, "app_free")


def test_an_array_without_elements_is_an_empty_one(running, monkeypatch):
    monkeypatch.setitem(queries(), "empty", "SELECT 7::int4, '{}'::float8[]")
    with running.databases.ingest.transaction() as work:
        ((number, found),) = arrays.read_arrays(work, "empty", {"number": "int4", "found": "float8[]"})
    assert (number, found.tolist()) == (7, [])
