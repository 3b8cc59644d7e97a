"""The cycle over five venues into a real PostgreSQL: values where they change."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.futures.store import known_at
from tests.ingest.futures.running import MIDNIGHT


def test_the_first_cycle_reads_the_lists_and_stores_every_figure(running):
    assert running.minutes() == {"binance": 4, "bybit": 3, "okx": 4, "deribit": 4, "hyperliquid": 2}
    assert running.gaps() == []


def test_the_view_shows_coins_and_dollars_of_one_side_whatever_the_unit(running):
    running.minutes()
    running.world.at = MIDNIGHT
    for venue, symbol, coins, dollars in running.say("SELECT venue, symbol, oi_base, oi_usd FROM futures_open_interest"):
        contract = running.world.contracts[venue, symbol]
        assert coins == pytest.approx(running.world.open_coins(contract), rel=1e-6)
        assert dollars == pytest.approx(running.world.dollars(contract), rel=1.1e-3)


def test_each_value_says_what_it_describes_and_when_it_was_known(running):
    running.minutes()
    asked = (
        "SELECT venue, min(extract(epoch FROM known_at)), min(extract(epoch FROM venue_ts)) FROM futures_open_interest GROUP BY 1"
    )
    found = {venue: (known, described) for venue, known, described in running.say(asked)}
    assert found.pop("hyperliquid") == (MIDNIGHT, None)
    assert set(found.values()) == {(MIDNIGHT, MIDNIGHT - 1)}


def test_a_figure_is_known_from_the_next_whole_second_on():
    late = datetime(2026, 11, 19, 0, 0, 0, 1, tzinfo=UTC)
    assert known_at(late) == datetime(2026, 11, 19, 0, 0, 1, tzinfo=UTC)
    assert known_at(late.replace(microsecond=0)) == late.replace(microsecond=0)


def test_each_venue_is_looked_at_in_its_own_interval(running):
    running.minutes(6)
    looks = running.say("SELECT venue, count(DISTINCT known_at) FROM futures_open_interest GROUP BY 1 ORDER BY 1")
    assert looks == [("binance", 2), ("bybit", 6), ("deribit", 6), ("hyperliquid", 6), ("okx", 6)]


def test_a_figure_that_stays_is_stored_every_fifteen_minutes_as_looked_and_unchanged(okx):
    okx.world.open_coins = lambda contract: 1000.0
    okx.minutes(32)
    kept = (
        "SELECT extract(epoch FROM known_at) - %s, changed FROM futures_open_interest WHERE symbol = 'BTC-USDT-SWAP' ORDER BY 1"
    )
    assert okx.say(kept % MIDNIGHT) == [(0, True), (900, False), (1800, False)]


def test_what_was_followed_and_stored_before_is_known_to_the_next_collector(okx):
    okx.world.open_coins, okx.world.price = (lambda contract: 1000.0), (lambda coin: 100.0)
    okx.minutes()
    okx.desk.close()
    okx.opened()
    assert okx.minutes() == {"okx": 0}
    assert "okx /api/v5/public/instruments" not in okx.world.asked[-6:]


def test_two_looks_within_a_second_are_stored_once(okx):
    okx.minutes()
    okx.world.at -= 60
    okx.desk.lanes[0].cycle_at -= timedelta(minutes=1)
    assert okx.minutes() == {"okx": 0}


def test_a_clock_set_back_stores_nothing_a_second_time(okx):
    okx.minutes(3)
    okx.world.at -= 120
    assert okx.minutes() == {"okx": 0}
    assert okx.gaps() == []
