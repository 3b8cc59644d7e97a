"""Files read by the mappings that ship: each shape, each date rule, and what is kept aside."""

import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import RefusedPayload
from core.sessions import closes, next_session, settled_at
from ingest.sources import recognise
from ingest.sources.mapped import Opened, read
from tests.ingest.sources import mapped_files as files
from tests.ingest.sources.mapped_files import BEFORE, DAY, SHELF, SPOT, chain, parsed

HOLIDAY = date(2026, 11, 26)
DERIBIT_STAMP = datetime(2026, 11, 19, 4, 24, 7, tzinfo=UTC)


def only(raw, name=None):
    (payload,) = parsed(raw, name)
    return payload


def refusal(raw, name=None):
    with pytest.raises(RefusedPayload) as error:
        SHELF.parse(raw, name)
    return error.value


def reasons(payload):
    return payload.quarantined["reason"].to_list()


def row(payload, **wanted):
    (found,) = payload.rows.filter(**wanted).iter_rows(named=True)
    return found


SHAPES = {
    "yahoo_chain_2025": files.yahoo_2025(chain()),
    "yahoo_chain_2026": files.yahoo_2026(chain()),
    "chain_history_2026": files.history_2026(chain()),
    "occ_open_interest": files.occ_history({"19-11": chain()}),
    "chain_with_greeks_json": files.with_greeks(chain()),
}


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


@pytest.mark.parametrize("source", ["yahoo_chain_2025", "chain_history_2026"])
def test_a_day_names_its_quotes_and_the_open_interest_of_the_session_before(source):
    payload = only(SHAPES[source])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (BEFORE, DAY, closes(DAY))


def test_where_the_session_itself_was_counted_nothing_is_known_before_the_next_morning():
    payload = only(SHAPES["yahoo_chain_2026"])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (DAY, DAY, settled_at(DAY))


def test_a_file_of_open_interest_alone_is_known_at_seven_of_the_session_after():
    payload = only(SHAPES["occ_open_interest"])
    assert (payload.session_date, payload.quote_session, payload.known_at) == (BEFORE, DAY, settled_at(BEFORE))
    assert payload.rows["volume"].null_count() == len(payload.rows)


def test_a_document_that_says_when_it_was_made_is_known_from_then_on():
    payload = only(SHAPES["chain_with_greeks_json"])
    assert payload.known_at == datetime(2026, 11, 20, 3, 46, 58, 300913, tzinfo=UTC)
    assert (payload.session_date, payload.quote_session, payload.volume_final) == (BEFORE, DAY, True)


def test_a_trade_after_the_session_moves_the_stamp_and_hides_the_volume_of_the_session():
    later = closes(DAY) + timedelta(hours=20)
    first, *rest = chain()
    payload = only(files.yahoo_2026([replace(first, traded=later), *rest]))
    found = row(payload, line_number=2)
    assert (found["volume"], found["last"], found["trade_time"], found["open_interest"]) == (None, None, None, 5)
    assert payload.known_at == later
    assert "1 contracts traded after the session" in payload.warnings[0]


def test_a_contract_that_last_traded_before_the_session_has_no_volume_in_it():
    first, *rest = chain()
    payload = only(files.yahoo_2025([replace(first, traded=closes(BEFORE) - timedelta(hours=1)), *rest]))
    assert (row(payload, line_number=2)["volume"], row(payload, line_number=3)["volume"]) == (0, 2)


def test_a_trade_that_cannot_have_been_yet_keeps_its_row_aside():
    first, *rest = chain()
    impossible = closes(next_session(DAY)) + timedelta(days=3)
    assert reasons(only(files.yahoo_2025([replace(first, traded=impossible), *rest]))) == ["trade_after_stamp"]


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


@pytest.mark.parametrize(
    ("folder", "name"), [("", "ABCD.json"), (f"{DAY}/detail", "A B.json"), ("yesterday/detail", "ABCD.json")]
)
def test_what_only_the_path_says_is_asked_for_when_the_path_is_another(folder, name):
    refused = refusal(files.raw(SHAPES["chain_history_2026"].body, name, folder))
    assert (refused.reason, "import the file from its folder" in str(refused)) == ("path_unknown", True)


@pytest.mark.parametrize("make", [files.yahoo_2025, files.history_2026], ids=["table", "json"])
def test_a_holiday_never_becomes_a_session(make):
    assert refusal(make(chain(), HOLIDAY)).reason == "not_a_session"


def test_days_without_a_session_are_kept_aside_from_those_with_one():
    payloads = parsed(files.occ_history({"18-11": chain(), "19-11": chain(), "21-11": chain(strikes=1)}))
    assert [payload.quote_session for payload in payloads] == [BEFORE, DAY]
    assert reasons(payloads[0]) == ["not_a_session"] * 4
    assert sum(payload.rows_in for payload in payloads) == 36 + 36 + 4


def test_a_label_without_a_year_is_the_day_nearest_to_the_document():
    (old, new) = parsed(files.occ_history({"31-12": chain(day=date(2025, 12, 31)), "5-1": chain()}, "2026-01-06T04:00:00Z"))
    assert (old.quote_session, new.quote_session) == (date(2025, 12, 31), date(2026, 1, 5))


def test_a_label_beyond_the_next_session_is_of_the_future():
    payloads = parsed(files.occ_history({"19-11": chain(), "23-11": chain(), "24-12": chain()}))
    assert [payload.quote_session for payload in payloads] == [DAY, date(2026, 11, 23)]
    assert set(reasons(payloads[0])) == {"in_future"}


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


def test_deribit_counts_coins_and_quotes_percent():
    payload = only(files.crypto_daily("deribit"))
    assert (payload.source, payload.market, payload.slot) == ("crypto_options_daily", "DERIBIT", "BTC")
    assert (payload.session_date, payload.quote_session, payload.known_at) == (DAY, DAY, DERIBIT_STAMP)
    found = row(payload, line_number=2)
    assert [found[name] for name in ("open_interest", "volume", "iv", "multiplier", "bid", "ask")] == [
        161.3,
        0.2,
        0.495,
        1,
        None,
        0.038,
    ]
    assert payload.forwards.row(0) == ("BTC", date(2026, 12, 18), 62512.6)


def test_okx_counts_contracts_of_unknown_size_and_shows_fractions():
    payload = only(files.crypto_daily("okx", iv=0.4172))
    found = row(payload, line_number=2)
    assert (payload.source, payload.market) == ("crypto_options_daily_okx", "OKX")
    assert [found[name] for name in ("open_interest", "iv", "multiplier", "delta")] == [2909, 0.4172, None, None]
    assert payload.prices.row(0) == ("BTC", 62512.6)


def test_a_row_of_another_venue_in_the_file_is_kept_aside():
    told = files.crypto_daily("deribit").body.decode().replace(",deribit,", ",okx,", 1)
    assert reasons(only(files.raw(told))) == ["outside_slot"]


def test_each_hour_is_a_look_of_its_own():
    payloads = parsed(
        files.crypto_hourly("2026-11-18T23:00:00.000000", "2026-11-19T00:00:00.000000", "2026-11-19T01:00:00.000000")
    )
    assert [payload.known_at.hour for payload in payloads] == [23, 0, 1]
    assert [payload.quote_session for payload in payloads] == [BEFORE, DAY, DAY]
    assert [payload.rows["open_interest"][0] for payload in payloads] == pytest.approx([167.7, 168.7, 169.7])
    assert {len(payload.rows) for payload in payloads} == {2}


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
