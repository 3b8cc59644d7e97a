"""Cells of mapped files: what is read, what is unknown, and what cannot be read and is never guessed."""

import math
from datetime import UTC, date, datetime

import polars as pl
import pytest

from core.errors import RefusedPayload
from ingest.sources.mapped import cells, records
from ingest.sources.mapped.extract import series
from ingest.sources.mapped.faults import read_mapping
from ingest.sources.mapped.spec import Cell
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.test_mapping_files import JSON_ROWS, WHOLE

BAD = object()


def read(reading, value, **how):
    """What one cell is read as; BAD where it cannot be."""
    found, bad = reading(series("x", [value]), Cell.model_validate({"column": "x", **how}))
    return BAD if bad is not None and bad[0] else found[0]


@pytest.mark.parametrize(("value", "how", "wanted"), [
    ("12.5", {}, 12.5), ("-3", {}, -3), ("1.0000000000000003e-05", {}, 1.0000000000000003e-05), (".5", {}, 0.5), (7, {}, 7),
    ("", {}, None), (None, {}, None), ("12,5", {}, BAD), ("1,234.5", {}, BAD), ("1,234.5", {"thousands": True}, 1234.5),
    ("12,5", {"thousands": True}, BAD), ("1,23,456", {"thousands": True}, BAD), ("$5", {}, BAD), ("$5", {"prefix": "$"}, 5),
    ("$1,234", {"thousands": True, "prefix": "$"}, 1234), ("24.5%", {}, BAD), ("24.5%", {"unit": "percent"}, 0.245),
    ("24.5", {"unit": "percent"}, 0.245), (141.5, {"unit": "percent"}, 1.415), (0.0, {"unknown": [0.0]}, None),
    ("-999.0", {"unknown": [-999]}, None), ("N/A", {"unknown": ["N/A"]}, None), ("n/a", {"unknown": ["N/A"]}, BAD),
    ("1.0000000000000003e-05", {"unknown": [0.00001]}, None), (2.6, {"rounded": True}, 3),
    ("USD 4", {"pattern": "USD ([0-9]+)"}, 4), ("EUR 4", {"pattern": "USD ([0-9]+)"}, BAD),
    *((nonsense, {}, BAD) for nonsense in ("NaN", "inf", "1e999", "0x1f", " 1", "1 ", "١٢", math.nan, math.inf, True, [1])),
    ({"a": 1}, {}, BAD), (10**400, {}, BAD),
])  # fmt: skip
def test_numbers(value, how, wanted):
    assert read(cells.number, value, **how) == wanted


@pytest.mark.parametrize(("value", "wanted"), [
    ("205.0", 205_000), (12.5, 12_500), ("0.625", 625), ("12.3456", BAD), ("", None), ("abc", BAD), ("-5", -5000), ("1e20", BAD),
    ("1e308", BAD),
])  # fmt: skip
def test_strikes_are_whole_thousandths(value, wanted):
    assert read(cells.milli, value) == wanted


@pytest.mark.parametrize(("value", "wanted"), [
    ("C", "C"), ("call", "C"), ("Put", "P"), ("PUT", "P"), ("", None), ("Calls", BAD), ("c", BAD), (1, BAD),
])  # fmt: skip
def test_calls_and_puts(value, wanted):
    assert read(cells.right, value) == wanted


@pytest.mark.parametrize(("value", "how", "wanted"), [
    ("2026-02-28", {}, date(2026, 2, 28)), ("2026-02-30", {}, BAD), ("2026-2-8", {}, BAD), ("20260228", {}, BAD), ("", {}, None),
    ("02/28/2026", {"format": "MM/DD/YYYY"}, date(2026, 2, 28)), ("28FEB26", {"format": "DMMMYY"}, date(2026, 2, 28)),
    ("2/28/2026", {"format": "MM/DD/YYYY"}, BAD), ("8FEB26", {"format": "DMMMYY"}, date(2026, 2, 8)), (20260228, {}, BAD),
])  # fmt: skip
def test_days(value, how, wanted):
    assert read(cells.day, value, **how) == wanted


@pytest.mark.parametrize(("text", "year", "wanted"), [
    ("12-8", "2026-08-22T04:28:16Z", date(2026, 8, 12)), ("31-12", "2027-01-03", date(2026, 12, 31)),
    ("2-1", "2026-12-30", date(2027, 1, 2)), ("29-2", "2024-06-01", date(2024, 2, 29)), ("12-8", "2019", date(2019, 8, 12)),
    ("12-8", None, BAD), ("29-2", "2026-06-01", BAD), ("12-13", "2026", BAD),
])  # fmt: skip
def test_days_without_a_year(text, year, wanted):
    found, bad = cells.day(pl.Series([text]), Cell(column="x", format="D-M"), year)
    assert (BAD if bad is not None and bad[0] else found[0]) == wanted


NOON = datetime(2026, 11, 19, 17, tzinfo=UTC)


@pytest.mark.parametrize(("value", "how"), [
    ("2026-11-19 17:00:00+00:00", {}), ("2026-11-19T12:00:00-05:00", {}), ("2026-11-19T17:00Z", {}), ("2026-11-19 17:00:00", {}),
    ("2026-11-19 12:00:00", {"zone": "America/New_York"}), (1795107600, {"format": "epoch s"}),
    ("1795107600000", {"format": "epoch ms"}), ("11/19/26 12.00", {"format": "MM/DD/YY HH.mm", "zone": "America/New_York"}),
])  # fmt: skip
def test_instants(value, how):
    assert read(cells.instant, value, **how) == NOON


@pytest.mark.parametrize("value", ["2026-11-19", "20261119T170000", "2026-W47-4", "2026-11-19 25:00", "yesterday", 5])
def test_what_is_no_instant_is_not_read(value):
    assert read(cells.instant, value) is BAD


def reasons(text, body, name="acme"):
    mapping = read_mapping(name, text)
    (payload,) = files.SHELF.__class__({name: mapping}).parse(files.raw(body))
    return dict(payload.quarantined.select("line_number", "reason").iter_rows()), payload


GOOD = "".join(f"ABCD,2026-12-18,{90 + place},C,{place},19.11.2026\n" for place in range(8))
HEADER = "Sym,Exp,K,CP,OI,Day\n"


def test_lines_that_are_no_rows_are_told_apart_and_all_others_read():
    bad = "ABCD,2026-12-18,70,C,1\n" + 'ABCD,2026-12-18,71,C,"1,19.11.2026\n' + "AB\0CD,2026-12-18,72,C,1,19.11.2026\n"
    found, payload = reasons(
        WHOLE, "\ufeff" + HEADER + "\n" + bad + GOOD.replace("\n", "\r\n") + "ABCD,2026-12-18,73,C,1,19.11.2026"
    )
    assert found == {3: "malformed_row", 4: "malformed_row", 5: "not_text", 14: "unended_row"}
    assert (payload.rows_in, payload.rows["line_number"].to_list()) == (12, list(range(6, 14)))
    assert r"AB\x00CD" in payload.quarantined["raw_text"][2]


def test_quoted_cells_may_hold_the_separator():
    found, payload = reasons(WHOLE, HEADER + GOOD + '"ABCD","2026-12-18","99",C,"5",19.11.2026\n')
    assert (found, len(payload.rows)) == ({}, 9)


def test_other_separators_are_read_where_the_mapping_names_them():
    text = WHOLE.replace("[dates]", '[rows]\nseparator = ";"\n\n[dates]')
    assert reasons(text, (HEADER + GOOD).replace(",", ";"))[0] == {}


def test_a_second_header_is_two_files_put_together():
    with pytest.raises(RefusedPayload, match="two files") as refused:
        reasons(WHOLE, HEADER + GOOD + HEADER + GOOD)
    assert refused.value.reason == "several_files"


@pytest.mark.parametrize(("old", "new", "reason"), [
    ("ABCD,2026", "abcd,2026", "bad_symbol"), ("12-18,90", "02-31,90", "bad_expiration"), (",90,", ",ninety,", "bad_strike"),
    (",C,0", ",Straddle,0", "bad_right"), (",0,19", ",many,19", "bad_number:open_interest"),
    ("19.11.2026", "19/11/2026", "bad_date"), ("19.11.2026", "22.11.2026", "not_a_session"),
    (",0,19", ",-1,19", "negative:open_interest"),
])  # fmt: skip
def test_a_row_that_cannot_be_read_says_why(old, new, reason):
    found, _ = reasons(WHOLE, HEADER + GOOD.replace(old, new, 1))
    assert list(found.values()) == [reason]


def told(**changes):
    return {"Sym": "ABCD", "Exp": "2026-12-18", "K": 90, "CP": "C", "OI": 5, "Day": "19.11.2026"} | changes


def test_records_that_are_none_are_kept_aside():
    good = [told(K=90 + place) for place in range(8)]
    body = '[7, {"Sym": "ABCD", "Sym": "WXYZ"}, ' + str(files.raw(good).body.decode()[1:])
    assert reasons(JSON_ROWS, body)[0] == {1: "not_a_record", 2: "repeated_key"}


def test_lines_of_json_are_records_too():
    lines = "\n".join(files.raw(told(K=90 + place)).body.decode() for place in range(5))
    assert len(reasons(JSON_ROWS, lines)[1].rows) == 5


@pytest.mark.parametrize(("path", "wanted"), [
    ("a.b[]", [((), 1), ((), 2)]), ("{x}.b[]", [(("a",), 1), (("a",), 2)]), ("{x}.{y}", [(("a", "b"), [1, 2])]),
    ("a.c[]", [((), [None])]), ("a.b.d", [((), [[1, 2]])]),
])  # fmt: skip
def test_a_path_leads_to_records(path, wanted):
    assert list(records.walk({"a": {"b": [1, 2]}}, path)) == wanted


def test_a_key_that_stands_twice_above_the_rows_is_refused():
    with pytest.raises(RefusedPayload) as refused:
        files.parsed(files.raw(files.occ_history({"19-11": files.chain()}).body.replace(b'"90.0"', b'"92.5"')))
    assert refused.value.reason == "schema_drift"
