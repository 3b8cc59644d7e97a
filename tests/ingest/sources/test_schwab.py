"""What Schwab's chains say."""

import json
import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, recognise, schwab
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import later, look
from tests.ingest.sources.samples import schwab as made

SEEN = look()
DICE = random.Random(1)
FRIDAY = date(2026, 11, 20)


def option(place: int = 0, **other):
    return made.option(SEEN.contracts[place], SEEN, DICE, **other)


def chain(*contracts, **other):
    contracts = contracts or tuple(made.option(each, SEEN, DICE) for each in SEEN.contracts)
    return made.chain(SEEN, list(contracts), **other)


def parse(told, at=None, folder=""):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return schwab.parse(Raw("", "x.json", body, at or later(SEEN), folder))


def refusal(told, **given):
    with pytest.raises(RefusedPayload) as error:
        parse(told, **given)
    return error.value.reason


def row(payload, number=1):
    return next(each for each in payload.rows.iter_rows(named=True) if each["line_number"] == number)


def test_open_interest_is_of_the_session_before_the_quotes():
    payload = parse(chain())
    assert (payload.session_date, payload.quote_session) == (date(2026, 11, 17), date(2026, 11, 18))
    assert payload.known_at == made.quoted(SEEN)
    assert (payload.slot, payload.coverage, payload.cut, payload.warnings) == ("AAPL", "full", False, ())


def test_what_was_fetched_is_known_at_the_fetch():
    payload = parse(chain(), at=later(SEEN, 31), folder=LIVE)
    assert payload.known_at == later(SEEN, 31)
    assert payload.volume_final
    assert not parse(chain()).volume_final, "the last quote says nothing of what was reported after it"


def test_before_the_open_only_open_interest_counts():
    morning = datetime.fromisoformat("2026-11-19T12:05:00+00:00")
    payload = parse(chain(), at=morning, folder=LIVE)
    assert (payload.session_date, payload.quote_session) == (date(2026, 11, 18), date(2026, 11, 19))
    assert payload.rows["bid"].null_count() == len(payload.rows)
    assert payload.rows["open_interest"].null_count() == 0
    assert payload.prices is None


def test_minus_999_is_unknown_and_volatility_is_in_percent():
    unknown = dict.fromkeys(("volatility", "delta", "gamma", "theta", "vega", "rho"), -999.0)
    payload = parse(chain(option(0, **unknown), option(1, volatility=1866.028, delta="NaN")))
    assert {name: row(payload)[name] for name in ("iv", "delta", "gamma", "theta", "vega", "rho")} == dict.fromkeys(
        ("iv", "delta", "gamma", "theta", "vega", "rho")
    )
    assert (row(payload, 2)["iv"], row(payload, 2)["delta"]) == (18.66028, None)


def test_a_delta_a_little_beyond_one_is_unknown_and_a_larger_one_a_fault():
    payload = parse(chain(option(0, delta=1.003), option(2, delta=1.2), option(4, delta=0.4)))
    assert (row(payload)["delta"], row(payload, 3)["delta"]) == (None, 0.4)
    assert list(payload.quarantined["reason"]) == ["out_of_range:delta"]


def test_an_adjusted_contract_is_another_one_and_delivers_what_it_says():
    odd = made.adjusted(option(4), "AAPL")
    several = odd | {
        "symbol": odd["symbol"].replace("AAPL1", "AAPL2"),
        "optionDeliverablesList": odd["optionDeliverablesList"] * 2,
    }
    payload = parse(chain(option(4), odd, several, option(6)))
    found = {each["root"]: (each["deliverable"], each["multiplier"]) for each in payload.rows.iter_rows(named=True)}
    assert found == {"AAPL": ("standard", 100.0), "AAPL1": ("adjusted", 150.0), "AAPL2": ("adjusted", None)}


def test_a_nonstandard_contract_without_a_digit_is_adjusted_too():
    payload = parse(chain(option(0, nonStandard=True), option(2), option(4)))
    assert row(payload)["deliverable"] == "adjusted"


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("putCall", "PUT", "disagrees:right"), ("strikePrice", 1.0, "disagrees:strike"), ("symbol", "nonsense", "bad_value:root"),
        ("expirationDate", "2026-12-31T21:00:00.000+00:00", "disagrees:expiration"), ("multiplier", 0, "out_of_range:multiplier"),
        ("openInterest", -1, "negative:open_interest"), ("bid", "1.5", "bad_value:bid"), ("nonStandard", None, "bad_value:odd"),
        ("multiplier", 1e12, "out_of_range:multiplier"),
    ],
)  # fmt: skip
def test_a_contract_that_contradicts_itself_is_kept_aside(field, value, reason):
    calls = [each for each in SEEN.contracts if each.right == "C"]
    contracts = [made.option(each, SEEN, DICE) for each in calls]
    told = chain(*contracts)
    next(iter(next(iter(told["callExpDateMap"].values())).values()))[0][field] = value
    aside = parse(told).quarantined
    assert list(aside["reason"]) == [reason]
    assert json.loads(aside["raw_text"][0])[field] == value


def test_a_chain_in_parts_is_one_chain_and_one_of_some_expirations_no_whole_one():
    half = len(SEEN.contracts) // 2
    parts = [
        made.chain(SEEN, [made.option(each, SEEN, DICE) for each in some])
        for some in (SEEN.contracts[:half], SEEN.contracts[half:])
    ]
    payload = parse({"nearest": None, "chains": parts})
    assert (payload.rows_in, payload.coverage) == (len(SEEN.contracts), "full")
    assert parse({"nearest": 4, "chains": parts}).coverage == "top_list"


def test_a_chain_that_was_cut_short_says_so():
    payload = parse(chain(isChainTruncated=True, numberOfContracts=2660))
    assert payload.cut
    assert payload.warnings == (
        f"It says 2660 contracts and shows {payload.rows_in}.",
        "Schwab says that it cut the chain short.",
    )


def test_an_index_is_named_without_its_mark():
    seen = look(symbol="SPX")
    told = made.chain(seen, [made.option(each, seen, DICE) for each in seen.contracts])
    payload = parse(told)
    assert (told["symbol"], payload.slot, set(payload.rows["root"]) <= {"SPX", "SPXW"}) == ("$SPX", "SPX", True)


def test_the_day_of_the_underlying_comes_with_its_quote():
    beside = {"openPrice": 230.0, "highPrice": 236.0, "lowPrice": 229.0, "totalVolume": 41_000_000, "close": 228.0}
    day = parse(chain(underlying=beside)).prices.row(0, named=True)
    assert day == {"symbol": "AAPL", "open": 230.0, "high": 236.0, "low": 229.0, "volume": 41_000_000, "spot": SEEN.spot}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"errors": [{"id": "1", "status": "400", "title": "Bad Request", "detail": "Check Param Values"}]}, "provider_error"),
        (chain(status="FAILED"), "provider_error"), (chain(callExpDateMap={}, putExpDateMap={}), "no_stamp"),
        ({"nearest": 4, "chains": []}, "no_rows"), (chain(underlyingPrice="231"), "schema_drift"), (b"[1]", "schema_drift"),
        (chain(symbol="AA PL"), "bad_symbol"), (b'{"callExpDateMap"', "not_json"),
        (b'{"symbol":"A","callExpDateMap":{"2026-11-20:2":{"1.0":[],"1.0":[]}},"putExpDateMap":{}}', "schema_drift"),
        ({"nearest": 4, "chains": [chain(), chain(symbol="F")]}, "schema_drift"),
    ],
)  # fmt: skip
def test_what_is_no_chain_is_refused(told, reason):
    assert refusal(told) == reason


def test_a_file_asked_for_on_a_later_session_is_refused_because_its_open_interest_may_be_newer():
    asked_on = [made.option(each, replace(SEEN, session=SEEN.session + timedelta(days=1)), DICE) for each in SEEN.contracts[8:]]
    quoted = [each | {"quoteTimeInLong": made.milliseconds(made.quoted(SEEN))} for each in asked_on]
    assert refusal(chain(*quoted), at=later(SEEN, 2000)) == "stale_payload"


def test_a_stamp_that_is_still_to_come_is_refused():
    assert refusal(chain(), at=SEEN.stamp - timedelta(minutes=12), folder=LIVE) == "stamp_in_future"


@pytest.mark.parametrize("told", [chain(), {"nearest": 4, "chains": [chain()]}, made.history([SEEN.stamp])])
def test_its_payloads_are_recognised_by_content(told):
    assert recognise(Raw("", "x", json.dumps(told).encode(), SEEN.stamp)) is schwab


def test_a_contract_on_another_underlying_is_kept_aside():
    other = option(0)["symbol"].replace("AAPL", "QQQ ")
    assert list(parse(chain(option(0, symbol=other), option(2), option(4))).quarantined["reason"]) == ["disagrees:root"]
