"""Mapped files of prices and bars: one payload a day, named by the file."""

from datetime import UTC, datetime

from core.sessions import closes
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import BEFORE, DAY, SHELF, only, parsed, reasons, row


def test_prices_are_one_payload_a_day_named_by_the_file():
    payloads = parsed(files.prices(files.day_of_prices("11/19/2026"), files.day_of_prices("11/18/2026", volume="N/A")))
    assert [(payload.slot, payload.quote_session, payload.known_at) for payload in payloads] == [
        ("ABCD", day, closes(day)) for day in (BEFORE, DAY)
    ]
    assert payloads[1].rows.drop("line_number").row(0) == ("ABCD", 25.28, 1025.89, 24.84, 25.64, None, 5156478)
    assert payloads[0].rows["volume"][0] is None


def test_prices_that_contradict_each_other_or_cannot_be_are_kept_aside_with_the_first_day():
    bad = [files.day_of_prices("11/17/2026", close=close) for close in ("$2.00", "25.6x", "$-3")]
    good = [files.day_of_prices(day) for day in ("11/13/2026", "11/16/2026", "11/18/2026", "11/19/2026")]
    first, *others = parsed(files.prices(*good, *bad, files.day_of_prices("11/14/2026"), good[0]))
    assert reasons(first) == ["disagrees:low", "bad_number:close", "negative:close", "not_a_session"]
    assert (first.rows_in, first.duplicates, len(others)) == (6, 1, 3)


def test_two_prices_of_one_day_are_both_kept_aside():
    good = [files.day_of_prices(day) for day in ("11/13/2026", "11/16/2026", "11/18/2026")]
    payloads = parsed(files.prices(*good, files.day_of_prices("11/16/2026", close="$26.00")))
    assert (len(payloads), reasons(payloads[0])) == (2, ["conflicting_rows"] * 2)


def test_adjusted_closes_are_known_when_the_newest_row_is():
    payloads = parsed(files.raw("date,adj_close\n2026-11-18,222.67\n2026-11-19,224.96\n", "ABCD.csv"))
    assert [payload.known_at for payload in payloads] == [closes(DAY)] * 2
    assert [payload.rows["adjusted_close"][0] for payload in payloads] == [222.67, 224.96]


def test_bars_end_where_their_source_says_that_they_begin_or_end():
    hour = "2026-11-19 10:00:00-05:00,2026-11-19,10:00,14.5,14.6,14.1,14.3,89596600.4,14.3,97651,1795100400000\n"
    header = ",".join(SHELF.known["bars_60min"].recognise.columns) + "\n"
    payload = only(files.raw(header + hour, "ABCD_60m.csv"))
    found = row(payload, minutes=60)
    assert (found["bar_end"], found["volume"]) == (datetime(2026, 11, 19, 16, tzinfo=UTC), 89596600)
    minute = "datetime,open,high,low,close,volume\n2026-11-19 16:00:00,1.1,1.2,1.0,1.1,42"
    assert row(only(files.raw(minute, "ABCD_1min.csv")), minutes=1)["bar_end"] == datetime(2026, 11, 19, 21, tzinfo=UTC)
