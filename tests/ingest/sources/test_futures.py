"""Five venues through real ccxt: every unit becomes the coins that are open, and every row is accounted for."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analytics.futures import amounts
from core.errors import ProviderBusy, ProviderDown, ProviderRefused, ProviderUnreachable, RefusedPayload
from core.settings import load
from ingest.providers.client import Client
from ingest.providers.transports import RequestsDoor
from ingest.sources.futures import (
    VENUES,
    Answer,
    Raw,
    fetch,
    fetch_instruments,
    followed,
    make_exchange,
    parse,
    parse_instruments,
    switched_on,
    unpacked,
)
from tests.ingest.futures.mutations import mutated
from tests.ingest.providers.clients import Free, Skipping
from tests.standins.venues import Carried, World, served

EVERY = pytest.mark.parametrize("venue", VENUES.values(), ids=lambda venue: venue.name)
CALLS = {"binance": 8, "bybit": 2, "okx": 4, "deribit": 2, "hyperliquid": 1}
REASONS = {"429": "rate_limited", "500": "unavailable", "403": "refused", "html": "not_json", "cut": "not_json",
           "drift": "changed_format", "refused": "unreachable"}  # fmt: skip


class Asked:
    """One venue of a world, its exchange, and what is followed there."""

    def __init__(self, venue, world, adapter=None):
        self.venue, self.world = venue, world
        self.exchange = make_exchange(venue, adapter or Carried(world))
        self.list = self.listed()
        self.followed = [each.instrument for each in followed(self.list, 1e7)]

    def clock(self):
        return datetime.fromtimestamp(self.world.at, UTC)

    def listed(self):
        return parse_instruments(self.venue, fetch_instruments(self.venue, self.exchange, self.clock))

    def raw(self):
        return fetch(self.venue, self.exchange, self.followed, self.clock, 10.0)

    def look(self):
        return parse(self.venue, self.raw(), self.followed)


@pytest.fixture
def world():
    return World(coins=4)


@EVERY
def test_every_instrument_gives_the_coins_that_are_open(venue, world):
    asked = Asked(venue, world)
    known = {each.symbol: each for each in asked.followed}
    for reading in asked.look().readings:
        instrument, contract = known[reading.symbol], world.contracts[venue.name, reading.symbol]
        found = amounts(reading.native, reading.price, reading.sides, instrument)
        units = 1000.0 if reading.symbol.startswith(("1000", "k")) else 1.0  # a coin of its own, as the venue calls it
        assert float(found.base) * units == pytest.approx(world.open_coins(contract), rel=1e-9)
        assert float(found.usd) == pytest.approx(world.dollars(contract), rel=1.1e-3)  # a mark may be off the index


@EVERY
def test_the_list_says_what_an_instrument_is(venue, world):
    for instrument in Asked(venue, world).followed:
        contract = world.contracts[venue.name, instrument.symbol]
        assert (instrument.inverse, instrument.expiry is not None) == (contract.inverse, contract.dated)
        assert instrument.base == contract.listed_as
        assert instrument.usd_quoted


@EVERY
def test_what_is_hardly_traded_is_not_followed(venue, world):
    asked = Asked(venue, world)
    assert {each.instrument.symbol for each in asked.list} - {each.symbol for each in asked.followed} == {
        each.symbol for each in world.listed(venue.name) if each.coin.startswith("QQ")
    }


def test_an_instrument_near_the_least_volume_does_not_come_and_go(world):
    listed = Asked(VENUES["okx"], world).list  # 200 million dollars each
    assert followed(listed, 3e8) == []
    assert [each.instrument.symbol for each in followed(listed, 3e8, ["BTC-USDT-SWAP"])] == ["BTC-USDT-SWAP"]


@EVERY
def test_bytes_that_were_kept_are_read_again_without_a_network(venue, world):
    asked = Asked(venue, world)
    raw, kept = asked.raw(), fetch_instruments(venue, asked.exchange, asked.clock)
    world.failing[venue.name] = "refused"
    assert parse(venue, unpacked(raw.packed()), asked.followed) == parse(venue, raw, asked.followed)
    assert parse_instruments(venue, unpacked(kept.packed())) == asked.list


@EVERY
def test_many_instruments_take_as_few_calls_as_the_venue_allows(venue, world):
    asked = Asked(venue, world)
    world.asked.clear()
    asked.look()
    assert len(world.asked) == CALLS[venue.name]


@EVERY
@pytest.mark.parametrize("how", REASONS)
def test_a_venue_that_fails_says_why_and_gives_nothing(venue, world, how):
    asked = Asked(venue, world)
    world.failing[venue.name] = how
    found = asked.look()
    assert (found.readings, found.trouble.reason) == ((), REASONS[how])
    assert found.rows_in == len(found.refused) + found.untracked


@EVERY
@pytest.mark.parametrize("how", [how for how in REASONS if how != "drift"])
def test_a_list_that_cannot_be_read_is_refused(venue, world, how):
    asked = Asked(venue, world)
    world.failing[venue.name] = how
    with pytest.raises(RefusedPayload) as refused:
        asked.listed()
    assert refused.value.reason in {REASONS[how], "no_instruments", "changed_format"}


@EVERY
def test_over_real_sockets_a_venue_gives_the_same(venue, world):
    with served(world) as base:
        asking = Client(venue.policy, Free(), Skipping().pace)
        asked = Asked(venue, world, RequestsDoor(asking, f"{base}/{venue.name}", keeping=False))
        assert asked.look() == Asked(venue, world).look()
        asking.close()


@EVERY
def test_a_row_that_is_missing_or_doubled_is_accounted_for(venue, world):
    asked = Asked(venue, world)
    raw = asked.raw()
    found = parse(venue, Raw(raw.venue, raw.what, raw.answers * 2), asked.followed)
    assert (len(found.readings), found.duplicates) == (len(asked.followed), len(asked.followed))
    world.silent.add(asked.followed[0].symbol)
    assert {each.symbol for each in asked.look().readings} == {each.symbol for each in asked.followed[1:]}


def told(answer, **fields):
    """The answer with other fields in the first ticker."""
    body = json.loads(answer.body)
    body["result"]["list"][0].update(fields)
    return Answer(answer.url, answer.sent, answer.status, json.dumps(body).encode(), answer.seen_at)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"singleOpenInterest": "-1"}, "negative"), ({"singleOpenInterest": "NaN"}, "no_open_interest"),
        ({"singleOpenInterest": True}, "no_open_interest"), ({"markPrice": ""}, "no_price"), ({"markPrice": "0"}, "no_price"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_is_refused_with_its_text(world, fields, reason):
    asked = Asked(VENUES["bybit"], world)
    raw = asked.raw()
    found = parse(asked.venue, Raw("bybit", "open_interest", (told(raw.answers[0], **fields), *raw.answers[1:])), asked.followed)
    ((symbol, said, text),) = [(each.symbol, each.reason, each.text) for each in found.refused]
    assert (symbol, said, json.loads(text)["symbol"]) == ("BTCUSDT", reason, "BTCUSDT")
    assert found.rows_in == len(found.readings) + 1 + found.untracked


def test_two_rows_that_disagree_are_both_refused(world):
    asked = Asked(VENUES["bybit"], world)
    raw = asked.raw()
    twice = Raw("bybit", "open_interest", (*raw.answers, told(raw.answers[0], singleOpenInterest="1")))
    found = parse(asked.venue, twice, asked.followed)
    assert [(each.symbol, each.reason) for each in found.refused] == [("BTCUSDT", "conflicting_rows")] * 2


def test_one_side_is_taken_where_bybit_shows_it_and_half_of_both_where_not(world):
    sides = {reading.symbol: reading.sides for reading in Asked(VENUES["bybit"], world).look().readings}
    assert (sides["BTCUSDT"], sides["BTCUSD"]) == (1, 2)


def test_a_contract_of_okx_that_changed_its_size_since_the_list_is_refused(world):
    asked = Asked(VENUES["okx"], world)
    world.sizes["BTC-USDT-SWAP"] = 10.0
    assert [(each.symbol, each.reason) for each in asked.look().refused] == [("BTC-USDT-SWAP", "disagrees")]


def test_a_perpetual_of_okx_with_a_day_of_delisting_stays_a_perpetual(world):
    asked = Asked(VENUES["okx"], world)
    raw = fetch_instruments(asked.venue, asked.exchange, asked.clock)
    dated = [replace(each, body=each.body.replace(b'"expTime": ""', b'"expTime": "1798185600000"')) for each in raw.answers]
    assert parse_instruments(asked.venue, replace(raw, answers=tuple(dated))) == asked.list


def test_dollars_of_deribit_become_coins_at_the_index(world):
    kinds = {reading.symbol: reading.price_kind for reading in Asked(VENUES["deribit"], world).look().readings}
    assert (kinds["BTC-PERPETUAL"], kinds["BTC_USDC-PERPETUAL"]) == ("index", "mark")


def test_figures_of_hyperliquid_never_slide_to_another_name(world):
    asked = Asked(VENUES["hyperliquid"], world)
    (answer,) = asked.raw().answers
    meta, figures = json.loads(answer.body)
    meta["universe"][0], figures[2] = None, None
    torn = Answer(answer.url, answer.sent, 200, json.dumps([meta, figures]).encode(), answer.seen_at)
    found = parse(asked.venue, Raw("hyperliquid", "open_interest", (torn,)), asked.followed)
    before = {reading.symbol: reading.native for reading in asked.look().readings}
    assert {reading.symbol: reading.native for reading in found.readings} == {name: before[name] for name in ("ETH", "AA000")}


@EVERY
def test_both_clocks_are_kept(venue, world):
    asked = Asked(venue, world)
    reading = asked.look().readings[0]
    assert reading.seen_at == asked.clock()
    expected = None if venue.name == "hyperliquid" else datetime.fromtimestamp(world.at - 0.4, UTC)
    assert reading.venue_ts == expected


def test_an_instrument_that_binance_does_not_know_any_more_costs_that_one_alone(world):
    asked = Asked(VENUES["binance"], world)
    world.gone.add("ETHUSDT")
    found = asked.look()
    assert len(found.readings) == len(asked.followed) - 1
    assert found.trouble is None


def test_a_look_that_takes_too_long_ends(world):
    asked = Asked(VENUES["binance"], world)
    assert fetch(asked.venue, asked.exchange, asked.followed, asked.clock, -1.0).trouble.reason == "too_slow"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderBusy("okx", "no permit"), "rate_limited"), (ProviderDown("okx", "it failed"), "left_alone"),
        (ProviderRefused("okx", "HTTP 404", 404), "refused"), (ProviderUnreachable("okx", "HTTP 502", 502), "unavailable"),
        (ProviderUnreachable("okx", "silence"), "unreachable"),
    ],
)  # fmt: skip
def test_what_our_own_client_says_is_a_reason_too(world, error, reason):
    asked = Asked(VENUES["okx"], world)

    class Failing(Carried):
        def send(self, *_, **__):
            raise error

    exchange = make_exchange(asked.venue, Failing(world))
    assert fetch(asked.venue, exchange, asked.followed, asked.clock, 10.0).trouble.reason == reason


def test_venues_are_switched_on_by_name():
    assert [venue.name for venue in switched_on(load(sources="yahoo, okx,bybit"))] == ["bybit", "okx"]


@EVERY
def test_mutated_answers_crash_nothing_and_every_row_is_accounted_for(venue, world):
    asked = Asked(venue, world)
    raw, rng = asked.raw(), random.Random(venue.name)
    for _ in range(200):
        found = parse(venue, mutated(raw, rng), asked.followed)
        assert found.rows_in == len(found.readings) + len(found.refused) + found.duplicates + found.untracked
        assert all(reading.native >= 0 and reading.price > 0 for reading in found.readings)


def reason_of(venue, raw):
    """Why a list is refused; empty where it is read."""
    try:
        listed = parse_instruments(venue, raw)
    except RefusedPayload as refused:
        return refused.reason
    return "" if all(each.instrument.contract_size > 0 for each in listed) else "no size"


@EVERY
def test_mutated_lists_are_read_or_refused(venue, world):
    asked = Asked(venue, world)
    raw, rng = fetch_instruments(venue, asked.exchange, asked.clock), random.Random(venue.name)
    assert {reason_of(venue, mutated(raw, rng)) for _ in range(200)} <= {"", "no_instruments"}
