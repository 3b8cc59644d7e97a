"""No silence of a venue without its reason: every cycle that lacks a value is a gap, and a gap says why."""

import concurrent.futures
import threading

import pytest
import structlog

from core.errors import DatabaseUnavailable
from db import futures
from ingest.futures import cycle as desk_module
from tests.ingest.futures.running import MIDNIGHT, Running
from tests.standins.venues import Carried


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
