"""Par yields of the Treasury: terms, months, lines kept aside, drift; and the real client against a stand-in."""

from datetime import UTC, date, datetime

import pytest

from core.errors import ProviderRefused, RefusedPayload
from ingest.sources import Raw, recognise, treasury
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import asked
from tests.ingest.sources.samples.reference import yields

LATER = datetime(2026, 11, 20, 3, tzinfo=UTC)
DAYS = (date(2026, 11, 17), date(2026, 11, 18))
MONTH = "/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/all/202611"


def parsed(text=None, folder=""):
    return treasury.parse(Raw("", "yields.csv", (text or yields(DAYS)).encode(), LATER, folder))


def refused(text):
    with pytest.raises(RefusedPayload) as refusal:
        parsed(text)
    return refusal.value.reason


def aside(payload):
    return dict(payload.quarantined.select("line_number", "reason").iter_rows())


def test_a_line_is_a_curve_of_its_day_known_that_evening():
    (payload,) = parsed()
    first = payload.rows.sort("described").row(0, named=True)
    assert (payload.slot, first["described"], first["known_at"]) == ("2026-11", DAYS[0], datetime(2026, 11, 17, 23, tzinfo=UTC))
    assert first["days"] == [30, 61, 91, 122, 182, 365, 730, 1095, 1825, 2555, 3650, 7300, 10950]
    assert (first["quoted"][0], first["convention"]) == (0.043, "par")


def test_the_first_term_is_a_simple_rate_and_a_year_is_no_longer_one():
    row = parsed()[0].rows.row(0, named=True)
    assert row["rate"][0] == pytest.approx(0.0429242, abs=1e-7)
    assert row["rate"][5] < row["quoted"][5]


def test_a_day_fetched_before_the_evening_was_known_when_it_was_fetched():
    early = datetime(2026, 11, 18, 21, tzinfo=UTC)
    (payload,) = treasury.parse(Raw("", "yields.csv", yields(DAYS).encode(), early, LIVE))
    assert sorted(payload.rows["known_at"]) == [datetime(2026, 11, 17, 23, tzinfo=UTC), early]


def test_each_month_is_a_slot():
    found = parsed(yields([date(2026, 10, 30), date(2026, 11, 2)]))
    assert sorted(payload.slot for payload in found) == ["2026-10", "2026-11"]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("4.30,", "x,", "bad_value:rate"),
        ("4.30,", "430,", "bad_value:rate"),
        ("4.30,", "٤.30,", "bad_value:rate"),
        ("11/17/2026", "17.11.2026", "bad_value:date"),
        ("11/17/2026", "11/21/2026", "bad_value:date"),
        ("4.30,,4.26", "4.30,4.26", "malformed_row"),
    ],
)
def test_a_line_with_a_fault_is_kept_aside_alone(before, after, reason):
    head, newest, oldest = yields(DAYS).split("\n")
    (payload,) = parsed("\n".join([head, newest, oldest.replace(before, after, 1)]))
    assert (payload.rows_in, len(payload.rows), aside(payload)) == (2, 1, {2: reason})


def test_a_line_that_stands_twice_counts_once_and_one_that_contradicts_it_not_at_all():
    head, newest, oldest = yields(DAYS).split("\n")
    (payload,) = parsed("\n".join([head, newest, newest, oldest, oldest.replace("4.30", "4.31")]))
    assert (payload.rows_in, len(payload.rows), payload.duplicates) == (4, 1, 1)
    assert aside(payload) == {3: "conflicting_rows", 4: "conflicting_rows"}


@pytest.mark.parametrize(
    ("before", "after"),
    [('"10 Yr"', '"10 Years"'), ('"3 Mo"', '"3 Month"'), ("Date,", "Day,"), ('"5 Yr",', ""), ('"5 Yr"', '"7 Yr"')],
)
def test_another_header_is_drift(before, after):
    assert refused(yields(DAYS).replace(before, after, 1)) == "schema_drift"


@pytest.mark.parametrize(
    ("text", "reason"),
    [(yields(DAYS)[:-1], "cut_in_row"), (yields([]), "no_rows"), ("<html>Please wait</html>", "sign_in_page")],
)
def test_what_is_not_whole_is_refused(text, reason):
    assert refused(text) == reason


def test_its_files_are_recognised():
    assert recognise(Raw("", "a.csv", yields(DAYS).encode(), LATER)) is treasury


def test_a_month_is_asked_as_the_site_wants_it():
    with asked(treasury, {MONTH: (200, yields(DAYS).encode())}, LATER) as (fetcher, provider):
        raw = fetcher.fetch("2026-11")
    assert provider.asked[0].query == {
        "type": "daily_treasury_yield_curve", "field_tdr_date_value_month": "202611", "_format": "csv",
    }  # fmt: skip
    assert (treasury.parse(raw)[0].known_at, treasury.names(DAYS[0], ())) == (LATER, ("2026-11",))


@pytest.mark.parametrize(("name", "error"), [("AAPL", RefusedPayload), ("2026-13", RefusedPayload), ("2025", ProviderRefused)])
def test_what_the_site_has_not_is_an_error(name, error):
    with asked(treasury, {MONTH: (200, b"")}, LATER) as (fetcher, _provider), pytest.raises(error):
        fetcher.fetch(name)
