"""What the OCC's series search says, and what becomes of its drifts."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import RefusedPayload
from ingest.sources import Raw, occ, recognise
from ingest.sources.reading.stamps import LIVE
from tests.ingest.sources.asked import asked, look
from tests.ingest.sources.samples import occ as made
from tests.standins.brokers import occ as site

SEEN = look()
MORNING = datetime(2026, 11, 18, 12, 5, tzinfo=UTC)  # 07:05 of New York
DAY = date(2026, 12, 18)
LINES = [made.line("AAPL", DAY, 230_000 + 2_500 * place, call=100 + place, put=200 + place) for place in range(8)]


def parse(body, at=MORNING):
    return occ.parse(Raw("", "x.txt", body, at + timedelta(days=2)))


def told(*lines, at=MORNING, symbol="AAPL", header=made.HEADER):
    return made.text(list(lines or LINES), symbol, at, header)


def refusal(body, **given):
    with pytest.raises(RefusedPayload) as error:
        parse(body, **given)
    return error.value.reason


def open_interest(payload):
    return {(each["right"], each["strike_milli"]): each["open_interest"] for each in payload.rows.iter_rows(named=True)}


def test_a_line_is_a_call_and_a_put():
    payload = parse(told(made.line("AAPL", DAY, 574_700, call=1250, put=53), *LINES))
    assert (open_interest(payload)["C", 574_700], open_interest(payload)["P", 574_700]) == (1250, 53)
    assert payload.rows.select("bid", "ask", "last", "volume", "iv").null_count().row(0) == (18,) * 5


@pytest.mark.parametrize(
    ("at", "counted", "shown"),
    [
        ("2026-11-18T12:05:00+00:00", date(2026, 11, 17), date(2026, 11, 18)),  # 07:05 of New York
        ("2026-11-18T05:10:00+00:00", date(2026, 11, 17), date(2026, 11, 18)),  # ten past midnight
        ("2026-11-18T21:40:00+00:00", date(2026, 11, 17), date(2026, 11, 18)),  # after the close: not yet replaced
        ("2026-11-21T15:00:00+00:00", date(2026, 11, 20), date(2026, 11, 23)),  # Saturday shows Friday's
        ("2026-11-26T15:00:00+00:00", date(2026, 11, 25), date(2026, 11, 27)),  # Thanksgiving shows Wednesday's
        ("2026-07-02T12:05:00+00:00", date(2026, 7, 1), date(2026, 7, 2)),
    ],
)
def test_open_interest_is_of_the_session_before_the_day_of_the_report(at, counted, shown):
    payload = parse(told(at=datetime.fromisoformat(at)), at=datetime.fromisoformat(at))
    assert (payload.session_date, payload.quote_session) == (counted, shown)
    assert payload.known_at == datetime.fromisoformat(at)


@pytest.mark.parametrize("at", ["2026-11-18T23:00:00+00:00", "2026-11-19T01:30:00+00:00", "2026-11-19T04:59:00+00:00"])
def test_in_the_evening_it_may_show_either_of_two_sessions(at):
    assert refusal(told(at=datetime.fromisoformat(at))) == "unsettled"


def test_adjusted_and_flexible_series_are_told_apart():
    flexible = [made.line(root, DAY, 230_000, call=7, put=0) for root in ("1AAPL", "4AAPL")] * 9
    payload = parse(told(*LINES, made.line("AAPL1", DAY, 12_500), *flexible))
    assert set(payload.rows.filter(root="AAPL1")["deliverable"]) == {"adjusted"}
    assert set(payload.quarantined["reason"]) == {"flexible_series"}, "however many they are"
    assert payload.rows_in == 18 + 36


def test_both_roots_of_an_index_are_on_it():
    payload = parse(told(*(made.line(root, DAY, 6_700_000) for root in ("SPX", "SPXW")), symbol="SPX"))
    assert (payload.slot, sorted(payload.rows["root"].unique()), set(payload.rows["symbol"])) == ("SPX", ["SPX", "SPXW"], {"SPX"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (made.line("AAPL", DAY, 250_000, call="x"), "bad_number:open_interest"),
        (made.line("AAPL", DAY, 0), "bad_strike"),
        (made.line("AAPL", DAY, 250_000).replace("2026\t12", "2026\t13"), "bad_expiration"),
        (made.line("AAPL", DAY, 250_000, sides="X "), "bad_right"),
        (made.line("AAPL", DAY, 250_000) + "\t5\t6", "malformed_row"),
        (made.line("AAPL", DAY, 250_000).replace("\t000\t", "\t00\t"), "bad_strike"),
        (made.line("QQQ", DAY, 250_000), "disagrees:root"),
        (made.line("AAPL", DAY, 250_000).replace("\t\t", "\t"), None),
        (made.line("AAPL", date(2026, 11, 13), 250_000), "expired"),
    ],
)
def test_a_line_that_cannot_be_read_is_kept_aside(line, reason):
    payload = parse(told(*LINES, line))
    assert set(payload.quarantined["reason"]) == ({reason} if reason else set())
    assert payload.rows_in == len(payload.rows) + len(payload.quarantined)
    assert set(payload.quarantined["raw_text"]) <= {line}


def test_columns_go_by_their_names():
    moved = (made.HEADER[0], *made.HEADER[4:6], *made.HEADER[1:4], *made.HEADER[6:])
    lines = ["\t".join([*cells[:2], *cells[5:7], *cells[2:5], *cells[7:]]) for cells in (line.split("\t") for line in LINES)]
    assert parse(told(*lines, header=moved)).rows.equals(parse(told()).rows)
    more = parse(told(*(f"{line}\t9" for line in LINES), header=(*made.HEADER, "Brand New")))
    assert more.rows.equals(parse(told()).rows)
    assert more.warnings == ("New in this format: Brand New.",)


@pytest.mark.parametrize("name", [name for name in made.HEADER if name != "Position Limit"])
def test_a_column_that_is_renamed_or_lost_holds_the_text_back(name):
    renamed = tuple(f"{each}_v2" if each == name else each for each in made.HEADER)
    lost = tuple(each for each in made.HEADER if each != name)
    assert {refusal(told(header=renamed)), refusal(told(header=lost))} == {"schema_drift"}


@pytest.mark.parametrize("place", [2, 3, 4, 5, 6, 7, 8])
def test_a_column_of_another_type_or_unit_holds_the_text_back(place):
    lines = [
        "\t".join([*cells[:place], f"~{cells[place]}", *cells[place + 1 :]]) for cells in (line.split("\t") for line in LINES)
    ]
    assert refusal(told(*(line if place != 8 else line.replace("\t200", "\t~200") for line in lines))) == "mostly_unreadable"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (made.site(LINES, "AAPL"), "no_stamp"),
        (told()[:-14], "cut_in_row"),
        (told().replace(b"Series Search", b"Search"), "schema_drift"),
        (told().replace(b"AAPL", b"\xff"), "not_text"),
        (b"Fetched 2026-11-18T12:05:00+00:00\r\nNo records found.\r\n", "schema_drift"),
        (told(at=datetime(2026, 11, 25, 12, tzinfo=UTC)), "stamp_in_future"),
        (b"<html>sign in</html>", "sign_in_page"),
        (told().split(b"AAPL  \t")[0], "no_rows"),
        (told().replace(b"+00:00", b""), "no_stamp"),
        (told(at=datetime(1999, 11, 25, 12, tzinfo=UTC)), "bad_stamp"),
    ],
)
def test_what_is_no_report_is_refused(body, reason):
    assert refusal(body) == reason


def test_a_fetch_writes_its_instant_before_the_text_so_that_two_days_are_never_one_payload():
    raws = []
    for at in (MORNING, MORNING + timedelta(days=1)):
        with asked(occ, site(made.site(LINES, "AAPL")), at) as (fetcher, provider):
            raws.append(fetcher.fetch("AAPL", nearest=4))
            assert provider.asked[0].query == {"symbolType": "U", "symbol": "AAPL"}
    assert raws[0].sha256 != raws[1].sha256
    assert [occ.parse(raw).session_date.day for raw in raws] == [17, 18]
    assert (raws[0].folder, recognise(raws[0])) == (LIVE, occ)


def test_a_class_of_shares_is_asked_for_without_its_point():
    with asked(occ, site(made.site(LINES, "BRKB")), MORNING) as (fetcher, provider):
        fetcher.fetch("BRK.B")
        assert provider.asked[0].query["symbol"] == "BRKB"


def test_samples_are_what_a_slow_reading_says():
    sample = made.make(random.Random(3))
    assert len(occ.parse(Raw("", "x", sample.body, SEEN.stamp + timedelta(days=9))).rows) == len(made.read(sample).rows)
