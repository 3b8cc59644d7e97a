"""Cboe's delayed chains: sessions, roots, what is unknown, what is refused."""

import json
import random
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, cboe
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.samples.cboe import of_market
from tests.ingest.sources.samples.market import market

DAY = date(2025, 9, 19)
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def document(symbol="AAPL", **given):
    return of_market(market(random.Random(2), strikes=7, symbol=symbol, session=DAY, moment=3, **given), random.Random(2))[1]


def parsed(told, folder="", received_at=LATER):
    return cboe.parse(Raw("", "chain.json", json.dumps(told).encode(), received_at, folder))


def refused(told) -> str:
    with pytest.raises(RefusedPayload) as refusal:
        parsed(told)
    return refusal.value.reason


def changed(**changes):
    """A chain whose first contract has these fields, and what became of it."""
    told = document()
    told["data"]["options"][0] |= changes
    return parsed(told)


@pytest.mark.parametrize(
    ("stamp", "session", "settled", "final"),
    [
        ("2025-09-19 14:31:00", date(2025, 9, 19), date(2025, 9, 18), False),
        ("2025-09-19 20:29:59", date(2025, 9, 19), date(2025, 9, 18), False),
        ("2025-09-19 20:30:00", date(2025, 9, 19), date(2025, 9, 18), True),
        ("2025-09-20 14:00:00", date(2025, 9, 19), date(2025, 9, 18), True),
        ("2025-09-22 09:59:59", date(2025, 9, 19), date(2025, 9, 18), True),
    ],
)
def test_the_stamp_says_the_session(stamp, session, settled, final):
    payload = parsed(document() | {"timestamp": stamp})
    assert (payload.quote_session, payload.session_date, payload.volume_final) == (session, settled, final)
    assert payload.known_at == datetime.fromisoformat(stamp).replace(tzinfo=UTC)


@pytest.mark.parametrize("stamp", ["2025-09-22 11:00:00", "2025-09-22 13:29:00", "2025-09-22 13:44:59"])
def test_from_seven_until_the_delay_is_over_only_open_interest_counts(stamp):
    payload = parsed(document() | {"timestamp": stamp})
    assert (payload.quote_session, payload.session_date, payload.prices) == (date(2025, 9, 22), DAY, None)
    assert payload.rows["bid"].is_null().all()
    assert payload.rows["open_interest"].is_not_null().all()


@pytest.mark.parametrize(
    ("stamp", "reason"),
    [
        ("2025-09-22 10:30:00", "unsettled"), ("2027-01-05 15:00:00", "stamp_in_future"), ("2025-13-41 99:00:00", "bad_stamp"),
        ("19.09.2025 14:31", "schema_drift"), (1758295860, "schema_drift"), (None, "schema_drift"),
        ("1991-01-02 15:00:00", "bad_stamp"),
    ],
)  # fmt: skip
def test_a_stamp_that_says_no_session_is_refused(stamp, reason):
    assert refused(document() | {"timestamp": stamp}) == reason


def test_a_live_look_is_known_at_the_instant_of_the_fetch():
    fetched = datetime(2025, 9, 19, 23, 1, tzinfo=UTC)
    assert parsed(document(), LIVE, fetched).known_at == fetched


def test_all_roots_of_an_index_are_on_the_index():
    payload = parsed(document("SPX", expirations=8))
    assert payload.slot == "SPX"
    assert set(payload.rows["symbol"]) == {"SPX"}
    assert set(payload.rows["root"]) == {"SPX", "SPXW"}


def test_a_root_with_a_digit_is_another_deliverable():
    row = changed(option="AAPL1250919C00230000").rows.row(0, named=True)
    assert (row["symbol"], row["root"], row["deliverable"]) == ("AAPL", "AAPL1", "adjusted")


def test_greeks_that_are_all_nought_beside_no_volatility_are_unknown():
    nought = dict.fromkeys(("iv", "delta", "gamma", "theta", "vega", "rho"), 0.0)
    row = changed(**nought).rows.row(0, named=True)
    assert [row[name] for name in nought] == [None] * 6


def test_greeks_of_a_contract_deep_in_the_money_stay_although_its_volatility_is_unknown():
    row = changed(iv=0.0, delta=1.0, gamma=0.0, theta=0.0, vega=0.0, rho=0.0).rows.row(0, named=True)
    assert (row["iv"], row["delta"], row["gamma"]) == (None, 1.0, 0.0)


def test_a_trade_time_is_that_of_new_york():
    row = changed(last_trade_time="2025-09-19T10:09:31", volume=5.0).rows.row(0, named=True)
    assert row["trade_time"] == datetime(2025, 9, 19, 14, 9, 31, tzinfo=UTC)


def test_a_contract_that_never_traded_has_no_last_price():
    row = changed(last_trade_time=None, last_trade_price=0.0, volume=0.0).rows.row(0, named=True)
    assert (row["last"], row["trade_time"], row["volume"]) == (None, None, 0.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"option": "AAPL25091C00230000"}, "bad_value:occ_symbol"),
        ({"option": "MSFT250919C00230000"}, "disagrees:root"),
        ({"option": "AAPL250918C00230000"}, "expired"),
        ({"open_interest": -1.0}, "negative:open_interest"),
        ({"volume": 1.5}, "not_whole:volume"),
        ({"bid": "1.5"}, "bad_value:bid"),
        ({"ask": True}, "bad_value:ask"),
        ({"iv": 1e20}, "out_of_range:iv"),
        ({"delta": -0.5}, "out_of_range:delta"),
        ({"last_trade_time": "2025-09-19 10:09"}, "bad_value:trade_time"),
        ({"last_trade_time": "2025-09-20T10:09:31"}, "trade_after_stamp"),
    ],
)
def test_a_contract_that_cannot_be_is_kept_aside_with_its_reason(changes, reason):
    payload = changed(**changes)
    assert payload.quarantined["reason"].to_list() == [reason]
    assert '"option": ' in payload.quarantined["raw_text"].item()


def test_a_contract_that_lacks_a_field_is_kept_aside():
    told = document()
    del told["data"]["options"][3]["gamma"]
    assert parsed(told).quarantined.row(0)[::2] == (4, "missing:gamma")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda told: told.pop("data"), "schema_drift"),
        (lambda told: told["data"].update(symbol="ÄPFEL"), "bad_symbol"),
        (lambda told: told["data"].update(options=[]), "no_rows"),
        (lambda told: told["data"].update(options={}), "schema_drift"),
        (lambda told: told["data"].update(current_price="380"), "schema_drift"),
        (lambda told: told["data"].update(current_price=-380), "schema_drift"),
    ],
)
def test_a_document_of_another_shape_is_refused(change, reason):
    told = document()
    change(told)
    assert refused(told) == reason
