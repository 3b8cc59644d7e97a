"""Tables to take away: every filtered row, where it comes from, and nothing that a spreadsheet would run."""

import csv
import io
import random
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pyarrow.parquet as pq
import pytest

from core import vocabulary
from core.access import Tier
from core.errors import NotAllowed
from tests.usecases import market
from usecases.contract_table import view_table
from usecases.display import view_display
from usecases.exports import Exported, asked, export, export_display, export_trend, head, safe, written
from usecases.filters import NEW_POSITIONS, Filters
from usecases.flow_trend import view_trend

STARTS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "\x00")
BODIES = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://x")',
    "SUM(A1:A9)",
    "-2+3",
    "5",
    "",
    "1,000",
    "2.5e9",
    "\u00a0=1",
    " ",
    "x",
)
FEATURES = ("home", "changes", "new_positions", "table")
WIDE = Filters(dte=(0, 1200), min_change=100)


def payloads(count=240):
    chance = random.Random(7)
    return [chance.choice(STARTS) + chance.choice(BODIES) + chance.choice(BODIES) for _ in range(count)]


def read_csv(body):
    """Head lines and rows of an export."""
    lines = body.decode().split("\r\n")
    return [line for line in lines if line.startswith("# ")], pd.read_csv(io.BytesIO(body), comment="#")


@pytest.fixture
def reader(small_market):
    return market.reader(small_market)


@pytest.mark.parametrize("payload", payloads())
def test_no_text_cell_can_start_a_formula(payload):
    rows = pd.DataFrame({"symbol": [payload], "reasons": [[payload, "wide"]], "oi_change": [-5]})
    _, cells = csv.reader(io.StringIO(written(Exported(rows, {}), "csv").decode(), newline=""))
    assert cells[0] == f"'{payload}"
    assert cells[1] == f"'{payload};wide"
    assert cells[2] == "-5"


@pytest.mark.parametrize("text", ["SPY", "BRK.B", "top_list", "'quoted", "", "12"])
def test_plain_text_stays_as_it_is(text):
    assert safe(text) == text


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_table_is_exported_in_both_forms(reader, feature, form):
    assert len(export(reader, feature, Filters(), form)) > 500


def test_csv_holds_every_filtered_row_with_signed_numbers(reader):
    shown = view_table(reader, WIDE).contracts
    _, rows = read_csv(export(reader, "table", WIDE, "csv"))
    assert rows["oi_change"].tolist() == shown["oi_change"].tolist() == [3000, 1900, 800, 600, 400, -200]
    assert rows["delta_notional"].min() == -1_386_000.0
    assert rows["expiration"].tolist() == [day.isoformat() for day in shown["expiration"]]
    assert rows["opened_min"].isna().sum() == shown["opened_min"].isna().sum()


def test_parquet_gives_back_the_same_rows_and_types(reader):
    shown = view_table(reader, WIDE).contracts
    table = pq.read_table(io.BytesIO(export(reader, "table", WIDE, "parquet")))
    assert table.column_names == list(vocabulary.CONTRACT)
    for name in ("oi_change", "premium", "expiration", "reasons", "opened_min", "first_listed"):
        assert table[name].to_pylist() == [None if value is pd.NA else value for value in shown[name].tolist()]


def test_the_head_says_moment_source_sessions_and_filters(reader):
    moment = datetime(2023, 10, 5, 19, 50, tzinfo=UTC)
    filters = Filters(ticker="AAA", as_of=moment)
    lines, rows = read_csv(export(reader, "table", filters, "csv"))
    assert "# Source: Barchart" in lines
    assert "# OI counted at the close of: 2023-10-04" in lines
    assert "# Quotes and volume of: 2023-10-05" in lines
    assert "# As of: 2023-10-05T19:50:00+00:00" in lines
    assert f"# Filters: {filters.address('table')}" in lines
    assert f"# Rows: {len(rows)}" in lines
    metadata = pq.read_schema(io.BytesIO(export(reader, "table", filters, "parquet"))).metadata
    assert metadata[b"oiflow.Filters"].decode() == filters.address("table")


def test_an_export_starts_with_the_filters_of_its_page(reader):
    assert asked("new_positions", {"ticker": "AAA"}) == replace(NEW_POSITIONS, ticker="AAA")
    assert asked("table", {"ticker": "AAA"}) == Filters(ticker="AAA")
    lines, rows = read_csv(export(reader, "new_positions", asked("new_positions", {}), "csv"))
    assert "# Filters: /new_positions" in lines
    assert rows["oi_change"].tolist() == [1900, 800]


def test_a_line_of_the_head_is_one_cell_without_formula():
    body = written(Exported(pd.DataFrame({"symbol": ["A"]}), {"Filters": '/table?x=1,=cmd()\r\n=2\t"3"'}), "csv").decode()
    assert body.split("\r\n")[0] == "# Filters: /table?x=1 =cmd() =2 3"


def test_display_is_exported_with_as_many_tickers_as_its_page_shows(reader):
    lines, rows = read_csv(export_display(reader, Filters(), 2, "csv"))
    assert rows["symbol"].unique().tolist() == ["EEE", "BBB"]
    assert "# Filters: /display?count=2" in lines
    drawn = [panel.strikes["strike"].tolist() for panel in view_display(reader, Filters(), 2).panels]
    assert [strikes["strike"].tolist() for _, strikes in rows.groupby("symbol", sort=False)] == drawn


def test_a_flow_trend_is_exported_with_its_gaps(reader):
    view = view_trend(reader, "AAA", market.A_LATE.expiration, 60.0, "C")
    lines, rows = read_csv(export_trend(reader, view, "/flow_trend?ticker=AAA", "csv"))
    assert "# Series: AAA 19 Jan 2024 60 Call" in lines
    assert rows["open_interest"].isna().tolist() == [False, True, False]


def test_a_simulated_market_says_so_in_the_head(databases):
    market.publish(databases, market.Q4, "stocks-increase", market.STOCKS[market.Q4], source="simulated")
    lines, _ = read_csv(export(market.reader(databases), "table", Filters(), "csv"))
    assert "# Simulated market: every figure is made up" in lines


@pytest.mark.parametrize("feature", [*FEATURES, "flow_trend", "nonsense", "../table"])
def test_free_visitors_export_nothing(small_market, feature):
    free = market.reader(small_market, Tier.FREE)
    with pytest.raises(NotAllowed):
        export(free, feature, Filters(), "csv")
    with pytest.raises(NotAllowed):
        export_trend(free, view_trend(free, "AAA"), "/flow_trend", "csv")
    with pytest.raises(NotAllowed):
        export_display(free, Filters(), 2, "csv")


def test_an_empty_database_exports_columns_only(databases):
    lines, rows = read_csv(export(market.reader(databases), "table", Filters(), "csv"))
    assert list(rows.columns) == list(vocabulary.CONTRACT)
    assert "# Rows: 0" in lines


def test_the_head_says_that_the_latest_is_meant():
    assert head(None, "/table", 0, None)["As of"] == "latest"
