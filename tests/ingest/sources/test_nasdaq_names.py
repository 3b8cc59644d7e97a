"""Nasdaq's symbol directory: names, classes, its stamp, lines kept aside, drift; and the real client against a stand-in."""

from datetime import UTC, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, nasdaq_names, recognise
from tests.ingest.sources.asked import asked
from tests.ingest.sources.samples.reference import OTHER, directory

LATER = datetime(2026, 11, 19, 1, tzinfo=UTC)
LINES = (
    "ACME|Acme Corporation - Common Stock|Q|N|N|100|N|N",
    "ACMEW|Acme Corporation - Warrant|Q|N|N|100|N|N",
    "FUND|Acme Short-Term Bonds - Monthly ETF|G|N|N|100|Y|N",
    "ZTEST|Test Stock|G|Y|N|100|N|N",
)


def parsed(text):
    (payload,) = nasdaq_names.parse(Raw("", "list.txt", text.encode(), LATER))
    return payload


def refused(text):
    with pytest.raises(RefusedPayload) as refusal:
        parsed(text)
    return refusal.value.reason


def named(payload):
    return {row["symbol"]: (row["name"], row["asset_class"]) for row in payload.rows.iter_rows(named=True)}


def test_companies_are_named_without_their_kind_of_share_and_funds_in_full():
    assert named(parsed(directory(*LINES))) == {
        "ACME": ("Acme Corporation", "stock"),
        "ACMEW": ("Acme Corporation", "stock"),
        "FUND": ("Acme Short-Term Bonds - Monthly ETF", "etf"),
    }


def test_the_other_list_has_its_columns_elsewhere():
    lines = ("BRK.B|Acme Holding Inc. Class B Common Stock|N|BRK.B|N|100|N|BRK.B", "AC$A|Acme Preferred|N|ACpA|N|100|N|AC-A")
    payload = parsed(directory(*lines, header=OTHER))
    assert (payload.slot, named(payload)["BRK.B"], named(payload)["AC$A"]) == (
        "otherlisted", ("Acme Holding Inc.", "stock"), ("Acme Preferred", "stock"),
    )  # fmt: skip


def test_the_last_line_is_the_stamp_in_new_yorks_time():
    payload = parsed(directory(*LINES))
    assert (payload.known_at, payload.rows["known_at"].unique().to_list()) == (
        datetime(2026, 11, 18, 22, 31, tzinfo=UTC), [datetime(2026, 11, 18, 22, 31, tzinfo=UTC)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ZTEST|Test Stock|G|Y|N|100|N|N", "test_issue"),
        ("ACME2|Acme|Q|?|N|100|N|N", "bad_value:test_issue"),
        ("ACME2|Acme|Q|N|N|100|X|N", "bad_value:asset_class"),
        ("ACME2||Q|N|N|100|N|N", "missing:Security Name"),
        ("|Acme|Q|N|N|100|N|N", "missing:Symbol"),
        ("ACME 2|Acme|Q|N|N|100|N|N", "bad_value:symbol"),
        ("ACME2|Acme|Q|N|N|100|N", "malformed_row"),
        ("ACME2|Ac|me|Q|N|N|100|N|N", "malformed_row"),
    ],
)
def test_a_line_with_a_fault_is_kept_aside_alone(line, reason):
    payload = parsed(directory(LINES[0], line))
    assert (payload.rows_in, len(payload.rows), payload.quarantined["reason"].to_list()) == (2, 1, [reason])


def test_a_symbol_of_which_two_lines_say_different_names_has_none():
    payload = parsed(directory(LINES[2], LINES[0], LINES[0], LINES[0].replace("Acme", "Other")))
    assert (payload.rows_in, list(named(payload)), payload.quarantined["reason"].to_list()) == (
        4,
        ["FUND"],
        ["conflicting_rows"] * 3,
    )


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("|ETF|", "|Fund|", "schema_drift"),
        ("Security Name", "Name", "schema_drift"),
        ("Test Issue", "ETF", "schema_drift"),
        ("File Creation Time: 1118202617:31|||||||\r\n", "", "cut_in_row"),
        ("1118202617:31", "1318202617:31", "bad_stamp"),
        ("1118202617:31", "1128202617:31", "stamp_in_future"),
    ],
)
def test_another_format_is_refused(before, after, reason):
    assert refused(directory(*LINES).replace(before, after, 1)) == reason


def test_a_list_of_nothing_but_faults_is_refused():
    assert refused(directory(LINES[3])) == "no_rows"


@pytest.mark.parametrize("header", ["Symbol|Security Name|", OTHER])
def test_its_files_are_recognised(header):
    text = directory("ACME|Acme", header=header)
    assert recognise(Raw("", "a.txt", text.encode(), LATER)) is nasdaq_names


def test_both_lists_are_asked_for():
    table = {f"/dynamic/SymDir/{name}.txt": (200, directory(*LINES).encode()) for name in nasdaq_names.names(LATER.date(), ())}
    with asked(nasdaq_names, table, LATER) as (fetcher, provider):
        raws = [fetcher.fetch(name) for name in ("nasdaqlisted", "otherlisted")]
    assert provider.paths() == list(table)
    assert nasdaq_names.parse(raws[0])[0].known_at == LATER


def test_a_payload_without_a_line_is_no_list():
    with pytest.raises(RefusedPayload, match="Symbol, Security Name"):
        nasdaq_names.parse(Raw("", "nasdaqlisted.txt", b"\r\n", LATER))
