"""JSON records as columns: nothing is guessed, nothing is cut, nothing that cannot be stored gets through."""

import math

import polars as pl
import pytest

from core.errors import RefusedPayload
from ingest.sources.reading.records import day, load_json, number, price_beside, require, require_values, table, text, texts

SPEC = {"bid": ("bid", number), "root": ("name", text), "delta": ("greeks.delta", number), "volume": ("volume", number)}
TYPES = {"bid": pl.Float64(), "root": pl.String(), "delta": pl.Float64(), "volume": pl.Int64()}
SOUND = '{"bid": 1.5, "name": "A", "greeks": {"delta": 0.5}, "volume": 3}'


def read(*written, **given):
    return table(load_json(f"[{','.join(written)}]".encode()), SPEC, TYPES, **given)


def fault_of(written, **given):
    return read(SOUND, written, **given)["fault"].to_list()[1]


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        (SOUND, None),
        ("{}", None),
        ("null", "not_a_record"),
        ("[1]", "not_a_record"),
        ('{"bid": 1, "bid": 2}', "repeated_key"),
        ('{"bid": 1, "greeks": {"delta": 1, "delta": 1}}', "repeated_key"),
        ('{"bid": "1.5"}', "bad_value:bid"),
        ('{"bid": true}', "bad_value:bid"),
        ('{"bid": NaN}', "bad_value:bid"),
        ('{"bid": -Infinity}', "bad_value:bid"),
        ('{"bid": 1e400}', "bad_value:bid"),
        (f'{{"bid": {10**400}}}', "bad_value:bid"),
        ('{"bid": {"raw": 1}}', "bad_value:bid"),
        ('{"name": 5}', "bad_value:root"),
        ('{"name": "\\ud800"}', "bad_value:root"),
        ('{"volume": 1.5}', "bad_value:volume"),
        ('{"greeks": 5}', "bad_value:greeks"),
    ],
)
def test_a_record_that_cannot_be_read_has_a_fault(written, fault):
    assert fault_of(written) == fault


def test_a_required_key_that_is_missing_is_a_fault_and_null_is_none():
    assert fault_of('{"name": "A"}', required=["bid"]) == "missing:bid"
    assert fault_of('{"name": "A", "bid": null}', required=["bid"]) is None


def test_the_quick_way_and_the_slow_one_give_the_same():
    values = [None, 0, -1, 2.5, 10**15, 1e-300, -0.0]
    records = [{"bid": value} for value in values]
    quick = table(records, {"bid": ("bid", number)}, TYPES)
    slow = table(records, {"bid": ("bid", lambda value: number(value))}, TYPES)
    assert quick.equals(slow)
    assert [math.copysign(1, value) for value in quick["bid"].drop_nulls()][-1] == -1


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1,]", b'{"a": "\xc3"}', b"[" * 100_000, b"1" * 5000, '{"a": 1}'.encode("utf-16"), b"{'a': 1}", b"\0{}"],
)
def test_what_is_no_document_is_refused(content):
    with pytest.raises(RefusedPayload) as refused:
        load_json(content)
    assert refused.value.reason == "not_json"


def test_a_page_is_told_from_a_broken_document():
    with pytest.raises(RefusedPayload, match="web page"):
        load_json(b"<html>sign in</html>")


def test_rows_kept_aside_show_their_text_as_it_can_be_stored():
    records = load_json(b'[{"name": "\\ud800", "bid": 1, "bid": 2}, {"name": "\xc3\x84"}]')
    shown = texts(records)([1, 2])
    assert shown == ['{"name": "\\ud800", "bid": 1, "bid": 2}', '{"name": "Ä"}']
    assert all(words.encode() for words in shown)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("2026-11-20", True), ("2026-11-20T10:00:00Z", True), ("2026-11-20 10:00", True), ("20261120", False),
        ("2026-W47-5", False), ("2026-11-20x", False), ("2026-02-30", False),
    ],
)  # fmt: skip
def test_a_day_is_written_in_one_way(written, known):
    try:
        assert str(day(written)) == "2026-11-20"
    except ValueError:
        assert not known
    else:
        assert known


def test_a_key_that_nobody_has_is_drift_and_one_that_nobody_knows_a_warning():
    with pytest.raises(RefusedPayload, match="ask is missing"):
        require([{"bid": 1}], ["bid", "ask"])
    assert require([{"bid": 1, "new": 2}], ["bid"]) == ("New in this format: new.",)


def test_a_rare_key_may_lack_in_few_records_unless_another_stands_for_it():
    assert require([{"bid": 1}] * 5, ["bid"], rare=["volume"]) == ()
    for records in ([{"bid": 1}] * 20, [{"bid": 1, "vol": 2}]):
        with pytest.raises(RefusedPayload, match="volume is missing"):
            require(records, ["bid"], rare=["volume"])


def test_a_column_that_cannot_be_read_anywhere_is_drift():
    frame = read(*['{"bid": "1"}'] * 20)
    with pytest.raises(RefusedPayload, match="bid cannot be read"):
        require_values(frame, ["bid"])
    require_values(frame.head(5), ["bid"])


@pytest.mark.parametrize(("value", "price"), [(380.5, 380.5), (0, None), (None, None)])
def test_a_price_beside_the_records_may_be_unknown(value, price):
    assert price_beside({"spot": value}, "spot") == price


@pytest.mark.parametrize("value", ["380", -1, float("nan"), 1e9, True])
def test_a_price_that_is_none_is_drift(value):
    with pytest.raises(RefusedPayload, match="spot is no price"):
        price_beside({"spot": value}, "spot")
    with pytest.raises(RefusedPayload, match="spot is no price"):
        price_beside({}, "spot")
