"""Cboe's chains as a normalising client writes them: the name says when, the columns have to agree with each other."""

import random
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, cboe_normalized
from tests.ingest.sources.samples.cboe_normalized import make

DAY = date(2025, 9, 19)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
SAMPLE = make(random.Random(3), strikes=6, symbol="TSLA", session=DAY, moment=1)
LINES = SAMPLE.body.decode().split("\n")
COLUMNS = LINES[0].split(",")


def parsed(name=SAMPLE.file_name, lines=LINES):
    return cboe_normalized.parse(Raw("", name, "\n".join(lines).encode(), LATER))


def refused(name=SAMPLE.file_name, lines=LINES) -> str:
    with pytest.raises(RefusedPayload) as refusal:
        parsed(name, lines)
    return refusal.value.reason


def with_cell(column, text):
    """The first contract with another cell."""
    cells = LINES[1].split(",")
    cells[COLUMNS.index(column)] = text
    return parsed(lines=[LINES[0], ",".join(cells), *LINES[2:]])


@pytest.mark.parametrize(
    ("name", "instant", "session"),
    [
        ("2025-09-19_20_28_UTC+01_00_TSLA.csv.gz", "2025-09-19T19:28", DAY),
        ("2025-09-19_close_UTC+01_00_TSLA.csv", "2025-09-19T20:00", DAY),
        ("2025-07-03_close_UTC+01_00_TSLA.csv", "2025-07-03T17:00", date(2025, 7, 3)),
        ("2025-09-19_10_31_UTC-04_00_TSLA.csv", "2025-09-19T14:31", DAY),
        ("2025-09-20_01_30_UTC+01_00_TSLA.csv", "2025-09-20T00:30", DAY),
    ],
)
def test_the_name_says_when(name, instant, session):
    payload = parsed(name)
    assert (payload.known_at, payload.quote_session) == (datetime.fromisoformat(instant).replace(tzinfo=UTC), session)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("TSLA.csv", "no_stamp"), ("2025-09-20_close_UTC+01_00_TSLA.csv", "bad_stamp"),
        ("2025-02-31_10_00_UTC+01_00_x.csv", "bad_stamp"), ("2025-09-19_25_00_UTC+01_00_TSLA.csv", "bad_stamp"),
    ],
)  # fmt: skip
def test_a_name_that_does_not_say_when_is_refused(name, reason):
    assert refused(name) == reason


def test_right_after_the_open_the_feed_still_shows_the_session_before():
    payload = parsed("2025-09-19_15_33_UTC+02_00_TSLA.csv")
    assert (payload.quote_session, payload.session_date) == (DAY, date(2025, 9, 18))
    assert payload.rows["volume"].is_null().all()
    assert payload.prices is None


@pytest.mark.parametrize("days", ["-7", "99", "never"])
def test_the_days_left_count_for_nothing(days):
    assert with_cell("dte", days).rows.equals(parsed().rows)


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("underlying_symbol", "AAPL", "disagrees:symbol"),
        ("underlying_price", "12.5", "disagrees:spot"),
        ("contract_symbol", "TSLA", "bad_value:occ_symbol"),
        ("expiration", "2026-01-01", "disagrees:expiration"),
        ("expiration", "2025- 9-19", "disagrees:expiration"),
        ("strike", "1.0", "disagrees:strike"),
        ("strike", "1e9", "bad_value:strike"),
        ("option_type", "put", "disagrees:right"),
        ("option_type", "CALL", "disagrees:right"),
        ("open_interest", "-4", "negative:open_interest"),
        ("volume", "nan", "bad_value:volume"),
        ("high", "up", "bad_value:high"),
        ("gamma", "inf", "bad_value:gamma"),
    ],
)
def test_a_cell_that_cannot_be_keeps_its_contract_aside(column, text, reason):
    assert with_cell(column, text).quarantined["reason"].to_list() == [reason]


def test_small_figures_may_have_an_exponent():
    assert with_cell("gamma", "1e-05").rows["gamma"][0] == 0.00001


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([LINES[0].replace(",bid,", ",ask,"), *LINES[1:]], "schema_drift"),
        ([LINES[0].replace("vega", "vega_"), *LINES[1:]], "schema_drift"),
        ([*LINES[:-1], *LINES], "several_files"),
        ([LINES[0], ""], "no_rows"),
        (LINES[:-1], "cut_in_row"),
    ],
)
def test_a_file_of_another_shape_is_refused(lines, reason):
    assert refused(lines=lines) == reason
