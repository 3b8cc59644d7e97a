"""Mapped files of crypto venues: coins, contracts of unknown size, looks of every hour."""

from datetime import UTC, date, datetime

import pytest

from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import BEFORE, DAY, only, parsed, reasons, row

DERIBIT_STAMP = datetime(2026, 11, 19, 4, 24, 7, tzinfo=UTC)


def test_deribit_counts_coins_and_quotes_percent():
    payload = only(files.crypto_daily("deribit"))
    assert (payload.source, payload.market, payload.slot) == ("crypto_options_daily", "DERIBIT", "BTC")
    assert (payload.session_date, payload.quote_session, payload.known_at) == (DAY, DAY, DERIBIT_STAMP)
    found = row(payload, line_number=2)
    assert [found[name] for name in ("open_interest", "volume", "iv", "multiplier", "bid", "ask")] == [
        161.3,
        0.2,
        0.495,
        1,
        None,
        0.038,
    ]
    assert payload.forwards.row(0) == ("BTC", date(2026, 12, 18), 62512.6)


def test_okx_counts_contracts_of_unknown_size_and_shows_fractions():
    payload = only(files.crypto_daily("okx", iv=0.4172))
    found = row(payload, line_number=2)
    assert (payload.source, payload.market) == ("crypto_options_daily_okx", "OKX")
    assert [found[name] for name in ("open_interest", "iv", "multiplier", "delta")] == [2909, 0.4172, None, None]
    assert payload.prices.row(0) == ("BTC", 62512.6)


def test_a_row_of_another_venue_in_the_file_is_kept_aside():
    told = files.crypto_daily("deribit").body.decode().replace(",deribit,", ",okx,", 1)
    assert reasons(only(files.raw(told))) == ["outside_slot"]


def test_each_hour_is_a_look_of_its_own():
    payloads = parsed(
        files.crypto_hourly("2026-11-18T23:00:00.000000", "2026-11-19T00:00:00.000000", "2026-11-19T01:00:00.000000")
    )
    assert [payload.known_at.hour for payload in payloads] == [23, 0, 1]
    assert [payload.quote_session for payload in payloads] == [BEFORE, DAY, DAY]
    assert [payload.rows["open_interest"][0] for payload in payloads] == pytest.approx([167.7, 168.7, 169.7])
    assert {len(payload.rows) for payload in payloads} == {2}
