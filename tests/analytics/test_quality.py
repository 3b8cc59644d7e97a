"""Flags of a session: each raised by its own fault, none by a sound session."""

import numpy as np
import pytest

from analytics.quality import Snapshot, measure

SLOTS = frozenset({"stocks-increase", "stocks-decrease"})
CONTRACTS = np.arange(100)


def snapshot(open_interest, change=None, rows=None, slots=SLOTS, cut=False, contracts=CONTRACTS):
    open_interest = np.broadcast_to(np.asarray(open_interest), contracts.shape).astype(np.int64)
    change = np.zeros_like(open_interest) if change is None else np.broadcast_to(np.asarray(change), contracts.shape)
    return Snapshot(contracts, open_interest, change, rows or len(contracts), slots, cut)


def test_a_sound_session_raises_no_flag():
    before, now = snapshot(1000), snapshot(1100, change=100)
    assert measure(now, before, [before], SLOTS).flags == ()


def test_the_first_session_has_nothing_to_be_compared_with():
    found = measure(snapshot(1000, change=5), None, [], SLOTS)
    assert (found.trailing_median, found.pairs, found.outliers, found.flags) == (None, None, None, ())


def test_a_missing_slot_is_partial():
    assert measure(snapshot(1000, slots=frozenset({"stocks-increase"})), None, [], SLOTS).flags == ("partial",)


@pytest.mark.parametrize(("rows", "flags"), [(59, ("partial",)), (60, ())])
def test_fewer_than_sixty_percent_of_the_usual_rows_is_partial(rows, flags):
    assert measure(snapshot(1000, rows=rows), None, [snapshot(1000, rows=100)] * 20, SLOTS).flags == flags


def test_open_interest_that_stands_still_while_changes_are_reported_is_stale():
    before = snapshot(1000)
    assert "stale" in measure(snapshot(1000, change=50), before, [before], SLOTS).flags


def test_open_interest_that_stands_still_without_changes_is_not_stale():
    before = snapshot(1000)
    assert measure(snapshot(1000, change=0), before, [before], SLOTS).flags == ()


@pytest.mark.parametrize(("wrong", "flags"), [(5, ()), (6, ("discontinuous",))])
def test_more_than_five_percent_of_wrong_pairs_is_discontinuous(wrong, flags):
    before = snapshot(1000)
    levels = np.where(wrong > CONTRACTS, 1200, 1100)
    assert measure(snapshot(levels, change=100), before, [before], SLOTS).flags == flags


@pytest.mark.parametrize(("high", "flags"), [(2, ()), (3, ("outlier",))])
def test_more_than_two_percent_beyond_fifty_times_the_trailing_peak_is_an_outlier(high, flags):
    trailing = [snapshot(100), snapshot(90)]
    levels = np.where(high > CONTRACTS, 5001, 100)
    assert measure(snapshot(levels), None, trailing, SLOTS).flags == flags


def test_fifty_times_the_peak_itself_is_no_outlier():
    assert measure(snapshot(5000), None, [snapshot(100)], SLOTS).outliers == 0


def test_an_export_at_the_cap_is_cut():
    assert measure(snapshot(1000, cut=True), None, [], SLOTS).flags == ("cut",)


def test_few_common_contracts_say_nothing():
    few = np.arange(29)
    before = snapshot(1000, contracts=few)
    assert measure(snapshot(5, change=1, contracts=few), before, [before], SLOTS).flags == ()


def test_contracts_that_only_one_session_lists_are_no_pairs():
    before = snapshot(1000, contracts=np.arange(50, 150))
    assert measure(snapshot(1000), before, [before], SLOTS).pairs == 50
