"""What is kept of a day: the answers as they came, and its values, packed and thinned later."""

from datetime import UTC, datetime

from db import futures, write
from ingest import raw as archive
from ingest.sources.futures import unpacked
from tests.ingest.futures.running import MIDNIGHT


def test_lists_and_looks_with_refused_rows_are_kept_as_they_came(okx):
    okx.minutes()
    okx.minutes(2, okx="drift")
    kept = okx.say("SELECT holds, payload_sha256 FROM futures_payloads ORDER BY seen_at")
    assert [holds for holds, _ in kept] == ["instruments", "open_interest"]
    raw = unpacked(archive.read_raw(okx.databases.ingest, okx.home, kept[0][1]).content)
    assert [answer.path for answer in raw.answers][:1] == ["/api/v5/public/instruments"]


def test_what_was_kept_outlasts_the_clearing_after_a_crash(okx):
    okx.minutes()
    with okx.databases.ingest.transaction() as work:
        write.delete_staged(work)
    assert okx.say("SELECT count(*) FROM raw_payloads JOIN futures_payloads USING (payload_sha256)") == [(1,)]


EVERYTHING = "SELECT f::text FROM facts.futures_values f ORDER BY instrument_id, known_at"


def test_a_finished_day_is_packed_and_readers_see_the_same(running):
    running.minutes(20)
    before = running.say(EVERYTHING)
    running.world.at = MIDNIGHT + 86_400 + 3600
    assert futures.tidy(running.databases.ingest, datetime.fromtimestamp(running.world.at, UTC).date(), 0)
    assert running.say(EVERYTHING) == before
    assert running.say("SELECT count(*) FROM facts.futures_hot") == [(0,)]


def test_the_cycle_packs_the_day_before_an_hour_after_midnight(okx):
    okx.minutes(2)
    okx.world.at = MIDNIGHT + 86_400 + 1800
    okx.minutes(31)
    assert okx.say("SELECT DISTINCT session_date::text FROM facts.futures_days") == [("2026-11-19",)]
    assert okx.say("SELECT DISTINCT session_date::text FROM facts.futures_hot") == [("2026-11-20",)]


def test_old_days_keep_the_first_value_of_each_hour(okx):
    okx.minutes(130)
    hourly = [row for row in okx.say(EVERYTHING) if row[0].split(",")[2][-9:-4] == ":00:0" or ":00:00+" in row[0].split(",")[2]]
    futures.tidy(okx.databases.ingest, datetime(2027, 1, 2, tzinfo=UTC).date(), 30)
    assert okx.say(EVERYTHING) == hourly
    assert len(hourly) == 3 * 4
