"""Files read by the mappings that ship: each shape, its units and words, and what is kept aside or refused."""

import json
import tracemalloc
from dataclasses import replace
from datetime import date

import pytest

from core.errors import RefusedPayload
from ingest.sources import recognise
from ingest.sources.mapped import Opened, read
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import BEFORE, DAY, SHAPES, SHELF, SPOT, chain, only, parsed, reasons, refusal, row


@pytest.mark.parametrize("source", SHAPES)
def test_a_chain_is_recognised_and_every_contract_of_it_read(source):
    payload = only(SHAPES[source])
    assert (payload.source, payload.slot, payload.holds, payload.market) == (source, "ABCD", "chains", "US")
    told = {(one.expiration, one.right, round(one.strike * 1000)): one.open_interest for one in chain()}
    read = payload.rows.select("expiration", "right", "strike_milli", "open_interest").iter_rows()
    assert {(expiration, right, strike): counted for expiration, right, strike, counted in read} == told
    assert (payload.rows_in, len(payload.quarantined), payload.duplicates) == (len(told), 0, 0)


@pytest.mark.parametrize("source", SHAPES)
def test_no_built_in_source_takes_such_a_file_for_its_own(source):
    with pytest.raises(RefusedPayload, match="No source knows"):
        recognise(SHAPES[source])


def test_units_and_words_for_unknown():
    found = row(only(SHAPES["chain_history_2026"]), line_number=1, right="C")
    assert (found["iv"], found["delta"]) == (0.3, 0.4)
    told = SHAPES["chain_history_2026"].body.replace(b'"callDelta": 0.4', b'"callDelta": 0.0').replace(b"30.0", b"0.0")
    found = row(only(files.raw(told, "abcd.json", f"{DAY}/detail")), line_number=1, right="C")
    assert (found["iv"], found["delta"]) == (None, None)


def test_a_ticker_in_small_letters_is_the_same_name_and_its_price_stands_beside():
    payload = only(files.history_2026(chain(), ticker="abcd"))
    assert payload.prices.to_dicts() == [{"symbol": "ABCD", "spot": SPOT}]


def test_a_header_without_a_price_leaves_it_unknown():
    told = SHAPES["chain_history_2026"].body.replace(b'{"underlyingPrice": 100.0}', b"{}")
    assert only(files.raw(told, "abcd.json", f"{DAY}/detail")).prices is None


def squared():
    """Lists of 2,000 dates beside 2,000 keys that nobody knows."""
    told = json.loads(files.occ_display({"18-11": chain()}).body)
    [rows, *_] = (of_day["rows"] for of_day in told["by_expiration"].values())
    rows[0] |= {f"key {number}": 0 for number in range(2000)} | dict.fromkeys(("calls", "puts"), [0] * 2000)
    return files.raw(told | {"pull_dates": ["18-11"] * 2000}, "ABCD.json")


def repeated():
    """A thousand rows below a name of a million characters."""
    told = json.loads(files.occ_display({"18-11": chain()}).body)
    rows = [{"strike": strike, "calls": [1], "puts": [1]} for strike in range(1, 1001)]
    return files.raw(told | {"ticker": "A" * 1_000_000, "by_expiration": {"9" * 1_000_000: {"rows": rows}}}, "ABCD.json")


def test_lists_of_dates_say_what_the_nested_form_says():
    days = {"18-11": chain(strikes=7), "19-11": chain(strikes=9)}
    nested, listed = parsed(files.occ_history(days)), parsed(files.occ_display(days))
    said = ["expiration", "right", "strike_milli", "open_interest"]
    for one, other in zip(nested, listed, strict=True):
        assert (one.slot, one.source, one.known_at, one.about) == (other.slot, other.source, other.known_at, other.about)
        assert one.rows.select(said).sort(said).equals(other.rows.select(said).sort(said))
    assert [len(payload.quarantined) for payload in listed] == [8, 0]
    assert set(reasons(listed[0])) == {"empty_pair"}


def test_a_record_is_not_copied_whole_for_every_date():
    tracemalloc.start()
    assert refusal(squared()).reason == "mostly_unreadable"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_a_name_above_rows_is_not_copied_for_every_row():
    cells = read(SHELF.known["occ_open_interest_display"], Opened(repeated())).cells
    assert (len(cells), cells.estimated_size() < 1_000_000) == (1000, True)
    assert refusal(repeated()).reason == "mostly_unreadable"


def test_expired_contracts_of_a_history_are_kept_aside():
    over = [replace(one, expiration=date(2026, 11, 17)) for one in chain()[:4]]
    assert reasons(only(files.occ_history({"19-11": chain() + over}))) == ["expired"] * 4


def test_a_second_place_of_a_figure_has_to_agree():
    told = files.yahoo_2025(chain()).body.decode().split("\n")
    told[1] = told[1].replace(",call,", ",put,")
    told[2] = told[2].replace(",90.0,", ",91.0,", 1)
    assert reasons(only(files.raw("\n".join(told)))) == ["disagrees:right", "disagrees:strike"]


def test_rows_of_another_name_in_a_file_of_one_are_kept_aside():
    first, *rest = chain()
    assert reasons(only(files.yahoo_2025([replace(first, symbol="WXYZ"), *rest]))) == ["outside_slot"]


@pytest.mark.parametrize(("ours", "other"), [(f",{DAY},", f",{BEFORE},"), ("ABCD", "WXYZ")])
def test_a_file_of_one_name_or_day_with_as_many_rows_of_another_is_of_neither(ours, other):
    header, *rows = files.yahoo_2025(chain()).body.decode().splitlines(keepends=True)
    half = len(rows) // 2
    refused = refusal(files.raw(header + "".join(rows[:half]).replace(ours, other) + "".join(rows[:half])))
    assert refused.reason == "several_files"
    assert all(word.strip(",") in str(refused) for word in (ours, other))


@pytest.mark.parametrize(("told", "reason"), [
    ({"utc": 1, "session": 1, "ran_during_market_hours": True, "versions": {}, "tickers": {}}, "not_stored"),
    ({"updated": "", "date": "", "count": 0, "data": []}, "not_stored"),
    ({"something": "else"}, "not_recognised"),
    ("timestamp,symbol,open,high,low,close,volume,trade_count,vwap\n1,2,3,4,5,6,7,8,9\n", "not_stored"),
    ("[1, 2", "not_json"), ("", "empty_file"), ("<html>", "sign_in_page"), ("date,adj_close\n", "no_rows"),
    ({"header": {}, "contracts": []}, "not_recognised"),
])  # fmt: skip
def test_what_is_no_such_file_is_refused_with_its_reason(told, reason):
    assert refusal(files.raw(told, "ABCD.csv")).reason == reason


def test_a_file_that_lacks_a_column_is_told_what_it_is_nearest_to():
    told = files.yahoo_2025(chain()).body.decode().replace("openInterest", "oi", 1)
    assert "nearest to yahoo_chain_2025, but lacks openInterest" in str(refusal(files.raw(told)))
    assert "lacks openInterest" in str(refusal(files.raw(told), "yahoo_chain_2025"))


def test_a_new_column_is_told_and_does_no_harm():
    told = "\n".join(line + (",x" if line else "") for line in files.yahoo_2025(chain()).body.decode().split("\n"))
    assert only(files.raw(told)).warnings == ("New in this format: x.",)


def test_a_document_that_lost_a_key_is_another_format_whatever_it_is_called():
    raw = files.with_greeks(chain())
    renamed = replace(raw, body=raw.content.replace(b'"underlyingPrice"', b'"underlyingPrize"'))
    assert refusal(renamed, "chain_with_greeks_json").reason == "schema_drift"
