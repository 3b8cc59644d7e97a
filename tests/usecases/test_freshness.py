"""The badge: what it says of a session's age and faults."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from db.read import StoredSession
from usecases.freshness import freshness, is_left_out, slot_words

SLOTS = ("etfs-decrease", "etfs-increase", "stocks-decrease", "stocks-increase")
SHOWN = datetime(2026, 11, 19, 20, 41, tzinfo=UTC)
THURSDAY = StoredSession(
    source="barchart", source_label="Barchart", preference=10, simulated=False, quote_session=date(2026, 11, 19),
    session_date=date(2026, 11, 18), known_at=SHOWN, coverage="top_list", volume_final=False, cut=False, slots=SLOTS,
    loads=(1, 2, 3, 4),
    contracts=6294, flags=(), slots_expected=SLOTS, trailing_median=6600, pairs=1000, continuous=730,
)  # fmt: skip
NEXT_OPEN_INTEREST = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # 07:00 ET on Friday


def test_open_interest_of_the_next_session_is_expected_at_seven_in_the_morning():
    badge = freshness(THURSDAY, True, 7, SHOWN)
    assert (badge.expected_at, badge.late, badge.data_version) == (NEXT_OPEN_INTEREST, False, 7)


def test_after_seven_the_session_is_late():
    assert not freshness(THURSDAY, True, 7, NEXT_OPEN_INTEREST).late
    assert freshness(THURSDAY, True, 7, NEXT_OPEN_INTEREST + timedelta(seconds=1)).late


def test_the_rule_holds_over_a_weekend_and_the_change_of_clocks():
    friday = replace(THURSDAY, session_date=date(2026, 10, 29), quote_session=date(2026, 10, 30))
    assert freshness(friday, True, 7, SHOWN).expected_at == datetime(2026, 11, 2, 12, 0, tzinfo=UTC)  # Monday, winter time


@pytest.mark.parametrize(("session", "is_latest"), [(THURSDAY, False), (replace(THURSDAY, simulated=True), True)])
def test_an_older_session_and_a_simulated_market_are_never_late(session, is_latest):
    badge = freshness(session, is_latest, 7, NEXT_OPEN_INTEREST + timedelta(days=30))
    assert (badge.late, badge.expected_at) == (False, None)


@pytest.mark.parametrize(
    ("changes", "flag", "words"),
    [
        ({"slots": SLOTS[1:]}, "partial", "3 of 4 slots, missing: ETFs, decrease"),
        ({"contracts": 400}, "partial", "400 contracts, usually 6,600"),
        ({}, "cut", "at the export limit of 1,000 rows"),
        ({}, "stale", "repeats the session before"),
        ({}, "discontinuous", "27\u202f% of contracts disagree with the session before"),
        ({"pairs": None, "continuous": None}, "discontinuous", "disagrees with the session before"),
        ({}, "outlier", "left out of rankings"),
    ],
)
def test_each_flag_has_its_words(changes, flag, words):
    badge = freshness(replace(THURSDAY, flags=(flag,), **changes), True, 7, SHOWN)
    assert badge.flag_details == {flag: words}


@pytest.mark.parametrize(("flags", "left_out"), [((), False), (("cut", "partial"), False), (("cut", "outlier"), True)])
def test_only_sessions_whose_figures_mislead_are_left_out(flags, left_out):
    assert is_left_out(flags) is left_out


def test_slots_are_named_in_words():
    assert [slot_words(slot) for slot in SLOTS[1:3]] == ["ETFs, increase", "stocks, decrease"]
