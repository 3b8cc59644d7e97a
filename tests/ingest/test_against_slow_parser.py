"""Every published value of a Barchart file equals what a second, slow reading of the same bytes says."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from analytics import flow
from core.errors import RefusedPayload
from ingest.sources import Payload, Raw, barchart
from tests.ingest import barchart_files as files
from tests.ingest import slow_barchart, slow_features
from tests.ingest.mutations import mutants

REAL = Path(__file__).parents[3] / "shared" / "data" / "barchart_oi_change"
FACTS = (
    "symbol",
    "root",
    "expiration",
    "right",
    "strike_milli",
    "deliverable",
    "volume",
    "open_interest",
    "oi_change",
    "trade_time",
)
PRICES = ("spot", "bid", "ask", "last", "iv", "delta")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


SESSIONS = (date(2023, 6, 14), date(2023, 11, 24), date(2024, 3, 11), date(2025, 1, 10), date(2026, 11, 20))
SLOTS = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")


@pytest.mark.parametrize("path", sorted(REAL.glob("*/*.csv.gz")), ids=lambda path: path.name)
def test_a_real_file_reads_the_same_both_ways(path):
    assert_same(path.name, path.read_bytes())


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("layout", files.LAYOUTS)
@pytest.mark.parametrize("session", SESSIONS, ids=str)
def test_a_made_up_file_of_every_layout_reads_the_same_both_ways(layout, session, slot):
    assert_same(f"{slot}.csv", files.write(layout, session, slot, 40))


@pytest.mark.parametrize(
    ("at", "day"), [("02:32am", 19), ("08:29am", 19), ("08:30am", 20), ("02:41pm", 20), ("03:00pm", 20), ("11:59pm", 20)]
)
def test_the_footer_decides_the_session_and_whether_volume_is_final(at, day):
    session = date(2026, 11, 20)
    lines = [made | {"trade_time": f"2026-11-{day}"} for made in files.rows(session, "stocks-increase", 10)]
    assert_same("stocks.csv", files.write("F", session, lines=lines, footer=files.stamp(session, at)))


@pytest.mark.parametrize(
    "changes",
    [
        {"strike": "4.00*"},
        {"strike": '"1,000.00"'},
        {"iv": "0.00%"},
        {"iv": "N/A"},
        {"iv": '"1,052.31%"'},
        {"delta": "0"},
        {"bid": 0.0},
        {"bid": 0.0, "ask": 0.0, "last": 0.01},
        {"bid": 2.2, "ask": 2.1},
        {"bid": 2.15, "ask": 2.15},
        {"bid": 1.0, "ask": 2.9},
        {"last": "N/A"},
        {"last": 2.25},
        {"trade_time": "2026-11-20"},
        {"trade_time": "09:30 ET"},
        {"symbol": "BTCC-B.TO"},
        {"right": "Straddle"},
        {"expiration": date(2026, 11, 19)},
        {"oi_change": 4001},
    ],
    ids=str,
)
@pytest.mark.parametrize("layout", ["A", "F"])
def test_a_quirk_reads_the_same_both_ways(layout, changes):
    session = date(2026, 11, 20)
    lines = [*files.rows(session, "stocks-increase", 6), files.row(session, **changes)]
    assert_same("stocks.csv", gzip.compress(files.write(layout, session, lines=lines)))


@pytest.mark.parametrize("changes", [{}, {"open_interest": 4002}, {"volume": 1501}], ids=["equal", "ambiguous", "conflicting"])
def test_rows_with_one_key_are_judged_the_same_both_ways(changes):
    session = date(2026, 11, 20)
    lines = [*files.rows(session, "stocks-increase", 6), files.row(session), files.row(session, **changes)]
    assert_same("stocks.csv", files.write("B", session, lines=lines))


@pytest.mark.parametrize(("name", "body"), list(mutants(seed=29, n=300)), ids=lambda part: part if isinstance(part, str) else "")
def test_what_is_published_of_a_damaged_file_is_what_it_says(name, body):
    """The slow reading knows fewer reasons to keep a line aside; whatever the product publishes it has to read the same."""
    try:
        payload = barchart.parse(Raw("barchart", name, body, LATER))
    except RefusedPayload:
        return
    slow = slow_barchart.read(name, body)
    assert (payload.quote_session, payload.known_at, payload.slot) == (slow.quote_session, slow.known_at, slow.slot)
    assert set(payload.rows["line_number"]) <= set(slow.read), "a line was published that cannot be read"
    assert_same_rows(payload, slow)


def assert_same(file_name: str, body: bytes) -> None:
    """Both readings give one file, the same rows with the same values, and keep the same lines aside."""
    payload = barchart.parse(Raw("barchart", file_name, body, LATER))
    slow = slow_barchart.read(file_name, body)
    for name in ("slot", "session_date", "quote_session", "known_at", "volume_final", "rows_in", "duplicates"):
        assert getattr(payload, name) == getattr(slow, name), name
    assert set(payload.rows["line_number"]) == set(slow.rows), "published lines"
    assert set(payload.quarantined["line_number"]) == set(slow.aside), "lines kept aside"
    assert_same_rows(payload, slow)


def assert_same_rows(payload: Payload, slow: slow_barchart.File) -> None:
    """Facts and features of every published row equal those of the slow reading."""
    rows = [slow.read[line] for line in payload.rows["line_number"]]
    for name in FACTS:
        assert payload.rows[name].to_list() == [getattr(row, name) for row in rows], name
    for name in PRICES:
        assert_close(payload.rows[name].to_numpy(), [getattr(row, name) for row in rows], name)
    computed, expected = product_features(payload), [slow_features.features(row, slow) for row in rows]
    for name, values in computed.items():
        assert_close(values, [row[name] for row in expected], name)


def product_features(payload: Payload) -> dict[str, np.ndarray]:
    """What the product computes, with NaN for unknown in every column."""
    rows = {name: payload.rows[name].to_numpy() for name in payload.rows.columns if name != "trade_time"}
    rows["trade_time"] = payload.rows["trade_time"].dt.replace_time_zone(None).to_numpy()
    found = flow.features(rows, payload.quote_session, payload.known_at)
    known = {name: values.astype(float) for name, values in found.items() if name != "reasons"}
    return {name: np.where(values == flow.UNKNOWN, np.nan, values) for name, values in known.items()}


def assert_close(values: np.ndarray, expected: list, name: str) -> None:
    """Equal to a part in a billion; None and NaN are the same unknown."""
    wanted = np.array([np.nan if value is None else float(value) for value in expected])
    np.testing.assert_allclose(np.asarray(values, float), wanted, rtol=1e-9, atol=1e-12, err_msg=name)
