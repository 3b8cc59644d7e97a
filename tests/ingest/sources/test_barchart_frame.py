"""The frame of a Barchart file: its footer, the sessions that follow from it, its spelling and its size."""

import csv
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, barchart
from tests.ingest import barchart_files as files
from tests.ingest import mutations

DAY = date(2024, 3, 14)
LATER = datetime(2026, 11, 20, tzinfo=UTC)


def parsed(body: bytes, file_name: str = "download.csv"):
    return barchart.parse(Raw("barchart", file_name, body, LATER))


@pytest.mark.parametrize(
    ("footer", "session", "final"),
    [
        ("10-18-2023 02:41pm CDT", date(2023, 10, 18), False),
        ("11-14-2023 02:43pm CST", date(2023, 11, 14), False),
        ("04-27-2023 02:32am CDT", date(2023, 4, 26), True),
        ("06-02-2023 03:10am CDT", date(2023, 6, 1), True),
        ("06-02-2023 08:29am CDT", date(2023, 6, 1), True),
        ("06-02-2023 09:30am EDT", date(2023, 6, 2), False),
        ("11-24-2023 12:29pm CST", date(2023, 11, 24), False),
        ("11-24-2023 12:30pm CST", date(2023, 11, 24), True),
        ("03-30-2024 11:00am CDT", date(2024, 3, 28), True),
        ("10-18-2023 07:41pm UTC", date(2023, 10, 18), False),
    ],
)
def test_the_session_is_the_latest_one_opened_at_the_footers_instant(footer, session, final):
    body = files.write("A", session, footer=f'"Downloaded from Barchart.com as of {footer}"', lines=[of_a_date(session)])
    payload = parsed(body)
    assert (payload.quote_session, payload.volume_final) == (session, final)
    assert payload.session_date < session


def of_a_date(session: date):
    return files.row(
        session, trade_time=session.isoformat(), expiration=date(2024, 6, 21), dte=(date(2024, 6, 21) - session).days
    )


def test_known_at_is_the_footers_instant_as_its_zone_says():
    assert parsed(files.write("A", DAY)).known_at == datetime(2024, 3, 14, 19, 41, tzinfo=UTC)


def test_a_zone_of_another_season_counts_and_is_told():
    payload = parsed(files.write("A", DAY, footer=files.stamp(DAY, zone="CST")))
    assert payload.known_at == datetime(2024, 3, 14, 20, 41, tzinfo=UTC)
    assert payload.warnings == ("The footer states CST at another season.",)


@pytest.mark.parametrize("footer", ["Downloaded from Barchart.com as of 03-14-2024 02:41pm CDT", "{}  ", ' "{}"'])
def test_a_footer_without_its_quotes_is_a_footer(footer):
    body = files.write("A", DAY, footer=footer.format(files.stamp(DAY).strip('"')))
    assert parsed(body).quote_session == DAY


BLANKS = " " * 500_000
WORDS = "Downloaded from Barchart.com as of "


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (WORDS + BLANKS + "x" + BLANKS + "x", "bad_footer"),
        (WORDS + '" ' * 500_000 + "x", "bad_footer"),
        (BLANKS + '"' + BLANKS + "x", "cut_in_row"),
        (BLANKS + BLANKS + "x", "cut_in_row"),
    ],
    ids=["blanks", "quotes", "blanks around a quote", "blanks before"],
)
def test_a_last_line_of_a_megabyte_is_refused_at_once(last, reason):
    with pytest.raises(RefusedPayload) as refused:
        parsed(files.write("A", DAY, footer=last))
    assert refused.value.reason == reason


def test_blanks_without_end_around_a_footer_are_passed_over():
    assert parsed(files.write("A", DAY, footer=BLANKS + files.stamp(DAY) + BLANKS)).quote_session == DAY


def test_a_header_of_very_many_columns_is_refused_at_once():
    with pytest.raises(RefusedPayload, match=r"The header has 500,015 columns\.") as refused:
        parsed(files.write("A", DAY).replace(b"\n", b"," * 500_000 + b"\n", 1))
    assert refused.value.reason == "unknown_layout"


@pytest.mark.parametrize(
    "spelling",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"\n", b"\n\n"),
        lambda body: b"\n" + body + b"\n  \n",
        lambda body: body.rstrip(b"\n"),
    ],
)
def test_the_spelling_of_a_file_does_not_change_its_rows(spelling):
    body = files.write("B", DAY, lines=20)
    plain, other = parsed(body), parsed(spelling(body))
    assert other.rows.drop("line_number").equals(plain.rows.drop("line_number"))
    assert other.rows_in == 20


@pytest.mark.parametrize(("count", "cut"), [(999, False), (1000, True), (1001, False)])
def test_exactly_the_export_cap_means_cut(count, cut):
    assert parsed(files.write("A", DAY, lines=count)).cut is cut


def test_a_stamp_still_to_come_is_refused():
    body = files.write("A", DAY)
    with pytest.raises(RefusedPayload, match="still to come"):
        barchart.parse(Raw("barchart", "x.csv", body, datetime(2024, 3, 13, tzinfo=UTC)))


def listed_rows() -> dict[str, int]:
    """Rows of each real file by the list that came with them; nothing where there are no real files."""
    if not mutations.REAL:
        return {}
    with (mutations.REAL[0].parents[2] / "FILES.csv").open() as table:
        return {row["path"].rsplit("/", 1)[1]: int(row["rows"]) for row in csv.DictReader(table) if "barchart" in row["path"]}


@pytest.mark.parametrize("path", mutations.REAL, ids=lambda path: path.name)
def test_a_real_file_gives_all_its_rows_in_the_slot_of_its_name(path):
    payload = parsed(path.read_bytes(), path.name)
    assert payload.rows_in == listed_rows()[path.name]
    assert path.name.startswith(payload.slot)
    assert set(payload.quarantined["reason"]) <= {"ambiguous_contract"}
