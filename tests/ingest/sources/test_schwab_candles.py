"""Schwab's price histories: candles of minutes and of days."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, schwab
from tests.ingest.sources.samples.schwab import history

LATER = datetime(2026, 12, 1, tzinfo=UTC)
OPEN = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
QUARTERS = [OPEN + timedelta(days=day, minutes=15 * part) for day in (0, 1) for part in range(26)]
DAYS = [datetime(2026, 11, day, 6, tzinfo=UTC) for day in (16, 17, 18, 19)]  # midnight in Chicago


def parse(told):
    return schwab.parse(Raw("", "x.json", json.dumps(told).encode(), LATER))


def refusal(told):
    with pytest.raises(RefusedPayload) as error:
        parse(told)
    return error.value.reason


def reasons(payloads):
    return [reason for payload in payloads for reason in payload.quarantined["reason"]]


def test_candles_of_minutes_are_bars_by_session_stamped_at_their_end():
    first, second = parse(history(QUARTERS))
    assert (first.source, first.holds, first.slot, first.quote_session) == ("schwab_bars", "bars", "ACME", date(2026, 11, 18))
    assert second.quote_session == second.session_date == date(2026, 11, 19)
    bar = first.rows.row(0, named=True)
    assert (bar["bar_end"], bar["minutes"], bar["close"], bar["volume"]) == (OPEN + timedelta(minutes=15), 15, 10.25, 100)


def test_a_session_counts_as_known_at_its_close():
    whole, part = parse(history(QUARTERS[:40]))
    assert (whole.known_at, whole.volume_final) == (datetime(2026, 11, 18, 21, tzinfo=UTC), True)
    assert (part.known_at, part.volume_final) == (datetime(2026, 11, 19, 21, tzinfo=UTC), False)


def test_candles_of_days_are_prices():
    payloads = parse(history(DAYS))
    assert [payload.quote_session.day for payload in payloads] == [16, 17, 18, 19]
    assert {(payload.source, payload.holds, payload.volume_final) for payload in payloads} == {("schwab_prices", "prices", True)}


def test_a_candle_on_a_holiday_is_kept_aside():
    thanksgiving = OPEN + timedelta(days=8)
    payloads = parse(history([*QUARTERS, thanksgiving]))
    assert reasons(payloads) == ["outside_session"]
    assert sum(payload.rows_in for payload in payloads) == 53


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"high": 9.0}, "disagrees"), ({"open": 0.0}, "out_of_range:open"), ({"close": None}, "bad_value:close"),
        ({"volume": 1.5}, "not_whole:volume"), ({"volume": -1}, "out_of_range:volume"), ({"low": "9"}, "bad_value:low"),
        ({"datetime": None}, "bad_value:begins"),
    ],
)  # fmt: skip
def test_an_impossible_candle_is_kept_aside(change, reason):
    told = history(QUARTERS)
    told["candles"][3] |= change
    payloads = parse(told)
    assert reasons(payloads) == [reason]
    assert payloads[0].quarantined["line_number"].to_list() == [4]
    assert sum(len(payload.rows) for payload in payloads) == 51


def test_the_same_candle_twice_counts_once_and_two_for_one_quarter_of_an_hour_not_at_all():
    told = history(QUARTERS)
    told["candles"] += [told["candles"][0], told["candles"][1] | {"close": 10.3}]
    first, _ = parse(told)
    assert (first.rows_in, first.duplicates, len(first.rows), reasons([first])) == (28, 1, 25, ["conflicting_rows"] * 2)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (history([], empty=True), "no_rows"), (history(QUARTERS, symbol=5), "schema_drift"),
        ({"symbol": "A", "candles": [{"o": 1.0}]}, "schema_drift"), ({"symbol": "A", "candles": {}}, "schema_drift"),
        (history([OPEN + timedelta(days=7 * week) for week in range(-5, -1)]), "unknown_layout"),
        (history([LATER + timedelta(days=1, hours=15, minutes=part) for part in range(5)]), "bad_stamp"),
    ],
)  # fmt: skip
def test_what_is_no_history_is_refused(told, reason):
    assert refusal(told) == reason
