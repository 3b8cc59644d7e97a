"""Yahoo's dividends and splits: amounts of then, what is announced, faults; and yfinance itself against a stand-in."""

import json
from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest

from core.errors import ProviderRefused, RefusedPayload
from ingest.sources import Raw, recognise, yahoo_actions
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import asked
from tests.ingest.sources.samples.reference import bodies, calendar, chart, opening

NOW = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
PAID = {date(2012, 8, 9): 0.0946, date(2014, 8, 7): 0.1175, date(2026, 11, 6): 0.26}
SPLITS = {date(2014, 6, 9): (7.0, 1.0), date(2020, 8, 31): (4.0, 1.0)}
NEXT = date(2027, 2, 5)


def parsed(*documents, folder=LIVE):
    (payload,) = yahoo_actions.parse(Raw("", "yahoo-actions.json", bodies(*documents), NOW, folder))
    return payload


def facts(payload):
    return {(row["kind"], row["ex_date"]): row for row in payload.rows.iter_rows(named=True)}


def refused(document):
    with pytest.raises(RefusedPayload) as refusal:
        parsed(document)
    return refusal.value.reason


def changed(**event):
    """A chart whose first dividend has these fields."""
    made = chart("AAPL", PAID, SPLITS)
    made["chart"]["result"][0]["events"]["dividends"][str(opening(date(2012, 8, 9)))] |= event
    return made


def test_amounts_are_those_that_a_share_of_then_was_paid():
    found = facts(parsed(chart("AAPL", PAID, SPLITS)))
    amounts = [found["dividend", day]["amount"] for day in PAID]
    assert amounts == pytest.approx([0.0946 * 28, 0.1175 * 4, 0.26])
    assert [found["dividend", day]["quoted"] for day in PAID] == list(PAID.values())


def test_a_split_counts_the_shares_after_it_for_one_before():
    assert facts(parsed(chart("AAPL", PAID, {date(2025, 3, 3): (1.0, 8.0)})))["split", date(2025, 3, 3)]["ratio"] == 0.125


def test_what_lies_behind_was_known_at_its_open_and_what_is_announced_now():
    found = facts(parsed(chart("AAPL", PAID, SPLITS), calendar(NEXT)))
    assert found["dividend", date(2026, 11, 6)]["known_at"] == datetime(2026, 11, 6, 14, 30, tzinfo=UTC)
    assert (found["dividend", NEXT]["amount"], found["dividend", NEXT]["known_at"]) == (None, NOW)


def test_the_announced_date_of_a_dividend_that_is_shown_is_no_second_one():
    assert parsed(chart("AAPL", PAID), calendar(date(2026, 11, 6))).rows_in == 3


def test_an_announced_date_that_is_none_announces_nothing():
    odd = calendar(NEXT)
    odd["quoteSummary"]["result"][0]["calendarEvents"]["exDividendDate"] = 2**40
    assert parsed(chart("AAPL", PAID), odd).rows_in == len(PAID)


def test_a_name_that_pays_nothing_is_an_empty_list():
    payload = parsed(chart("BRK-B"), calendar(None))
    assert (payload.slot, payload.rows_in, len(payload.rows), payload.known_at) == ("BRK.B", 0, 0, NOW)


@pytest.mark.parametrize(
    ("event", "reason"),
    [({"amount": "0.1"}, "bad_value:amount"), ({"amount": -1.0}, "bad_value:amount"), ({"amount": None}, "bad_value:amount"),
     ({"date": "today"}, "bad_value:date"), ({"date": True}, "bad_value:date"), ({"date": 10**12}, "bad_value:date")],
)  # fmt: skip
def test_an_event_with_a_fault_is_kept_aside_alone(event, reason):
    payload = parsed(changed(**event))
    assert (payload.rows_in, len(payload.rows), payload.quarantined["reason"].to_list()) == (5, 4, [reason])


def test_two_amounts_of_one_day_are_both_kept_aside():
    payload = parsed(changed(date=opening(date(2014, 8, 7))))
    assert (len(payload.rows), payload.quarantined["reason"].to_list()) == (3, ["conflicting_rows"] * 2)


def renamed(before, after):
    return json.loads(json.dumps(chart("AAPL", PAID, SPLITS)).replace(f'"{before}"', f'"{after}"'))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (renamed("events", "happenings"), "schema_drift"),
        (renamed("dividends", "payouts"), "schema_drift"),
        (renamed("meta", "about"), "schema_drift"),
        (renamed("America/New_York", "Europe/London"), "schema_drift"),
        (renamed("USD", "GBp"), "other_currency"),
        ({"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}, "provider_error"),
        ({"chart": {"result": [], "error": None}}, "schema_drift"),
        ({"other": 1}, "schema_drift"),
    ],
)
def test_another_format_is_refused(document, reason):
    assert refused(document) == reason


def test_its_bodies_are_recognised():
    assert recognise(Raw("", "a.json", bodies(chart("AAPL", PAID)), NOW)) is yahoo_actions


# ---------------------------------------------------------------- yfinance itself
class Stand:
    """Yahoo's chart and calendar of one name, for whoever has the cookie and the crumb that counts now."""

    def __init__(self, symbol, document, beside=None):
        self.symbol, self.document, self.beside, self.crumbs, self.expired = symbol, document, beside, 0, False

    def table(self):
        name = quote(self.symbol)
        return {
            "/": (404, b"Will be right back", {"Set-Cookie": "A3=cookie; Path=/"}),
            "/v1/test/getcrumb": self.crumb,
            f"/v8/finance/chart/{name}": lambda asked: self.answer(asked, (200, self.document)),
            f"/v10/finance/quoteSummary/{name}": lambda asked: self.answer(
                asked,
                (200, self.beside) if self.beside else (404, {"quoteSummary": {"result": None, "error": {"code": "Not Found"}}}),
            ),
        }

    def crumb(self, asked):
        self.crumbs, self.expired = self.crumbs + 1, False
        return 200, f"crumb{self.crumbs}".encode()

    def answer(self, asked, answer):
        return (401, {"finance": {"error": {"code": "Unauthorized"}}}) if self.expired else answer


def fetched(stand, symbol, tmp_path):
    with asked(yahoo_actions, stand.table(), NOW, {"oiflow_home": tmp_path}) as (fetcher, provider):
        return fetcher.fetch(symbol), provider


def test_yfinance_brings_the_whole_history_and_what_is_announced(tmp_path):
    raw, provider = fetched(Stand("AAPL", chart("AAPL", PAID, SPLITS), calendar(NEXT)), "AAPL", tmp_path)
    (payload,) = yahoo_actions.parse(raw)
    assert (payload.slot, payload.rows_in, len(payload.rows)) == ("AAPL", 6, 6)
    (last,) = [each for each in provider.asked if each.query.get("interval") == "3mo"]
    assert "div" in last.query["events"]


def test_a_fund_without_a_calendar_has_its_dividends(tmp_path):
    raw, _ = fetched(Stand("SPY", chart("SPY", PAID)), "SPY", tmp_path)
    assert len(yahoo_actions.parse(raw)[0].rows) == 3


def test_a_name_with_a_class_is_asked_as_yahoo_writes_it(tmp_path):
    raw, _ = fetched(Stand("BRK-B", chart("BRK-B")), "BRK.B", tmp_path)
    assert yahoo_actions.parse(raw)[0].slot == "BRK.B"


def test_a_name_that_yahoo_does_not_know_is_an_error(tmp_path):
    with pytest.raises(ProviderRefused):
        fetched(Stand("AAPL", chart("AAPL")), "NONE", tmp_path)


def test_indexes_are_not_asked_for():
    assert yahoo_actions.names(NOW.date(), ("SPY", "SPX", "AAPL")) == ("SPY", "AAPL")
