"""What Deribit's two answers on options say together."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import ProviderRefused, RefusedPayload
from ingest.sources import Raw, deribit_options, recognise
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import asked
from tests.ingest.sources.samples import deribit_options as made
from tests.standins.brokers import deribit

AT = datetime(2026, 11, 18, 3, 12, tzinfo=UTC)
BTC = made.coin(random.Random(1), "BTC", "BTC", AT, 11, 4)
SOL = made.coin(random.Random(2), "SOL", "USDC", AT, 11, 4)


def parse(body, at=AT, folder=""):
    return deribit_options.parse(Raw("", "x.json", body, at, folder))


def refusal(body, **given):
    with pytest.raises(RefusedPayload) as error:
        parse(body, **given)
    return error.value.reason


def changed(place, which=0, listed=BTC, **fields):
    """The answers with fields of one instrument (place 0) or row (1) replaced."""
    pairs = [list(pair) for pair in listed]
    pairs[which][place] = pairs[which][place] | fields
    return made.fetched([tuple(pair) for pair in pairs], "BTC")


def row(payload, number=1):
    return next(each for each in payload.rows.iter_rows(named=True) if each["line_number"] == number)


def test_the_session_is_the_utc_day_for_open_interest_and_quotes_alike():
    payload = parse(made.fetched(BTC, "BTC"))
    assert payload.session_date == payload.quote_session == date(2026, 11, 18)
    assert (payload.market, payload.slot, payload.known_at, payload.volume_final) == ("DERIBIT", "BTC", AT, False)


def test_prices_stay_in_coin_and_volatility_in_percent_becomes_a_number():
    instrument, shown = BTC[5]
    found = row(parse(made.fetched(BTC, "BTC")), 6)
    assert (found["bid"], found["ask"], found["mark"]) == (shown["bid_price"], shown["ask_price"], shown["mark_price"])
    assert found["iv"] == pytest.approx(shown["mark_iv"] / 100)
    assert (found["strike_milli"], found["multiplier"]) == (instrument["strike"] * 1000, 1.0)


def test_counts_are_contracts_whatever_coins_one_holds():
    payload = parse(made.fetched(SOL, "SOL_USDC"))
    coins = [shown["open_interest"] for _, shown in SOL]
    assert payload.rows["open_interest"].to_list() == [each / 10 for each in coins]
    assert set(payload.rows["multiplier"]) == {10.0}


def test_the_price_of_each_expiration_comes_along():
    listed = [
        (instrument, shown | {"underlying_price": shown["underlying_price"] * 1.01}) for instrument, shown in BTC[:22]
    ] + BTC[22:]
    forwards = parse(made.fetched(listed, "BTC")).forwards
    assert forwards.columns == ["symbol", "expiration", "forward"]
    assert forwards["forward"].to_list() == pytest.approx([BTC[0][1]["underlying_price"] * part for part in (1.01, 1, 1, 1)])


def test_coins_that_settle_in_dollars_are_underlyings_of_their_own_and_that_asked_for_is_first():
    payloads = parse(made.fetched(made.coin(random.Random(1), "BTC", "USDC", AT) + SOL, "SOL_USDC"))
    assert [payload.slot for payload in payloads] == ["SOL_USDC", "BTC_USDC"]
    assert {symbol for payload in payloads for symbol in payload.rows["root"]} == {"SOL_USDC", "BTC_USDC"}
    assert sum(payload.rows_in for payload in payloads) == 30 + len(SOL)


@pytest.mark.parametrize(
    ("place", "fields", "reason"),
    [
        (0, {"option_type": "put"}, "disagrees:name"),
        (0, {"strike": 1000.0}, "disagrees:name"),
        (0, {"strike": 1e306}, "bad_value:strike_milli"),
        (0, {"expiration_timestamp": 1_800_000_000_000}, "disagrees:name"),
        (0, {"base_currency": "ETH"}, "disagrees:name"),
        (0, {"instrument_name": "BTC-1JAN27-1-C"}, "unknown_instrument"),
        (0, {"contract_size": None}, "bad_value:multiplier"),
        (1, {"open_interest": 0.05}, "not_whole:open_interest"),
        (1, {"mark_iv": "50"}, "bad_value:iv"),
        (1, {"bid_price": -0.1}, "negative:bid"),
    ],
)
def test_an_option_that_contradicts_itself_is_kept_aside(place, fields, reason):
    payload = parse(changed(place, **fields))
    payload = payload if not isinstance(payload, list) else payload[-1]
    assert list(payload.quarantined["reason"]) == [reason]


def test_an_instrument_listed_twice_with_other_terms_is_unknown():
    twice = [*BTC, (BTC[0][0] | {"contract_size": 2.0}, BTC[1][1])]
    assert "unknown_instrument" in list(parse(made.fetched(twice, "BTC")).quarantined["reason"])


@pytest.mark.parametrize(
    "key", ["strike", "option_type", "contract_size", "expiration_timestamp", "base_currency", "settlement_currency"]
)
def test_a_field_of_the_instruments_that_is_lost_or_renamed_holds_the_chain_back(key):
    lost = [({name: value for name, value in instrument.items() if name != key}, shown) for instrument, shown in BTC]
    renamed = [({f"{name}_v2" if name == key else name: value for name, value in each.items()}, shown) for each, shown in BTC]
    assert {refusal(made.fetched(listed, "BTC")) for listed in (lost, renamed)} == {"schema_drift"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"instruments": {"jsonrpc": "2.0", "error": {"message": "too_many_requests"}}, "summary": {}}', "provider_error"),
        (b'{"instruments": {"jsonrpc": "2.0", "result": []}, "summary": {}}', "no_rows"), (b"{", "not_json"),
        (b'{"instruments": {"jsonrpc": "2.0"}, "summary": {}}', "schema_drift"), (b'{"summary": {}}', "schema_drift"),
        (made.fetched([(each, shown | {"creation_timestamp": None}) for each, shown in BTC], "BTC"), "no_stamp"),
    ],
)  # fmt: skip
def test_what_is_no_chain_is_refused(body, reason):
    assert refusal(body) == reason


def test_a_stamp_that_is_not_now_is_refused_where_it_was_just_fetched():
    assert refusal(made.fetched(BTC, "BTC"), at=AT - timedelta(minutes=6), folder=LIVE) == "stamp_in_future"
    assert refusal(made.fetched(BTC, "BTC"), at=AT + timedelta(minutes=6), folder=LIVE) == "stale_payload"
    assert parse(made.fetched(BTC, "BTC"), at=AT + timedelta(days=9)).known_at == AT


def test_a_chain_is_two_calls_and_says_which_coin_was_asked_for():
    table = deribit({"BTC": made.answers(BTC), "USDC": made.answers(SOL)})
    with asked(deribit_options, table, AT + timedelta(seconds=2)) as (fetcher, provider):
        raws = [fetcher.fetch(name, nearest=4) for name in ("BTC", "SOL_USDC")]
        assert [each.query for each in provider.asked[::2]] == [{"currency": name, "kind": "option"} for name in ("BTC", "USDC")]
        assert len(provider.asked) == 4
    assert [deribit_options.parse(raw).slot for raw in raws] == ["BTC", "SOL_USDC"]
    assert (json.loads(raws[1].body)["asked"], recognise(raws[0]), raws[0].folder) == ("SOL_USDC", deribit_options, LIVE)


def test_names_that_are_no_coins_are_not_asked_for():
    with asked(deribit_options, deribit({}), AT) as (fetcher, provider):
        with pytest.raises(ProviderRefused, match="no options on AAPL"):
            fetcher.fetch("AAPL")
        with pytest.raises(ProviderRefused, match="HTTP 400"):
            fetcher.fetch("BTC")
        assert len(provider.asked) == 1
