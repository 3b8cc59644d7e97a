"""What Massive's snapshots say, and how all pages of them are fetched."""

import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from core.errors import ProviderRefused, ProviderUnreachable, RefusedPayload
from ingest.sources import Raw, massive, recognise
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import SECRETS, asked, later, look
from tests.ingest.sources.samples import massive as made
from tests.standins.brokers import Massive

SEEN = look()
CONTRACTS = [made.option(each, SEEN) for each in SEEN.contracts]
PAGES, LIST = "/v3/snapshot/options/AAPL", "/v3/reference/options/contracts"


def parse(told, at=None, folder=""):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return massive.parse(Raw("", "x.json", body, at or later(SEEN), folder))


def refusal(told, **given):
    with pytest.raises(RefusedPayload) as error:
        parse(told, **given)
    return error.value.reason


def page(*contracts):
    return made.pages(list(contracts or CONTRACTS), 1000)[0]


def row(payload, number=1):
    return next(each for each in payload.rows.iter_rows(named=True) if each["line_number"] == number)


@contextmanager
def subscribed(account=None, key=SECRETS[2]):
    account = account or Massive(CONTRACTS, made.listed(CONTRACTS), symbol="AAPL", key=SECRETS[2])
    with asked(massive, account.table(), later(SEEN), {"massive_api_key": key}) as (fetcher, provider):
        yield fetcher, provider, account


def test_open_interest_is_of_the_session_before_the_quotes():
    payload = parse(page())
    assert (payload.session_date, payload.quote_session) == (date(2026, 11, 17), date(2026, 11, 18))
    assert (payload.slot, payload.coverage, payload.known_at) == ("AAPL", "full", made.quoted(SEEN))


def test_a_volume_of_an_earlier_day_is_unknown():
    idle, busy = (next(each for each in SEEN.contracts if bool(each.volume) is traded) for traded in (False, True))
    payload = parse(page(made.option(idle, SEEN), made.option(busy, SEEN)))
    assert (row(payload, 1)["volume"], row(payload, 2)["volume"]) == (None, busy.volume)


def test_a_trade_stamped_after_the_snapshot_is_unknown_and_told_of():
    trade = {"price": 5.0, "sip_timestamp": made.nanoseconds(SEEN.stamp + timedelta(days=300)), "size": 1}
    payload = parse(page(CONTRACTS[0] | {"last_trade": trade}, *CONTRACTS[1:4]))
    assert (row(payload)["last"], row(payload)["trade_time"]) == (None, None)
    assert payload.warnings == ("1 trades are stamped after the snapshot and count as unknown.",)


def test_a_plan_without_quotes_and_trades_still_gives_open_interest():
    poor = [{key: value for key, value in each.items() if key not in ("last_quote", "last_trade")} for each in CONTRACTS]
    payload = parse(page(*poor))
    assert payload.rows["open_interest"].null_count() == 0
    assert payload.rows["bid"].null_count() == len(payload.rows)
    assert [warning[:24] for warning in payload.warnings] == ["There is no last_quote i", "There is no last_trade i"]


def test_quotes_under_a_new_name_are_drift_and_no_poor_plan():
    renamed = [{"quote" if key == "last_quote" else key: value for key, value in each.items()} for each in CONTRACTS]
    assert refusal(page(*renamed)) == "schema_drift"


def test_a_contract_that_delivers_several_things_is_adjusted_and_of_unknown_size():
    details = CONTRACTS[0]["details"] | {"additional_underlyings": [{"type": "currency", "amount": 2.3, "underlying": "USD"}]}
    odd = row(parse(page(CONTRACTS[0] | {"details": details}, *CONTRACTS[1:4])))
    assert (odd["deliverable"], odd["multiplier"]) == ("adjusted", None)


def test_an_index_is_named_without_its_mark_and_has_a_value_for_a_price():
    seen = look(symbol="SPX")
    contracts = [made.option(each, seen) for each in seen.contracts]
    for each in contracts:
        each["underlying_asset"]["value"] = each["underlying_asset"].pop("price")
    payload = parse(page(*contracts))
    assert (payload.slot, payload.prices["spot"][0]) == ("SPX", seen.spot)


@pytest.mark.parametrize(
    ("place", "key", "value", "reason"),
    [
        ("details", "contract_type", "put", "disagrees:right"),
        ("details", "strike_price", 1.0, "disagrees:strike"),
        ("details", "expiration_date", "2026-12-31", "disagrees:expiration"),
        ("underlying_asset", "ticker", "F", "disagrees:symbol"),
        ("details", "ticker", "O:nonsense", "bad_value:root"),
        ("details", "shares_per_contract", None, "bad_value:multiplier"),
        ("details", "shares_per_contract", 1e12, "out_of_range:multiplier"),
        ("last_quote", "bid", "1", "bad_value:bid"),
        ("day", "volume", -1, "negative:volume"),
    ],
)
def test_a_contract_that_contradicts_itself_is_kept_aside(place, key, value, reason):
    calls = [each for each, one in zip(CONTRACTS, SEEN.contracts, strict=True) if one.right == "C" and one.volume]
    aside = parse(page(calls[0] | {place: calls[0][place] | {key: value}}, *calls[1:])).quarantined
    assert (list(aside["reason"]), json.loads(aside["raw_text"][0])[place][key]) == ([reason], value)


@pytest.mark.parametrize(("place", "value"), [("day", 2.5), ("last_trade", "x"), ("greeks", [])])
def test_a_contract_with_something_else_for_a_part_is_kept_aside(place, value):
    payload = parse(page(made.option(SEEN.contracts[0], SEEN) | {place: value}, *CONTRACTS[1:]))
    assert list(payload.quarantined["reason"]) == [f"bad_value:{place}"]


def test_pages_that_do_not_follow_each_other_are_refused():
    told = json.loads(made.fetched(CONTRACTS, 20))
    assert parse(told).rows_in == len(CONTRACTS)
    without = {"pages": told["pages"][:1] + told["pages"][2:], "asked": told["asked"][:1] + told["asked"][2:]}
    assert refusal(told | without) == refusal(told | {"pages": told["pages"][::-1]}) == "missing_page"
    assert refusal(told["pages"][:-1]) == refusal(told["pages"][0]) == "missing_page"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"status": "NOT_AUTHORIZED", "request_id": "1", "message": "You are not entitled to this data."}, "provider_error"),
        ({"status": "OK", "request_id": "1", "results": []}, "no_rows"),
        ([], "no_rows"),
        (made.listed(CONTRACTS), "reference_only"),
        ({"status": "OK", "request_id": "1", "results": CONTRACTS[0]}, "single_contract"),
        ({"status": "OK", "request_id": "1", "results": CONTRACTS, "next_url": 5}, "schema_drift"),
        (b"[", "not_json"),
    ],
)
def test_what_is_no_chain_is_refused(told, reason):
    assert refusal(told) == reason


@pytest.mark.parametrize(
    "told", [page(), made.pages(CONTRACTS, 9), json.loads(made.fetched(CONTRACTS, 9)), made.listed(CONTRACTS)]
)
def test_its_payloads_are_recognised_by_content(told):
    assert recognise(Raw("", "x", json.dumps(told).encode(), SEEN.stamp)) is massive


def test_a_chain_is_fetched_page_by_page_to_its_end():
    with subscribed() as (fetcher, provider, _):
        raw = fetcher.fetch("AAPL")
        assert provider.paths() == [PAGES] * 3
        assert provider.asked[0].query["limit"] == "250"
    payload = massive.parse(raw)
    assert (payload.rows_in, payload.coverage, payload.known_at, raw.folder) == (len(CONTRACTS), "full", later(SEEN), LIVE)


def test_a_next_page_whose_address_holds_the_key_comes_and_its_key_is_not_kept():
    account = Massive(CONTRACTS, symbol="AAPL", key=SECRETS[2], behind=f"&apiKey={SECRETS[2]}")
    with subscribed(account) as (fetcher, provider, _):
        raw = fetcher.fetch("AAPL")
        assert [set(asked.query) for asked in provider.asked[1:]] == [{"cursor"}] * 2
    assert (massive.parse(raw).rows_in, SECRETS[2].encode() in raw.body) == (len(CONTRACTS), False)


def test_the_nearest_expirations_are_listed_once_a_day_and_asked_for_alone():
    with subscribed() as (fetcher, provider, _):
        payloads = [massive.parse(fetcher.fetch("AAPL", nearest=2)) for _ in range(2)]
        assert provider.paths() == [LIST, PAGES, PAGES, PAGES, PAGES]
    listed = sorted({each.expiration for each in SEEN.contracts})
    assert sorted(payloads[1].rows["expiration"].unique()) == listed[:2]
    assert payloads[1].coverage == "top_list"


@pytest.mark.parametrize(
    ("answer", "error"), [((404, {"status": "NOT_FOUND"}), ProviderRefused), ((500, {}), ProviderUnreachable)]
)
def test_a_page_that_does_not_come_fails_the_whole_fetch(answer, error):
    account = Massive(CONTRACTS, symbol="AAPL", key=SECRETS[2], fails={1: answer})
    with subscribed(account) as (fetcher, _, _account), pytest.raises(error):
        fetcher.fetch("AAPL")


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"status": "OK", "request_id": "1"}', b"[]"])
def test_a_page_that_is_none_is_refused_with_all_others(body):
    account = Massive(CONTRACTS, symbol="AAPL", key=SECRETS[2], fails={1: (200, body)})
    with subscribed(account) as (fetcher, _, _account), pytest.raises(RefusedPayload):
        massive.parse(fetcher.fetch("AAPL"))


def test_pages_that_lead_in_a_circle_end():
    round_about = {"status": "OK", "request_id": "1", "results": [], "next_url": f"{made.HOST}{PAGES}?cursor=1~9999"}
    account = Massive(CONTRACTS, symbol="AAPL", key=SECRETS[2], fails={1: (200, round_about)})
    with subscribed(account) as (fetcher, _, _account), pytest.raises(ProviderRefused, match="leads back"):
        fetcher.fetch("AAPL")


def test_busy_is_asked_again_and_a_wrong_key_is_not_and_neither_shows_the_key():
    account = Massive(CONTRACTS, symbol="AAPL", key=SECRETS[2])
    account.busy.paths[PAGES] = 1
    with capture_logs() as logged, subscribed(account) as (fetcher, provider, _):
        fetcher.fetch("AAPL")
        account.key = "another"
        with pytest.raises(ProviderRefused, match="HTTP 401") as error:
            fetcher.fetch("AAPL")
        assert len(provider.asked) == 5
    assert SECRETS[2] not in f"{logged!r} {error.value!r} {error.value.__cause__!r}"


def test_a_name_without_options_is_refused():
    account = Massive([], {"results": []}, symbol="AAPL", key=SECRETS[2])
    with subscribed(account) as (fetcher, _, _account), pytest.raises(ProviderRefused, match="lists no expiration"):
        fetcher.fetch("AAPL", nearest=4)


def test_before_the_open_only_open_interest_counts():
    payload = parse(page(), at=datetime.fromisoformat("2026-11-19T12:05:00+00:00"), folder=LIVE)
    assert (payload.session_date, payload.quote_session, payload.prices) == (date(2026, 11, 18), date(2026, 11, 19), None)
    assert payload.rows["volume"].null_count() == len(payload.rows)
