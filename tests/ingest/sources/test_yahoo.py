"""Yahoo's option chains: bodies put together, sessions, and what Yahoo shows where it does not know."""

import json
import random
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, yahoo
from tests.ingest.sources.samples.market import market
from tests.ingest.sources.samples.yahoo import body

DAY = date(2025, 9, 19)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def bodies(symbol="AAPL", moment=3, **given):
    """A body for each expiration, all of whose contracts are quoted."""
    seen = market(random.Random(4), strikes=7, symbol=symbol, session=DAY, moment=moment, **given)
    made = [body(seen, day, random.Random(5)) for day in seen.by_expiration()]
    for each in contracts(made):
        each.setdefault("volume", 1)
    return made


def contracts(made):
    return [
        each for one in made for option in one["optionChain"]["result"][0]["options"] for each in option["calls"] + option["puts"]
    ]


def parsed(told):
    return yahoo.parse(Raw("", "chain.json", json.dumps(told).encode(), LATER))


def refused(told) -> str:
    with pytest.raises(RefusedPayload) as refusal:
        parsed(told)
    return refusal.value.reason


def changed(**changes):
    """A chain whose second call has these fields."""
    made = bodies()
    made[1]["optionChain"]["result"][0]["options"][0]["calls"][1] |= changes
    return parsed(made)


def row_of(**changes):
    """The only row that differs from the usual chain."""
    usual, other = parsed(bodies()).rows, changed(**changes).rows
    (row,) = other.join(usual, on=other.columns, how="anti", nulls_equal=True).to_dicts()
    return row


def test_bodies_of_one_name_are_one_chain():
    payload = parsed(bodies())
    assert (payload.rows_in, len(payload.rows), payload.coverage, payload.warnings) == (42, 42, "full", ())
    assert payload.rows["expiration"].n_unique() == 3


def test_one_body_of_several_is_no_whole_chain():
    payload = parsed(bodies()[0])
    assert (payload.rows_in, payload.coverage) == (14, "top_list")
    assert payload.warnings == ("It shows 1 of 3 listed expirations.",)


def test_the_same_body_twice_is_counted_once():
    made = bodies()
    payload = parsed([*made, made[0]])
    assert (payload.rows_in, len(payload.rows), payload.duplicates) == (56, 42, 14)


@pytest.mark.parametrize(
    ("times", "known_at", "session"),
    [
        ({"regularMarketTime": 1758306600}, "2025-09-19T18:30", DAY),
        ({"regularMarketTime": 1758312001, "postMarketTime": 1758324600}, "2025-09-19T23:30", DAY),
        ({"regularMarketTime": 1758312001, "preMarketTime": 1758530400}, "2025-09-22T08:40", DAY),
        ({"regularMarketTime": 1758312001, "preMarketTime": 1758540600}, "2025-09-22T11:30", date(2025, 9, 22)),
    ],
)
def test_the_latest_price_of_the_underlying_is_the_stamp(times, known_at, session):
    made = bodies(moment=0)
    for each in made:
        each["optionChain"]["result"][0]["quote"] |= times
    payload = parsed(made)
    assert (payload.known_at, payload.quote_session) == (datetime.fromisoformat(known_at).replace(tzinfo=UTC), session)


@pytest.mark.parametrize(("symbol", "ours"), [("^SPX", "SPX"), ("BRK-B", "BRK.B"), ("AAPL", "AAPL")])
def test_names_are_ours(symbol, ours):
    words = json.dumps(bodies()).replace('"AAPL"', f'"{symbol}"').replace("AAPL", symbol.strip("^").replace("-", ""))
    assert parsed(json.loads(words)).slot == ours


def test_volume_of_an_earlier_day_is_not_that_of_the_session():
    row = row_of(volume=77, lastTradeDate=int(datetime(2025, 9, 18, 15, tzinfo=UTC).timestamp()))
    assert row["volume"] == 0


@pytest.mark.parametrize(
    "changes", [{"impliedVolatility": 1.0000000000000003e-05}, {"bid": 0, "ask": 0, "impliedVolatility": 0.500005}]
)
def test_a_volatility_that_is_the_start_of_a_search_is_unknown(changes):
    assert row_of(**changes)["iv"] is None


def test_missing_keys_are_unknown():
    made = bodies()
    first = made[1]["optionChain"]["result"][0]["options"][0]["calls"][1]
    del first["openInterest"], first["volume"], first["bid"]
    first["lastTradeDate"] = 0
    row = parsed(made).rows.row(15, named=True)
    assert [row[name] for name in ("open_interest", "volume", "bid", "trade_time")] == [None] * 4


def test_open_interest_that_is_nought_for_all_is_unknown():
    made = bodies()
    for each in contracts(made):
        each["openInterest"] = 0
    payload = parsed(made)
    assert payload.rows["open_interest"].is_null().all()
    assert payload.warnings == ("Open interest is 0 for 42 of 42 contracts: taken as unknown.",)


def test_before_the_open_a_chain_without_open_interest_says_nothing():
    made = bodies(moment=6)
    for each in contracts(made):
        each["openInterest"] = 0
    assert refused(made) == "no_open_interest"


def test_a_mini_contract_is_on_ten_shares():
    assert row_of(contractSize="MINI")["multiplier"] == 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contractSymbol": "AAPL"}, "bad_value:occ_symbol"),
        ({"contractSize": "HUGE"}, "bad_value:contract_size"),
        ({"currency": "CAD"}, "other_currency"),
        ({"strike": 1.0}, "disagrees:strike"),
        ({"expiration": 1_790_000_000}, "disagrees:expiration"),
        ({"openInterest": -3}, "negative:open_interest"),
        ({"openInterest": "3"}, "bad_value:open_interest"),
        ({"lastTradeDate": 1e18}, "bad_value:trade_time"),
        ({"lastTradeDate": 1_758_400_000}, "trade_after_stamp"),
    ],
)
def test_a_contract_that_cannot_be_is_kept_aside_with_its_reason(changes, reason):
    assert changed(**changes).quarantined["reason"].to_list() == [reason]


def test_a_put_among_the_calls_is_kept_aside():
    made = bodies()
    option = made[0]["optionChain"]["result"][0]["options"][0]
    option["calls"].append(option["puts"].pop())
    assert parsed(made).quarantined["reason"].to_list() == ["disagrees:right"]


def test_a_contract_from_before_a_split_is_kept_aside():
    made = bodies()
    put = made[2]["optionChain"]["result"][0]["options"][0]["puts"][0]
    put |= {"strike": 1200.0, "contractSymbol": put["contractSymbol"][:-8] + "01200000", "bid": 228.55, "ask": 231.45,
            "lastTradeDate": int(datetime(2024, 6, 6, 15, tzinfo=UTC).timestamp())}  # fmt: skip
    assert parsed(made).quarantined["reason"].to_list() == ["below_intrinsic"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda made: made.clear(), "no_rows"),
        (lambda made: made.append(bodies("F")[0]), "several_files"),
        (lambda made: made[0]["optionChain"].update(result=[]), "no_rows"),
        (lambda made: made[0]["optionChain"].update(error={"code": "Not Found", "description": "No data"}), "provider_error"),
        (lambda made: made[0].update(optionChain=[]), "schema_drift"),
        (lambda made: made[0]["optionChain"]["result"][0].pop("quote"), "schema_drift"),
        (lambda made: made[0]["optionChain"]["result"][0]["quote"].update(regularMarketTime={"raw": 1}), "schema_drift"),
        (lambda made: made[0]["optionChain"]["result"][0]["quote"].update(regularMarketPrice="1"), "schema_drift"),
        (lambda made: [each.update(currency="CAD") for each in contracts(made)], "other_currency"),
        (lambda made: [each.pop("volume") for each in contracts(made)], "schema_drift"),
    ],
)
def test_bodies_of_another_shape_are_refused(change, reason):
    made = bodies()
    change(made)
    assert refused(made) == reason
