"""The cycle over five venues into a real PostgreSQL: values where they change, and no silence without its reason."""

import concurrent.futures
import threading
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from core.errors import DatabaseUnavailable
from db import futures, write
from ingest import raw as archive
from ingest.futures import cycle as desk_module
from ingest.futures.cycle import Desk, cycle, discover
from ingest.futures.store import known_at
from ingest.sources.futures import VENUES, make_exchange, unpacked
from tests.db.statements import say
from tests.standins.venues import Carried, World

MIDNIGHT = 1_795_046_400.0  # 19 November 2026, 00:00 UTC
GAPS = """
    SELECT venue, symbol, reason, to_char(began_at, 'HH24:MI'), to_char(ended_at, 'HH24:MI'), cycles
      FROM futures_gaps ORDER BY gap_id
"""


class Running:
    """A desk over a world, and minutes that pass."""

    def __init__(self, databases, home, world=None, venues=VENUES, **kinds):
        self.databases, self.world = databases, world or World(coins=2, at=MIDNIGHT)
        self.carried = Carried(self.world)
        self.home, self.kinds = home, kinds
        self.venues = venues
        self.desk = self.opened()

    def opened(self, venues=None):
        self.desk = Desk(
            self.databases.ingest, self.home, lambda: datetime.fromtimestamp(self.world.at, UTC),
            [VENUES[name] for name in venues or self.venues], 1e7, make=self.make, **self.kinds,
        )  # fmt: skip
        return self.desk

    def make(self, venue):
        return make_exchange(venue, self.carried)

    def minutes(self, count=1, **failing):
        """Cycles, one a minute; failing: venue -> how, while they last. The values stored by the last."""
        self.world.failing = failing
        stored = {}
        for _ in range(count):
            stored = cycle(self.desk)
            self.world.at += 60
        self.world.failing = {}
        return stored

    def say(self, *statements):
        return say(self.databases.settings.database_url.get_secret_value(), *statements)

    def gaps(self):
        return self.say("SET timezone = 'UTC'", GAPS)


@pytest.fixture
def running(databases, tmp_path):
    made = Running(databases, tmp_path)
    yield made
    made.desk.close()


@pytest.fixture
def okx(databases, tmp_path):
    made = Running(databases, tmp_path, venues=["okx"])
    yield made
    made.desk.close()


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


def test_a_venue_that_fails_is_one_gap_with_its_reason_and_holds_up_nobody(running):
    running.minutes()
    stored = running.minutes(5, okx="500")
    assert (stored["okx"], stored["bybit"]) == (0, 3)
    running.minutes(2)
    assert running.gaps() == [("okx", None, "unavailable", "00:01", "00:06", 5)]


def test_a_venue_that_fails_is_told_once_and_again_when_it_is_back(okx):
    okx.minutes()
    with structlog.testing.capture_logs() as logs:
        okx.minutes(5, okx="refused")
        okx.minutes()
    assert [entry["event"] for entry in logs] == ["futures_trouble", "futures_back"]


def test_another_reason_begins_another_gap(running):
    running.minutes()
    running.minutes(2, bybit="429")
    running.minutes(3, bybit="html")
    assert running.gaps() == [
        ("bybit", None, "rate_limited", "00:01", "00:03", 2), ("bybit", None, "not_json", "00:03", None, 3),
    ]  # fmt: skip


def test_a_venue_that_never_showed_its_list_is_a_gap_and_is_asked_again(okx):
    okx.minutes(3, okx="refused")
    assert okx.gaps() == [("okx", None, "unreachable", "00:00", None, 3)]
    assert okx.minutes() == {"okx": 4}
    assert okx.gaps() == [("okx", None, "unreachable", "00:00", "00:03", 3)]


def test_a_symbol_that_its_venue_leaves_out_is_a_gap_of_its_own(okx):
    okx.minutes()
    okx.world.silent.add("ETH-USDT-SWAP")
    okx.minutes(2)
    okx.world.silent.clear()
    okx.minutes()
    assert okx.gaps() == [("okx", "ETH-USDT-SWAP", "absent", "00:01", "00:03", 2)]


def test_the_time_in_which_no_collector_ran_is_a_gap_of_every_venue(running):
    running.minutes()
    running.desk.close()
    running.world.at += 600
    running.opened()
    running.minutes()
    found = {gap[0]: gap[1:] for gap in running.gaps()}
    assert found["okx"] == (None, "collector_down", "00:01", "00:11", 10)
    assert found["binance"] == (None, "collector_down", "00:05", "00:10", 1)


def test_what_was_followed_and_stored_before_is_known_to_the_next_collector(okx):
    okx.world.open_coins, okx.world.price = (lambda contract: 1000.0), (lambda coin: 100.0)
    okx.minutes()
    okx.desk.close()
    okx.opened()
    assert okx.minutes() == {"okx": 0}
    assert "okx /api/v5/public/instruments" not in okx.world.asked[-6:]


class Gated(Carried):
    """okx answers its first look at once, later ones when the gate is open; a cycle waits for all but a gated one."""

    def __init__(self, world):
        super().__init__(world)
        self.gate, self.waited = threading.Event(), set()

    def send(self, request, *rest, **more):
        if "okx" in request.url and self.world.at > MIDNIGHT:
            self.gate.wait(60)
        return super().send(request, *rest, **more)

    def wait(self, lane, tasks, timeout):
        self.waited.add(timeout)
        shut = lane.task if self.world.at > MIDNIGHT and not self.gate.is_set() else None
        concurrent.futures.wait([task for task in tasks if task is not shut])


def test_a_slow_venue_delays_nobody_and_its_late_answer_is_kept(running, monkeypatch):
    running.carried = Gated(running.world)
    (lane,) = [each for each in running.desk.lanes if each.venue.name == "okx"]
    monkeypatch.setattr(desk_module, "wait", lambda tasks, timeout: running.carried.wait(lane, tasks, timeout))
    running.minutes()
    assert running.minutes(3)["bybit"] == 3
    running.carried.gate.set()
    assert running.minutes(2)["okx"] == 4
    assert running.gaps() == [("okx", None, "too_slow", "00:01", "00:05", 4)]
    assert running.carried.waited == {running.desk.patience}


def test_cycles_that_the_database_could_not_take_are_a_gap(okx, monkeypatch):
    okx.minutes()
    with monkeypatch.context() as patch:
        patch.setattr(futures, "copy_values", lambda *_: (_ for _ in ()).throw(DatabaseUnavailable()))
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable):
                okx.minutes()
            okx.world.at += 60
    okx.minutes()
    assert okx.gaps() == [("okx", None, "not_stored", "00:01", "00:03", 2)]


def test_a_venue_that_is_switched_off_is_said_to_be(running):
    running.minutes()
    running.desk.close()
    running.opened(["bybit"])
    running.minutes(2)
    assert {gap[:4] for gap in running.gaps() if gap[0] == "okx"} == {("okx", None, "switched_off", "00:01")}
    running.opened()
    running.minutes()
    assert [gap[4:] for gap in running.gaps() if gap[0] == "okx"] == [("00:03", 2)]


def listed(running):
    asked = "SELECT symbol, contract_size, ended_why FROM futures_instruments WHERE symbol IN ({}) ORDER BY symbol, instrument_id"
    return running.say(asked.format("'ETH-USDT-SWAP', 'BTC-USDT-SWAP', 'AA001-USDT-SWAP'"))


def test_the_daily_list_records_what_came_went_and_changed(okx):
    okx.minutes()
    okx.world.gone.add("ETH-USDT-SWAP")
    okx.world.sizes["BTC-USDT-SWAP"] = 10.0
    okx.world.add("AA001")
    discover(okx.desk)
    okx.minutes()
    assert listed(okx) == [
        ("AA001-USDT-SWAP", 10.0, None), ("BTC-USDT-SWAP", 0.01, "changed"), ("BTC-USDT-SWAP", 0.1, None),
        ("ETH-USDT-SWAP", 0.1, "delisted"),
    ]  # fmt: skip


def test_lists_are_read_once_a_day(okx):
    okx.minutes(3)
    okx.world.at += 86_400
    okx.minutes(3)
    assert okx.world.asked.count("okx /api/v5/market/tickers") == 2 * 2


def test_a_list_that_lost_most_of_what_is_followed_is_not_believed(okx):
    okx.minutes()
    okx.world.gone |= {"ETH-USDT-SWAP", "BTC-USDT-SWAP", "BTC-USD-SWAP"}
    discover(okx.desk)
    okx.minutes()
    assert okx.say("SELECT count(*) FROM futures_instruments WHERE ended IS NULL") == [(4,)]
    assert {gap[1:3] for gap in okx.gaps()} == {(name, "absent") for name in okx.world.gone}


def test_a_future_ends_with_its_term(okx):
    okx.minutes()
    okx.world.at += 40 * 86_400
    okx.world.gone.add("BTC-USDT-261225")
    okx.minutes()
    ended = okx.say("SELECT symbol FROM futures_instruments WHERE ended_why = 'expired'")
    assert ended == [("BTC-USDT-261225",)]


def test_what_is_hardly_traded_any_more_is_followed_no_longer(okx):
    okx.minutes()
    okx.world.volume = lambda contract: 1e6 if contract.symbol == "ETH-USDT-SWAP" else 2e8
    discover(okx.desk)
    okx.minutes()
    assert okx.say("SELECT symbol FROM futures_instruments WHERE ended_why = 'volume'") == [("ETH-USDT-SWAP",)]


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


def test_a_fault_of_ours_at_one_venue_ends_no_other(running, monkeypatch):
    running.minutes()
    broken = next(lane for lane in running.desk.lanes if lane.venue.name == "okx")
    monkeypatch.setattr(broken, "_look", lambda *_: 1 / 0)
    assert running.minutes()["bybit"] == 3
    assert running.gaps() == [("okx", None, "fault", "00:01", None, 1)]


class Told:
    """What replies say of the clock."""

    def __init__(self):
        self.wrong = True

    def seconds(self):
        return 600.0 if self.wrong else 0.0

    def refusal(self):
        return "wrong_clock: 600 s" if self.wrong else ""

    def hear(self, *_):
        pass


def test_a_wrong_clock_stores_nothing_and_its_minutes_are_a_gap(databases, tmp_path):
    told = Told()
    running = Running(databases, tmp_path, venues=["okx"], skew=told)
    told.wrong = False
    assert running.minutes() == {"okx": 4}
    told.wrong, running.world.at = True, running.world.at + 86_400
    assert running.minutes(2) == {"okx": 0}
    told.wrong, running.world.at = False, running.world.at - 86_400
    assert running.minutes() == {"okx": 4}
    running.desk.close()
    assert running.gaps() == [("okx", None, "wrong_clock", "00:01", "00:03", 2)]
