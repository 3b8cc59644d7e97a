"""Figures of one reported change: textbook values, a second route, and unknown stays unknown."""

import itertools
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import flow
from core.reasons import Reason, codes

DAY, SEEN = date(2023, 10, 18), datetime(2023, 10, 18, 19, 41, tzinfo=UTC)
PRICE = st.integers(0, 500).map(lambda cents: cents / 100)


def rows(**changes):
    """One sound row as arrays, with changes."""
    sound = {
        "strike_milli": 105_000, "spot": 100.0, "bid": 2.0, "ask": 2.2, "mid": np.nan, "last": 2.15, "iv": 0.3, "delta": 0.4,
        "volume": 600, "open_interest": 400, "oi_change": 100,
        "expiration": np.datetime64("2023-10-20"), "trade_time": np.datetime64("2023-10-18T19:20", "us"),
    }  # fmt: skip
    return {name: np.array([value]) for name, value in (sound | changes).items()}


def features(**changes):
    found = flow.features(rows(**changes), DAY, SEEN)
    return {name: values[0] for name, values in found.items()}


def label(bid, ask, last):
    code, confidence, bits = (values.item() for values in flow.sentiment(bid, ask, last))
    return code, confidence, set(codes(bits))


def test_days_left_count_from_the_session_of_the_quotes():
    assert flow.dte(np.array(["2023-10-18", "2023-10-20", "2024-10-18"], "M8[D]"), DAY).tolist() == [0, 2, 366]


def test_moneyness_is_the_log_of_strike_over_spot():
    assert flow.moneyness([110, 100, 100], [100, 100, np.nan]) == pytest.approx([np.log(1.1), 0, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("right", "spot", "expected"),
    [("C", 102.1, "ITM"), ("C", 101.9, "ATM"), ("C", 97.9, "OTM"), ("P", 97.9, "ITM"), ("P", 102.1, "OTM")],
)
def test_two_percent_around_the_strike_are_at_the_money(right, spot, expected):
    assert flow.moneyness_label([right], [100.0], [spot]).tolist() == [expected]


def test_without_a_spot_there_is_no_label():
    assert flow.moneyness_label(["C"], [100.0], [np.nan]).tolist() == [""]


def test_volume_over_nothing_is_unknown_and_not_infinite():
    assert flow.vol_oi([600, 600], [400, 0]) == pytest.approx([1.5, np.nan], nan_ok=True)


def test_only_a_rise_is_new():
    assert flow.share_new([100, 0, -50], [400, 400, 400]) == pytest.approx([0.25, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(("last", "code"), [(2.25, 2), (2.2, 1), (2.15, 1), (2.1, 0), (2.05, -1), (2.0, -1), (1.95, -2)])
def test_the_trade_is_labelled_by_where_it_sat_in_the_quote(last, code):
    assert label(2.0, 2.2, last)[0] == code


@pytest.mark.parametrize(
    ("bid", "ask", "last", "reason"),
    [
        (2.0, 2.2, np.nan, "no_trade_price"), (np.nan, 2.2, 2.1, "no_quote"), (2.0, np.nan, 2.1, "no_quote"),
        (2.3, 2.2, 2.1, "crossed"), (0.0, 0.0, 0.1, "no_ask"),
    ],
)  # fmt: skip
def test_without_a_price_or_a_usable_quote_there_is_no_label(bid, ask, last, reason):
    code, confidence, reasons = label(bid, ask, last)
    assert (code, confidence) == (flow.UNKNOWN, flow.UNKNOWN)
    assert reason in reasons


@pytest.mark.parametrize(
    ("bid", "ask", "last", "confidence", "reasons"),
    [
        (2.0, 2.2, 2.15, flow.HIGH, set()),
        (2.0, 2.0, 2.0, flow.MEDIUM, {"locked"}),
        (0.0, 0.02, 0.02, flow.LOW, {"zero_bid", "wide"}),
        (2.0, 2.2, 2.3, flow.LOW, {"outside_quote"}),
        (1.0, 2.2, 2.0, flow.LOW, {"wide"}),
    ],
)
def test_a_weak_label_says_why(bid, ask, last, confidence, reasons):
    assert label(bid, ask, last)[1:] == (confidence, reasons)


@given(bid=PRICE, ask=PRICE, last=PRICE)
def test_turning_the_quote_round_turns_the_label_round(bid, ask, last):
    here, there = flow.sentiment(bid + 1, ask + 1, last + 1)[0], flow.sentiment(6 - ask, 6 - bid, 6 - last)[0]
    assert here == (there if here == flow.UNKNOWN else -there)


@given(bid=PRICE, ask=PRICE, last=PRICE)
def test_the_label_follows_the_rule_step_by_step(bid, ask, last):
    cents = [round(100 * price) for price in (bid, ask, last)]
    assert flow.sentiment(bid, ask, last)[0] == _plain(*cents)


def _plain(bid: int, ask: int, last: int) -> int:
    """The rule in whole cents, one line at a time."""
    if last == 0 or ask == 0 or bid > ask:
        return flow.UNKNOWN
    if last < bid:
        return -2
    if last > ask:
        return 2
    return (2 * last > bid + ask) - (2 * last < bid + ask)


def test_bounds_are_exactly_what_the_trades_allow():
    volume = 7
    for change in range(-volume, volume + 1):
        opened = [b for b in range(volume + 1) if 0 <= b - change <= volume]
        *bounds, reason = (values.item() for values in flow.opening_bounds(change, volume, True))
        assert bounds == [min(opened), max(opened), min(opened) - change, max(opened) - change]
        assert reason == ""


@given(st.lists(st.tuples(st.sampled_from(["open", "close"]), st.sampled_from(["open", "close"])), min_size=1, max_size=40))
def test_bounds_hold_the_truth_of_any_tape(tape):
    bought, closed = sum(buyer == "open" for buyer, _ in tape), sum(seller == "close" for _, seller in tape)
    low, high, least, most, _ = flow.opening_bounds(bought - closed, len(tape), True)
    assert low <= bought <= high
    assert least <= closed <= most


@pytest.mark.parametrize(
    ("change", "volume", "final", "reason"),
    [
        (5, 9, False, "volume_not_final"),
        (10, 9, True, "change_exceeds_volume"),
        (-10, 9, True, "change_exceeds_volume"),
        (5, np.nan, True, "no_volume"),
    ],
)
def test_bounds_that_cannot_be_known_are_not_shown(change, volume, final, reason):
    *bounds, why = flow.opening_bounds([change], [volume], final)
    assert np.isnan(bounds).all()
    assert why.tolist() == [reason]


def test_premium_and_delta_notional_are_in_dollars():
    assert flow.premium([-200], [1.5]).tolist() == [30_000]
    assert flow.delta_notional([-200], [0.4], [50.0], [100]).tolist() == [-400_000]
    assert np.isnan(flow.premium([200], [np.nan])).all()


def test_features_of_a_sound_row():
    found = features()
    assert found["mid"] == pytest.approx(2.1)
    assert found["moneyness"] == pytest.approx(np.log(1.05))
    assert (found["vol_oi"], found["share_new"], found["dte"]) == (1.5, 0.25, 2)
    assert (found["sentiment"], found["confidence"], found["reasons"]) == (1, flow.HIGH, 0)


def test_the_midpoint_shown_is_kept_where_the_quote_is_usable():
    assert features(mid=2.11)["mid"] == 2.11
    assert np.isnan(features(mid=2.11, bid=9.0)["mid"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iv": np.nan}, Reason.NO_IV), ({"delta": np.nan}, Reason.NO_DELTA), ({"spot": np.nan}, Reason.NO_SPOT),
        ({"open_interest": 0, "oi_change": -5}, Reason.NO_PRIOR_OI | Reason.OI_FELL), ({"oi_change": 0}, Reason.OI_FELL),
    ],
)  # fmt: skip
def test_what_is_missing_is_told(changes, reason):
    assert features(**changes)["reasons"] == reason


def test_a_trade_of_unknown_time_keeps_its_label_with_low_confidence():
    found = features(trade_time=np.datetime64("NaT", "us"))
    assert (found["sentiment"], found["confidence"], found["reasons"]) == (1, flow.LOW, Reason.NO_TRADE_TIME)


@pytest.mark.parametrize(("minute", "stale"), [("18:57", False), ("18:56", False), ("18:55", True), ("14:00", True)])
def test_a_trade_half_an_hour_older_than_the_delayed_quote_is_stale(minute, stale):
    found = features(trade_time=np.datetime64(f"2023-10-18T{minute}", "us"))
    assert found["confidence"] == (flow.LOW if stale else flow.HIGH)


def test_after_the_close_a_trade_is_held_against_the_closing_quote():
    late = flow.features(rows(trade_time=np.datetime64("2023-10-18T19:45", "us")), DAY, datetime(2023, 10, 19, 2, tzinfo=UTC))
    assert late["reasons"].tolist() == [0]


def test_many_loads_at_once_give_what_each_gives_alone():
    both = {
        name: np.concatenate([values, values])
        for name, values in rows(trade_time=np.datetime64("2023-10-18T18:56", "us")).items()
    }
    days = np.array(["2023-10-17", "2023-10-18"], "M8[D]")
    found = flow.features(both, days, np.array(["2023-10-18T19:41", "2023-10-18T19:45"], "M8[us]"))
    assert found["dte"].tolist() == [3, 2]
    assert found["confidence"].tolist() == [flow.HIGH, flow.LOW]


def test_no_rows_give_no_features_of_the_same_types():
    none = {name: values[:0] for name, values in rows().items()}
    some, empty = flow.features(rows(), DAY, SEEN), flow.features(none, DAY, SEEN)
    assert {name: values.dtype for name, values in empty.items()} == {name: values.dtype for name, values in some.items()}
    assert all(len(values) == 0 for values in empty.values())


def test_nothing_known_gives_nothing_known_and_no_warning():
    blank = dict.fromkeys(("spot", "bid", "ask", "mid", "last", "iv", "delta"), np.nan)
    found = features(**blank, trade_time=np.datetime64("NaT", "us"), open_interest=0, oi_change=0, volume=0)
    assert all(np.isnan(found[name]) for name in ("mid", "moneyness", "vol_oi", "share_new"))
    assert found["sentiment"] == flow.UNKNOWN


def test_every_small_quote_has_a_label_or_a_reason():
    cents = np.array(list(itertools.product(range(4), range(4), range(4)))) / 100
    code, _, bits = flow.sentiment(*cents.T)
    unknown = int(Reason.NO_TRADE_PRICE | Reason.NO_QUOTE | Reason.CROSSED | Reason.NO_ASK)
    assert ((code == flow.UNKNOWN) == (bits & unknown > 0)).all()
