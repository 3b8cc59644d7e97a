"""Cboe's chain downloads: their date lines, their two halves, what is refused."""

import random
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, cboe_csv
from tests.ingest.sources.samples.cboe_csv import make

DAY = date(2025, 9, 19)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
BODY = make(random.Random(3), strikes=6, symbol="SPX", session=DAY, moment=3).body.decode()
LINES = BODY.split("\n")


def parsed(lines):
    return cboe_csv.parse(Raw("", "quotedata.csv", "\n".join(lines).encode(), LATER))


def refused(lines) -> str:
    with pytest.raises(RefusedPayload) as refusal:
        parsed(lines)
    return refusal.value.reason


def with_date(words):
    return [LINES[0], LINES[1], f'"{words}",Bid: 0,Ask: 0,Size: 0*0,"Volume: 71,039,449"', *LINES[3:]]


def with_cell(place, text):
    """The first contract line with another cell: 1 to 10 the call, 11 the strike, 12 to 21 the put."""
    cells = LINES[4].split(",")
    cells[place] = text
    return parsed([*LINES[:4], ",".join(cells), *LINES[5:]])


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("Date: September 19 2025, 8:26 PM EDT", "2025-09-20T00:26"),
        ("Date: September 19, 2025, 8:47 PM EDT", "2025-09-20T00:47"),
        ("Date: September 19, 2025 at 10:52 AM EDT", "2025-09-19T14:52"),
        ("Date: September 19, 2025 at 5:28 p.m. EDT", "2025-09-19T21:28"),
        ("Date: September 19, 2025 at 12:05\u202fPM CDT", "2025-09-19T17:05"),
        ("Date: November 21, 2025 at 12:05 AM EST", "2025-11-21T05:05"),
        ("Date: September 19, 2025 at 6:05 PM GMT+2", "2025-09-19T16:05"),
        ("Date: September 19, 2025 at 9:35 PM GMT+5:30", "2025-09-19T16:05"),
    ],
)
def test_the_date_line_is_read_in_each_of_its_forms(words, instant):
    assert parsed(with_date(words)).known_at == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        "Date: 19.09.2025 14:00", "Date: Septober 19, 2025 at 5:28 PM EDT", "Date: September 31, 2025 at 5:28 PM EDT",
        "Date: September 19, 2025 at 17:28 PM EDT", "Date: September 19, 2025 at 5:28 PM XYZ", "Delayed quotes",
    ],
)  # fmt: skip
def test_a_date_line_that_says_no_instant_is_refused(words):
    assert refused(with_date(words)) == "bad_stamp"


def test_a_download_of_a_weekend_shows_the_friday_with_what_expired_then():
    payload = parsed(with_date("Date: September 20, 2025 at 8:47 PM EDT"))
    assert (payload.quote_session, payload.session_date, payload.volume_final) == (DAY, date(2025, 9, 18), True)
    assert payload.rows["expiration"].min() == DAY


def test_series_that_are_over_are_kept_aside():
    payload = parsed(with_date("Date: September 22, 2025 at 11:47 AM EDT"))
    assert set(payload.quarantined["reason"]) == {"expired"}
    assert payload.quote_session == date(2025, 9, 22)


def test_each_line_is_a_call_and_a_put():
    payload = parsed(LINES)
    assert payload.rows["right"].to_list()[:4] == ["C", "P", "C", "P"]
    assert payload.rows_in == 2 * (len(LINES) - 5)


def test_the_underlying_is_told_by_the_roots_whatever_the_instrument_is_called():
    payload = parsed([LINES[0], "Some Index of Ours,Last: 5893.62,Change: 0", *LINES[2:]])
    assert (payload.slot, payload.prices["spot"].item()) == ("SPX", 5893.62)
    assert set(payload.rows["root"]) <= {"SPX", "SPXW"}


@pytest.mark.parametrize(
    ("place", "text", "reasons"),
    [
        (0, "Fri Sep 26 2025", ["disagrees:expiration"] * 2),
        (0, "Fri Sep  19 2025", ["disagrees:expiration"] * 2),
        (0, "2025-09-19", ["disagrees:expiration"] * 2),
        (1, "SPXW250919P05000000", ["disagrees:right"]),
        (2, "$1.00", ["bad_value:last"]),
        (3, "unch", ["bad_value:net"]),
        (11, "1.00", ["disagrees:strike"] * 2),
        (12, "SPXW250919", ["bad_value:occ_symbol"]),
        (12, "SPXW\r250919P05000000", ["bad_value:occ_symbol"]),
        (12, "QQQ250919P05000000", ["disagrees:strike"]),
        (15, '"1,5"', ["bad_value:bid"]),
        (21, "1e5", ["bad_value:open_interest"]),
        (21, "5,5", ["malformed_row"] * 2),
        (21, "٣", ["bad_value:open_interest"]),
        (21, "5\0", ["not_text"] * 2),
    ],
)
def test_a_cell_that_cannot_be_keeps_its_contract_aside(place, text, reasons):
    assert with_cell(place, text).quarantined["reason"].to_list() == reasons


def test_an_empty_cell_is_unknown():
    assert with_cell(10, "").rows["open_interest"][0] is None


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (LINES[:-1], "cut_in_row"),
        ([*LINES[:-1], *LINES], "several_files"),
        ([*LINES[:3], "Expiration Date,Price", *LINES[4:]], "schema_drift"),
        ([*LINES[:3], LINES[3].replace("Open Interest", "OI"), *LINES[4:]], "schema_drift"),
        ([*LINES[:3], LINES[3].replace("Net", "Bid"), *LINES[4:]], "schema_drift"),
        ([*LINES[:3], LINES[3], ""], "no_rows"),
    ],
)
def test_a_file_of_another_shape_is_refused(lines, reason):
    assert refused(lines) == reason
