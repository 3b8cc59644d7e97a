"""Files of reference that somebody keeps: dividends and splits, memos, names, rates.toml; each fault with its reason."""

from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, actions_file, adjustments_file, names_file, rates_file, recognise

LATER = datetime(2026, 11, 20, 3, tzinfo=UTC)
HEADERS = {
    actions_file: "symbol,kind,ex_date,amount,ratio,known_at",
    adjustments_file: "memo,symbol,root,kind,effective,deliverable,multiplier,known_at",
    names_file: "symbol,name,asset_class,known_at",
}
GOOD = {
    actions_file: "ACME,dividend,2026-11-06,0.26,,2026-10-30",
    adjustments_file: "58645,ACME,ACME1,spin-off,2026-11-16,100 ACME and 10 NEWCO,,2026-11-12",
    names_file: "ACME,Acme Corporation,stock,2026-11-01",
}
CURVE = """
[[curve]]
describes = 2026-11-02
known = 2026-11-02T18:00:00-05:00
convention = "simple"
[curve.rates]
30 = 0.04
"""


def parsed(module, *lines, header=None):
    text = "\n".join([header or HEADERS[module], *lines, ""])
    return module.parse(Raw("", "mine.csv", text.encode(), LATER))


def refusal(module, text, name="mine.csv"):
    with pytest.raises(RefusedPayload) as refused:
        module.parse(Raw("", name, text.encode(), LATER))
    return refused.value


def reasons(payloads):
    return [reason for payload in payloads for reason in payload.quarantined["reason"]]


@pytest.mark.parametrize("module", list(HEADERS), ids=lambda module: module.__name__.split(".")[-1])
def test_a_file_is_recognised_by_its_header_and_comes_in_whole(module):
    text = f"{HEADERS[module]}\n{GOOD[module]}\n"
    assert recognise(Raw("", "mine.csv", text.encode(), LATER)) is module
    assert [(each.rows_in, len(each.rows)) for each in parsed(module, GOOD[module])] == [(1, 1)]


@pytest.mark.parametrize(
    ("module", "line", "reason"),
    [
        (actions_file, "ACME,bonus,2026-11-06,0.26,,", "bad_value:kind"),
        (actions_file, "ACME,dividend,06.11.2026,0.26,,", "bad_value:ex_date"),
        (actions_file, "ACME,dividend,2026-11-06,-0.26,,", "bad_value:amount"),
        (actions_file, "ACME,dividend,2026-11-06,nan,,", "bad_value:amount"),
        (actions_file, "ACME,dividend,2026-11-06,0.26,2,", "bad_value:ratio"),
        (actions_file, "ACME,split,2026-11-06,,,", "missing:ratio"),
        (actions_file, "ACME,split,2026-11-06,1,2,", "bad_value:amount"),
        (actions_file, "AC ME,dividend,2026-11-06,0.26,,", "bad_value:symbol"),
        (actions_file, ",dividend,2026-11-06,0.26,,", "missing:symbol"),
        (actions_file, "ACME,dividend,2026-12-06,0.26,,", "missing:known_at"),
        (actions_file, "ACME,dividend,2026-11-06,0.26,,2026-11-01T12:00", "bad_value:known_at"),
        (actions_file, "ACME,dividend,2026-12-06,0.26,,2026-11-25", "known_in_future"),
        (actions_file, "ACME,dividend,2026-11-06,0.26,", "malformed_row"),
        (adjustments_file, "x,ACME,ACME1,merger,2026-11-16,words,,", "bad_value:memo"),
        (adjustments_file, "1,ACME,AC-1,merger,2026-11-16,words,,", "bad_value:root"),
        (adjustments_file, "1,ACME,ACME1,merger,2026-11-16,,,", "missing:deliverable"),
        (adjustments_file, "1,ACME,ACME1,merger,2026-11-16,words,0,", "bad_value:multiplier"),
        (names_file, "ACME,Acme,bond,2026-11-01", "bad_value:asset_class"),
        (names_file, "ACME,Acme,stock,", "missing:known_at"),
    ],
)
def test_a_line_with_a_fault_is_kept_aside_alone(module, line, reason):
    good = GOOD[module].replace("ACME", "GOOD")
    found = parsed(module, good, line)
    assert (sum(each.rows_in for each in found), sum(len(each.rows) for each in found), reasons(found)) == (2, 1, [reason])


def test_a_date_alone_counts_from_its_end_and_a_date_to_come_may_have_no_amount():
    ((payload,)) = parsed(actions_file, "ACME,dividend,2026-12-11,,,2026-11-18")
    row = payload.rows.row(0, named=True)
    assert (row["ex_date"], row["amount"], row["known_at"]) == (date(2026, 12, 11), None, datetime(2026, 11, 19, 5, tzinfo=UTC))


@pytest.mark.parametrize("module", list(HEADERS), ids=lambda module: module.__name__.split(".")[-1])
@pytest.mark.parametrize("change", [lambda text: text.replace("symbol", "ticker", 1), lambda text: f"more,{text}"])
def test_another_header_is_drift(module, change):
    text = change(HEADERS[module])
    assert refusal(module, f"{text}\n{GOOD[module]}\n").reason == "schema_drift"


# ---------------------------------------------------------------- rates.toml
def test_a_curve_has_its_day_its_moment_and_continuous_rates():
    (payload,) = rates_file.parse(Raw("", "rates.toml", CURVE.encode(), LATER))
    row = payload.rows.row(0, named=True)
    assert (row["described"], row["known_at"]) == (date(2026, 11, 2), datetime(2026, 11, 2, 23, tzinfo=UTC))
    assert (row["days"], row["quoted"], row["rate"]) == ([30], [0.04], [pytest.approx(0.0399343, abs=1e-7)])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("30 = 0.04", "30 = 4", "curve 1: rates 4 for 30 days is 400% a year: 4 % is written 0.04"),
        ("30 = 0.04", "0 = 0.04", "'0' is no term: whole days from 1 to 36525"),
        ("30 = 0.04", '30 = "4%"', "the rate of 30 days is no number"),
        ("30 = 0.04", "", "rates"),
        ("describes = 2026-11-02", "", "curve 1: describes is missing"),
        ("describes = 2026-11-02", 'describes = "2.11."', "has to be a date, as 2026-11-18, without quotes"),
        ("T18:00:00-05:00", "T18:00:00", "has to be a date or an instant with its zone"),
        ("known = 2026-11-02", "known = 2026-12-02", "known lies ahead: 2026-12-02 23:00 UTC"),
        ('"simple"', '"weekly"', "convention"),
        ("[curve.rates]", "assumed = 0.0\n[curve.rates]", "assumed"),
        ("[[curve]]", "[[curve]]\nsource = 1", "source is not known here"),
        ("[curve.rates]", "", "rates is missing"),
        ("[[curve]]", "[curve]", "has to hold tables [[curve]]"),
        ("describes =", "describes", "This is no TOML"),
    ],
)
def test_a_fault_of_the_file_is_said_with_its_place(before, after, words):
    refused = refusal(rates_file, CURVE.replace(before, after), "rates.toml")
    assert (refused.reason, words in str(refused)) == ("bad_rates", True), str(refused)


def test_two_curves_of_one_day_are_a_fault():
    assert "two curves describe 2026-11-02" in str(refusal(rates_file, CURVE * 2, "rates.toml"))


def test_every_fault_is_said_at_once():
    text = CURVE.replace("30 = 0.04", "30 = 4") + CURVE.replace('"simple"', '"weekly"')
    words = str(refusal(rates_file, text, "rates.toml"))
    assert ("curve 1: rates" in words, "curve 2: convention" in words) == (True, True)


def test_the_file_that_ships_counts_unless_the_operator_has_one(tmp_path):
    assert rates_file.current(tmp_path) == rates_file.SHIPPED.read_bytes()
    (tmp_path / "rates.toml").write_text(CURVE)
    raw = rates_file.seen(rates_file.current(tmp_path), LATER)
    assert (rates_file.written(raw), rates_file.parse(raw)[0].known_at, recognise(raw)) == (CURVE.encode(), LATER, rates_file)
