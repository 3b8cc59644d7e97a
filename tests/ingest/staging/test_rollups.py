"""Sums of a load as they are stored: those of its rows, unknown where nothing is known, each load for itself."""

from datetime import date, timedelta

import pytest

from tests.db.statements import say
from tests.ingest import barchart_files as files
from tests.ingest.importing import SESSION, bring, file, whole_set

SUMS = ("open_interest", "oi_change", "volume")
OF_ROWS = ", ".join(f"""coalesce(sum({name}) FILTER (WHERE "right" = '{right}'), 0)::bigint""" for name in SUMS for right in "CP")
STORED = ", ".join(f"{right}_{name}" for name in SUMS for right in ("call", "put"))


@pytest.mark.parametrize(("summary", "key"), [("oi_daily_summary", "symbol"), ("oi_expiration_summary", "symbol, expiration")])
def test_sums_are_those_of_the_rows(databases, tmp_path, summary, key):
    bring(databases.ingest, tmp_path, *whole_set(count=40))
    of_rows = say(databases.app_premium.url, f"SELECT {key}, {OF_ROWS}, count(*) FROM options_flow GROUP BY {key} ORDER BY {key}")
    stored = say(databases.app_premium.url, f"SELECT {key}, {STORED}, contracts FROM {summary} ORDER BY {key}")
    assert stored == of_rows
    assert sum(row[-1] for row in stored) == 160


def brought(databases, tmp_path, *changes):
    """Import one file with a row for each of some changes, every contract another one; what is stored of it by ticker."""
    lines = [files.row(SESSION, **({"strike": 100 + place, "oi_change": 1000} | each)) for place, each in enumerate(changes)]
    bring(databases.ingest, tmp_path, file(lines=lines))
    return say(databases.app_premium.url, "SELECT symbol, call_premium, put_premium FROM oi_daily_summary ORDER BY symbol")


def test_premium_is_what_the_changes_are_worth_calls_and_puts_apart(databases, tmp_path):
    put = {"right": "Put", "delta": -0.4, "bid": 3.0, "ask": 3.2, "last": 3.1, "oi_change": 500}
    ((symbol, calls, puts),) = brought(databases, tmp_path, {}, {}, put)
    assert (symbol, calls, puts) == ("AAPL", pytest.approx(2 * 1000 * 2.15 * 100), pytest.approx(500 * 3.1 * 100))


def test_premium_is_unknown_where_no_row_has_one_and_unknown_rows_add_nothing(databases, tmp_path):
    unquoted = {"bid": "N/A", "ask": "N/A"}
    found = brought(databases, tmp_path, unquoted, {}, {"symbol": "TSLA"} | unquoted, {"symbol": "NVDA", "strike": "150.00*"})
    assert found == [("AAPL", pytest.approx(215_000), None), ("NVDA", None, None), ("TSLA", None, None)]


def test_price_is_the_first_that_the_file_shows_of_a_ticker(databases, tmp_path):
    brought(databases, tmp_path, {"spot": "N/A"}, {"spot": 101.25}, {"spot": 99.0}, {"symbol": "TSLA", "spot": "N/A"})
    prices = say(databases.app_premium.url, "SELECT symbol, spot, open, high, low, close, volume FROM underlying_daily")
    assert prices == [("AAPL", 101.25, None, None, None, None, None)]


def test_a_correction_has_sums_of_its_own_and_the_ones_before_stay(databases, tmp_path):
    bring(databases.ingest, tmp_path, file(at="02:41pm", lines=[files.row(SESSION)]))
    bring(databases.ingest, tmp_path, file(at="02:55pm", lines=[files.row(SESSION, volume=1600)]))
    assert say(databases.app_premium.url, "SELECT call_volume FROM oi_daily_summary") == [(1600,)]
    assert say(databases.ingest.url, "SELECT call_volume FROM facts.oi_daily ORDER BY load_id") == [(1500,), (1600,)]


def test_expirations_of_a_ticker_stay_apart(databases, tmp_path):
    near, far = SESSION + timedelta(days=4), date(2029, 1, 19)
    brought(databases, tmp_path, {"expiration": near}, {"expiration": far}, {"expiration": far})
    stored = say(databases.app_premium.url, "SELECT expiration, contracts FROM oi_expiration_summary ORDER BY expiration")
    assert stored == [(near, 1), (far, 2)]
