"""Reading a file at once and reading it line by line give the same answer, whatever the bytes."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import RefusedPayload
from ingest.sources import Raw, barchart, recognise
from tests.ingest import barchart_files as files
from tests.ingest import mutations

LATER = datetime(2026, 11, 20, 18, tzinfo=UTC)
DAY = date(2024, 3, 14)
NUMBER_LIKE = st.one_of(
    st.floats().map(repr),
    st.floats(-10, 2e6).map(repr),
    st.decimals(0, 100_000, places=3).map(str),
    st.integers(-(10**10), 10**10).map(lambda value: f'"{value:,}"'),
    st.from_regex(r"[+-]?[0-9]{0,3},?[0-9]{0,4}\.?[0-9]{0,5}[%*eE]?", fullmatch=True),
    st.sampled_from(["N/A", "", "0", "-0", "unch", "NaN", "inf", "00012", "1_000", "１２", "+5", " 5", "5 "]),
)


def answer(body: bytes, by_line: bool):
    raw = Raw("", "stocks-increase.csv", body, LATER)
    try:
        assert recognise(raw) is barchart
        payload = barchart.parse(raw, by_line=by_line)
    except RefusedPayload as refusal:
        return refusal.reason, str(refusal)
    assert payload.rows_in == len(payload.rows) + len(payload.quarantined) + payload.duplicates
    return payload


def assert_agrees(body: bytes) -> None:
    fast, slow = answer(body, by_line=False), answer(body, by_line=True)
    if isinstance(fast, tuple) or isinstance(slow, tuple):
        assert fast == slow
        return
    assert fast.rows.equals(slow.rows)
    assert fast.quarantined.equals(slow.quarantined)
    assert (fast.slot, fast.duplicates, fast.warnings) == (slow.slot, slow.duplicates, slow.warnings)


@pytest.mark.parametrize("seed", range(10))
def test_files_with_faults_read_the_same_both_ways(seed):
    for _, body in mutations.mutants(seed, 60):
        assert_agrees(body)


@given(
    layout=st.sampled_from(files.LAYOUTS),
    column=st.sampled_from(
        ["spot", "strike", "bid", "ask", "mid", "last", "volume", "open_interest", "oi_change", "iv", "delta", "dte"]
    ),
    text=NUMBER_LIKE,
)
@settings(max_examples=400, deadline=None)
def test_any_text_for_a_number_reads_the_same_both_ways(layout, column, text):
    rows = files.rows(DAY, "stocks-increase", 4)
    assert_agrees(files.write(layout, DAY, lines=[*rows, files.row(DAY, **{column: text})]))


@given(cells=st.lists(st.text(alphabet='AB19.,-+"| %*:/ETCPallut\r\té\0', max_size=12), min_size=1, max_size=17))
@settings(max_examples=300, deadline=None)
def test_any_line_reads_the_same_both_ways(cells):
    body = files.write("A", DAY, lines=4)
    header, rest = body.split(b"\n", 1)
    assert_agrees(header + b"\n" + ",".join(cells).encode() + b"\n" + rest)


@given(
    at=st.integers(0, 24 * 60 - 1),
    day=st.sampled_from([date(2024, 3, 11), date(2023, 11, 6), date(2023, 11, 24), date(2024, 7, 3)]),
)
@settings(deadline=None)
def test_every_minute_of_a_day_reads_the_same_both_ways(at, day):
    row = files.row(day, trade_time=f"{at // 60:02d}:{at % 60:02d} ET")
    assert_agrees(files.write("A", day, lines=[*files.rows(day, "stocks-increase", 4), row], footer=files.stamp(day, "11:59pm")))


@pytest.mark.parametrize("path", mutations.REAL[::12], ids=lambda path: path.name)
def test_a_real_file_reads_the_same_both_ways(path):
    assert_agrees(path.read_bytes())
