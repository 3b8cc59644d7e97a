"""One Barchart file: what its rows, its footer and its layout say, and what is kept aside."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, barchart
from ingest.sources.frames import KEY, ROW_SCHEMA
from tests.ingest import barchart_files as files

DAY = date(2024, 3, 14)
LATER = datetime(2026, 11, 20, tzinfo=UTC)


def parsed(body: bytes, file_name: str = "download.csv"):
    return barchart.parse(Raw("barchart", file_name, body, LATER))


def refused(body: bytes, file_name: str = "download.csv") -> str:
    with pytest.raises(RefusedPayload) as refusal:
        parsed(body, file_name)
    return refusal.value.reason


def with_row(layout: str = "A", slot: str = "stocks-increase", day: date = DAY, **changes):
    """A file of fifteen sound rows and one with these changes, which is the last."""
    rows = files.rows(day, slot, 15)
    changed = files.row(day, slot, strike=1.5, **changes) if "strike" not in changes else files.row(day, slot, **changes)
    return parsed(files.write(layout, day, slot, [*rows, changed]))


def changed_row(**changes):
    payload = with_row(**changes)
    assert payload.quarantined.is_empty()
    return payload.rows.row(-1, named=True)


def reason_of(**changes) -> str:
    return with_row(**changes).quarantined["reason"].item()


@pytest.mark.parametrize("layout", files.LAYOUTS)
@pytest.mark.parametrize("slot", files.SLOTS)
def test_every_layout_gives_the_same_typed_rows(layout, slot):
    payload = parsed(files.write(layout, DAY, slot, 30))
    assert (payload.slot, payload.rows_in, len(payload.rows), len(payload.quarantined)) == (slot, 30, 30, 0)
    assert payload.rows.schema == pl.Schema(ROW_SCHEMA)
    usual = parsed(files.write("A", DAY, slot, 30))
    assert payload.rows.drop("mid", "delta").equals(usual.rows.drop("mid", "delta"))


def test_a_row_says_what_the_vendor_wrote():
    row = changed_row(layout="F", strike="1,000.00", oi_change=1250, iv="1,052.31%", delta=0.42, spot="3231.59")
    assert [row[name] for name in ("symbol", "root", "right", "strike_milli", "deliverable")] == [
        "AAPL",
        "AAPL",
        "C",
        10**6,
        "standard",
    ]
    assert [row[name] for name in ("spot", "bid", "ask", "mid", "last", "delta")] == [3231.59, 2.1, 2.2, None, 2.15, 0.42]
    assert [row[name] for name in ("volume", "open_interest", "oi_change", "line_number")] == [1500, 4000, 1250, 17]
    assert (row["expiration"], row["trade_time"]) == (date(2024, 4, 13), datetime(2024, 3, 14, 18, 5, tzinfo=UTC))
    assert row["iv"] == pytest.approx(10.5231)


@pytest.mark.parametrize(("text", "change"), [("unch", 0), ("+99", 99), ('"-1,301"', -1301), ("-5", -5), ('"-12,345"', -12_345)])
def test_the_sign_comes_from_the_figure(text, change):
    assert changed_row(slot="stocks-decrease", oi_change=text)["oi_change"] == change


@pytest.mark.parametrize("unknown", ["N/A", "0.00%", ""])
def test_an_unknown_iv_is_null_and_the_row_stays(unknown):
    assert changed_row(iv=unknown)["iv"] is None


@pytest.mark.parametrize("unknown", ["N/A", "", "0", "0.00"])
def test_an_unknown_trade_price_is_null_and_the_row_stays(unknown):
    assert changed_row(last=unknown)["last"] is None


def test_a_delta_of_nought_is_unknown():
    assert changed_row(layout="F", delta="0")["delta"] is None


def test_a_zero_bid_stays_zero():
    assert changed_row(bid=0, ask=0.05, mid="0.03", last="0.05")["bid"] == 0


def test_a_price_may_have_thousands_commas():
    assert changed_row(spot='"3,231.59"', strike=3000)["spot"] == 3231.59


def test_a_starred_strike_is_another_deliverable():
    row = changed_row(layout="F", strike="4.00*")
    assert (row["strike_milli"], row["deliverable"]) == (4000, "adjusted")


@pytest.mark.parametrize("layout", ["C", "D"])
def test_a_root_that_differs_from_the_symbol_is_another_deliverable(layout):
    row = changed_row(layout=layout, strike=12, expiration=date(2024, 6, 21), contract_code="AAPL1|20240621|12.00C")
    assert (row["symbol"], row["root"], row["deliverable"]) == ("AAPL", "AAPL1", "adjusted")


@pytest.mark.parametrize("symbol", ["BRK.B", "XIU.TO", "BTCC-B.TO", "T"])
def test_canadian_and_class_symbols_are_symbols(symbol):
    assert changed_row(symbol=symbol)["symbol"] == symbol


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": "aapl"}, "bad_symbol"),
        ({"symbol": "=1+1"}, "bad_symbol"),
        ({"right": "call"}, "bad_right"),
        ({"strike": "0"}, "bad_strike"),
        ({"strike": "4.00**"}, "bad_strike"),
        ({"strike": "1.2345"}, "bad_strike"),
        ({"strike": "99999999"}, "out_of_range:strike"),
        ({"expiration": "2024-02-31"}, "bad_expiration"),
        ({"expiration": "03/28/2024"}, "bad_expiration"),
        ({"expiration": date(2024, 3, 13)}, "expired"),
        ({"expiration": "2099-12-31"}, "out_of_range:expiration"),
        ({"dte": 31}, "disagrees:dte"),
        ({"dte": "soon"}, "bad_number:dte"),
        ({"bid": "NaN"}, "bad_number:bid"),
        ({"ask": "inf"}, "bad_number:ask"),
        ({"last": "1e20"}, "bad_number:last"),
        ({"spot": '"100,5"'}, "bad_number:spot"),
        ({"spot": "100000000"}, "out_of_range:spot"),
        ({"bid": "-1.2"}, "negative:bid"),
        ({"mid": "9.9"}, "disagrees:mid"),
        ({"volume": "N/A"}, "bad_number:volume"),
        ({"volume": "-500"}, "negative:volume"),
        ({"open_interest": ""}, "bad_number:open_interest"),
        ({"open_interest": "99999999999"}, "out_of_range:open_interest"),
        ({"oi_change": '"+9,999"'}, "change_exceeds_open_interest"),
        ({"oi_change": "N/A"}, "bad_number:oi_change"),
        ({"oi_change": "-1250"}, "outside_slot"),
        ({"iv": "0.24"}, "bad_number:iv"),
        ({"iv": "-3.00%"}, "negative:iv"),
        ({"iv": "99999.00%"}, "out_of_range:iv"),
        ({"layout": "F", "delta": "1.5"}, "out_of_range:delta"),
        ({"layout": "F", "delta": "-0.4"}, "out_of_range:delta"),
        ({"trade_time": "25:10 ET"}, "bad_trade_time"),
        ({"trade_time": "14:05 CT"}, "bad_trade_time"),
        ({"trade_time": "15:59 ET"}, "trade_after_footer"),
        ({"trade_time": "2024-03-15"}, "disagrees:trade_time"),
        ({"trade_time": "2024-03-13"}, "disagrees:trade_time"),
        ({"symbol": "A\0"}, "not_text"),
        ({"symbol": '"AB'}, "malformed_row"),
        ({"layout": "C", "contract_code": "AAPL|20240621"}, "bad_contract_code"),
        ({"layout": "C", "contract_code": "AAPL|20240413|1.50P"}, "disagrees:contract_code"),
    ],
)
def test_a_row_that_cannot_be_is_kept_aside_with_its_reason(changes, reason):
    assert reason_of(**changes) == reason


def test_a_row_kept_aside_keeps_its_text_and_line():
    payload = with_row(symbol="A\0PL")
    assert payload.quarantined.row(0)[:1] == (17,)
    assert payload.quarantined["raw_text"].item().startswith("A\\x00PL,100.5,Call,1.5,")


def test_bytes_that_are_no_text_are_kept_aside_and_shown():
    body = files.write("A", DAY).replace(b"Call", b"C\xffll", 1)
    payload = parsed(body)
    assert payload.quarantined["reason"].to_list() == ["not_text"]
    assert "C\\xffll" in payload.quarantined["raw_text"].item()


def test_an_untraded_row_of_an_older_trade_shows_no_trade_price():
    row = changed_row(volume=0, trade_time="2024-03-11")
    assert (row["last"], row["trade_time"], row["volume"]) == (None, None, 0)


def test_equal_rows_count_once():
    rows = files.rows(DAY, "stocks-increase", 5)
    payload = parsed(files.write("A", DAY, lines=[*rows, rows[2], rows[2]]))
    assert (payload.rows_in, len(payload.rows), payload.duplicates) == (7, 5, 2)


def test_one_key_with_two_open_interests_is_ambiguous():
    rows = files.rows(DAY, "stocks-increase", 5)
    payload = parsed(files.write("A", DAY, lines=[*rows, rows[2] | {"open_interest": 99_000}, rows[2]]))
    assert payload.quarantined["reason"].to_list() == ["ambiguous_contract"] * 3
    assert (len(payload.rows), payload.duplicates) == (4, 0)


def test_a_starred_twin_is_no_twin():
    rows = [
        *files.rows(DAY, "stocks-increase", 5),
        files.row(DAY, strike="4.00"),
        files.row(DAY, strike="4.00*", open_interest=9),
    ]
    payload = parsed(files.write("F", DAY, lines=[*rows[:-1], rows[-1] | {"open_interest": 9000}]))
    assert payload.quarantined.is_empty()
    assert payload.rows.select(KEY).is_unique().all()


def test_one_key_with_other_figures_is_a_conflict():
    rows = files.rows(DAY, "stocks-increase", 5)
    payload = parsed(files.write("A", DAY, lines=[*rows, rows[0] | {"volume": 77_000}]))
    assert payload.quarantined["reason"].to_list() == ["conflicting_rows"] * 2


def test_columns_may_come_in_another_order():
    lines = files.write("F", DAY, "stocks-decrease").decode().replace('"Open Int"', "Open Int").replace('"OI Chg"', "OI Chg")
    rows = [line.split(",") for line in lines.replace('"Exp Date"', "Exp Date").splitlines()]
    turned = "\n".join(",".join([row[1], row[0], *row[2:]]) if len(row) == 15 else ",".join(row) for row in rows)
    there, here = parsed(turned.encode()), parsed(lines.encode())
    # Cells with a thousands comma make longer rows, which stay as they are and are kept aside.
    both = here.rows.filter(pl.col("line_number").is_in(there.rows["line_number"].to_list()))
    assert there.rows.equals(both)
    assert not there.rows.is_empty()


def test_an_unknown_column_is_passed_over_and_told():
    body = files.write("A", DAY).replace(b",Time\n", b",Time,Gamma\n").replace(b' ET"\n', b' ET",0.01\n')
    payload = parsed(body)
    assert (len(payload.rows), payload.warnings) == (12, ("Column 'Gamma' is unknown and was passed over.",))


def test_the_market_comes_from_the_symbols_and_not_from_the_name():
    payload = parsed(files.write("A", DAY, "etfs-increase"), "stocks-increase-change-in-open-interest-03-14-2024.csv")
    assert (payload.slot, payload.asset_class) == ("etfs-increase", "etf")
    assert payload.warnings == ("The file's name says stocks, its symbols are etfs; the symbols count.",)


def test_the_name_says_the_market_where_no_symbol_does():
    rows = [row | {"symbol": "QXAB"} for row in files.rows(DAY, "stocks-increase", 1)]
    assert parsed(files.write("A", DAY, lines=rows), "etfs-increase.csv").slot == "etfs-increase"
    assert refused(files.write("A", DAY, lines=rows), "download.csv") == "slot_unknown"


def test_a_ten_megabyte_cell_is_one_row_kept_aside():
    body = files.write("A", DAY).replace(b"Call", b"C" * 10_000_000, 1)
    payload = parsed(body)
    assert payload.quarantined["reason"].to_list() == ["malformed_row"]
    assert len(payload.rows) == 11
