"""Which session a mapped file describes and from when on it is known: by each date rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.sessions import closes, next_session, settled_at
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import BEFORE, DAY, SHAPES, chain, only, parsed, reasons, refusal, row

HOLIDAY = date(2026, 11, 26)


@pytest.mark.parametrize("source", ["yahoo_chain_2025", "chain_history_2026"])
def test_a_day_names_its_quotes_and_the_open_interest_of_the_session_before(source):
    payload = only(SHAPES[source])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (BEFORE, DAY, closes(DAY))


def test_where_the_session_itself_was_counted_nothing_is_known_before_the_next_morning():
    payload = only(SHAPES["yahoo_chain_2026"])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (DAY, DAY, settled_at(DAY))


def test_a_file_of_open_interest_alone_is_known_at_seven_of_the_session_after():
    payload = only(SHAPES["occ_open_interest"])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (BEFORE, DAY, settled_at(BEFORE))
    assert payload.rows["volume"].null_count() == len(payload.rows)


def test_a_document_that_says_when_it_was_made_is_known_from_then_on():
    payload = only(SHAPES["chain_with_greeks_json"])
    assert payload.known_at == datetime(2026, 11, 20, 3, 46, 58, 300913, tzinfo=UTC)
    assert (payload.session_date, payload.quote_session, payload.volume_final) == (BEFORE, DAY, True)


def test_a_trade_after_the_session_moves_the_stamp_and_hides_the_volume_of_the_session():
    later = closes(DAY) + timedelta(hours=20)
    first, *rest = chain()
    payload = only(files.yahoo_2026([replace(first, traded=later), *rest]))
    found = row(payload, line_number=2)
    assert (found["volume"], found["last"], found["trade_time"], found["open_interest"]) == (None, None, None, 5)
    assert payload.known_at == later
    assert "1 contracts traded after the session" in payload.warnings[0]


def test_a_contract_that_last_traded_before_the_session_has_no_volume_in_it():
    first, *rest = chain()
    payload = only(files.yahoo_2025([replace(first, traded=closes(BEFORE) - timedelta(hours=1)), *rest]))
    assert (row(payload, line_number=2)["volume"], row(payload, line_number=3)["volume"]) == (0, 2)


def test_a_trade_that_cannot_have_been_yet_keeps_its_row_aside():
    first, *rest = chain()
    impossible = closes(next_session(DAY)) + timedelta(days=3)
    assert reasons(only(files.yahoo_2025([replace(first, traded=impossible), *rest]))) == ["trade_after_stamp"]


@pytest.mark.parametrize(
    ("folder", "name"), [("", "ABCD.json"), (f"{DAY}/detail", "A B.json"), ("yesterday/detail", "ABCD.json")]
)
def test_what_only_the_path_says_is_asked_for_when_the_path_is_another(folder, name):
    refused = refusal(files.raw(SHAPES["chain_history_2026"].body, name, folder))
    assert (refused.reason, "import the file from its folder" in str(refused)) == ("path_unknown", True)


@pytest.mark.parametrize("make", [files.yahoo_2025, files.history_2026], ids=["table", "json"])
def test_a_holiday_never_becomes_a_session(make):
    assert refusal(make(chain(), HOLIDAY)).reason == "not_a_session"


def test_days_without_a_session_are_kept_aside_from_those_with_one():
    payloads = parsed(files.occ_history({"18-11": chain(), "19-11": chain(), "21-11": chain(strikes=1)}))
    assert [payload.quote_session for payload in payloads] == [BEFORE, DAY]
    assert reasons(payloads[0]) == ["not_a_session"] * 4
    assert sum(payload.rows_in for payload in payloads) == 36 + 36 + 4


def test_a_label_without_a_year_is_the_day_nearest_to_the_document():
    (old, new) = parsed(files.occ_history({"31-12": chain(day=date(2025, 12, 31)), "5-1": chain()}, "2026-01-06T04:00:00Z"))
    assert (old.quote_session, new.quote_session) == (date(2025, 12, 31), date(2026, 1, 5))


def test_a_label_beyond_the_next_session_is_of_the_future():
    payloads = parsed(files.occ_history({"19-11": chain(), "23-11": chain(), "24-12": chain()}))
    assert [payload.quote_session for payload in payloads] == [DAY, date(2026, 11, 23)]
    assert set(reasons(payloads[0])) == {"in_future"}
