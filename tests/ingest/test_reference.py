"""Reference into the store: each fact with the instant it was known, readers of any moment, names on underlyings."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import frozen
from db import free, reference
from ingest.pipeline import import_bodies, import_raws
from ingest.publishing.publish import undo_withdrawal, withdraw
from ingest.sources import rates_file
from tests.ingest.importing import NOW, shown, whole_set
from tests.ingest.sources.samples.reference import OTHER, directory, yields

ACTIONS = """symbol,kind,ex_date,amount,ratio,known_at
ACME,dividend,2026-11-06,0.26,,2026-10-30T16:30-04:00
ACME,dividend,2026-12-11,0.27,,2026-11-18
ACME,split,2026-06-10,,10,
"""
MEMOS = """memo,symbol,root,kind,effective,deliverable,multiplier,known_at
58645,ACME,ACME1,merger,2026-11-16,"33 shares of NEWCO, 412.50 dollars",100,2026-11-12
"""
NAMES = """symbol,name,asset_class,known_at
ACME,Acme Corporation,stock,2026-11-01
FUND,Acme Fund,,2026-11-02
"""
LISTED = directory("ACME|Acme Corp. - Common Stock|Q|N|N|100|N|N", "FUND|Acme Index Fund|Q|N|N|100|Y|N")
ANY = {"source": None, "state": None, "session_date": None, "most": 100}


class Store:
    """A database, what brings files into it, and what a reader of a moment finds there."""

    def __init__(self, databases):
        self.db, self.home = databases.ingest, databases.settings.oiflow_home

    def add(self, text, name="mine.csv", source=None):
        return import_bodies(self.db, self.home, [(name, text.encode())], NOW, source)

    def actions(self, moment="2026-11-20T21:30"):
        return reference.corporate_actions(self.db, ["ACME"], at(moment))

    def amounts(self, moment="2026-11-20T21:30"):
        return [each.amount for each in self.actions(moment) if each.kind != "split"]

    def curve(self, session, moment="2026-11-20T21:30"):
        return reference.rate_curve(self.db, date.fromisoformat(session), at(moment))

    def load(self, slot):
        return next(row["load_id"] for row in self.db.dicts("load_list", **ANY) if row["slot"] == slot)

    def named(self):
        with self.db.transaction() as work, work.connection.cursor() as cursor:
            cursor.execute("SELECT symbol, name, asset_class FROM underlyings ORDER BY symbol")
            return cursor.fetchall()


@pytest.fixture
def store(databases):
    return Store(databases)


def counts(report):
    return report.rows_in, report.published, report.quarantined, report.duplicates


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_fact_has_its_day_and_the_instant_at_which_it_was_known(store):
    assert counts(store.add(ACTIONS)) == (3, 3, 0, 0)
    split, paid, declared = store.actions()
    assert (split.kind, split.ex_date, split.ratio, split.known_at) == ("split", date(2026, 6, 10), 10, at("2026-06-10T13:30"))
    assert (paid.ex_date, paid.amount, paid.known_at) == (date(2026, 11, 6), 0.26, at("2026-10-30T20:30"))
    assert (declared.ex_date, declared.amount, declared.known_at) == (date(2026, 12, 11), 0.27, at("2026-11-19T05:00"))


@pytest.mark.parametrize(("moment", "known"), [("2026-06-01", 0), ("2026-06-11", 1), ("2026-11-01", 2), ("2026-11-19T06:00", 3)])
def test_a_reader_sees_nothing_that_was_declared_later(store, moment, known):
    store.add(ACTIONS)
    assert len(store.actions(moment)) == known


def test_a_file_that_grew_says_again_what_stands(store):
    store.add(ACTIONS)
    assert counts(store.add(ACTIONS + "ACME,special,2026-12-11,1.00,,2026-11-19\n")) == (4, 1, 0, 3)
    assert store.amounts() == [0.26, 0.27, 1.0]


def test_a_line_known_later_corrects_the_one_before_for_later_readers(store):
    store.add(ACTIONS)
    store.add(ACTIONS + "ACME,dividend,2026-12-11,0.29,,2026-11-19\n")
    assert store.amounts() == [0.26, 0.29]
    assert store.amounts("2026-11-19T12:00") == [0.26, 0.27]


def test_a_line_that_says_otherwise_at_the_same_moment_is_refused(store):
    store.add(ACTIONS)
    report = store.add(ACTIONS.replace("0.27", "0.28"))
    assert ([each["reason"] for each in report.refusals], store.amounts()) == (["same_stamp"], [0.26, 0.27])


def test_order_of_import_makes_no_difference(store, databases):
    later = ACTIONS + "ACME,dividend,2026-12-11,0.29,,2026-11-19\n"
    for text in (later, ACTIONS):
        store.add(text)
    assert (store.amounts(), store.amounts("2026-11-19T12:00")) == ([0.26, 0.29], [0.26, 0.27])


def test_a_withdrawn_fact_is_gone_until_it_is_brought_back(store):
    store.add(ACTIONS)
    load = store.load("ACME dividend 2026-12-11")
    withdraw(store.db, store.home, load, "wrong day", NOW)
    assert store.amounts() == [0.26]
    undo_withdrawal(store.db, store.home, load, NOW)
    assert store.amounts() == [0.26, 0.27]


def test_a_memo_is_kept_with_its_words(store):
    assert counts(store.add(MEMOS)) == (1, 1, 0, 0)
    (memo,) = reference.adjustments(store.db, ["ACME"], NOW())
    assert (memo.memo, memo.root, memo.kind, memo.multiplier) == ("58645", "ACME1", "merger", 100)
    assert memo.deliverable == "33 shares of NEWCO, 412.50 dollars"
    assert reference.adjustments(store.db, ["ACME"], at("2026-11-12T12:00")) == []


# ---------------------------------------------------------------- names
def test_names_stand_on_what_options_are_written_on_and_on_nothing_else(store):
    store.add(ACTIONS)
    store.add(LISTED, "nasdaqlisted.txt")
    assert store.named() == [("ACME", "Acme Corp.", "stock")]


def test_a_name_comes_to_an_underlying_that_is_new(store):
    store.add(LISTED, "nasdaqlisted.txt")
    store.add(ACTIONS.replace("ACME", "FUND") + "SPX,dividend,2026-11-06,1,,\nNEW,dividend,2026-11-06,1,,\n")
    assert store.named() == [("FUND", "Acme Index Fund", "etf"), ("NEW", None, None), ("SPX", None, "index")]


def test_names_of_a_file_come_before_those_of_a_list_until_it_is_withdrawn(store):
    store.add(ACTIONS)
    store.add(NAMES)
    store.add(LISTED, "nasdaqlisted.txt")
    assert store.named() == [("ACME", "Acme Corporation", "stock")]
    withdraw(store.db, store.home, store.load("names"), "wrong", NOW)
    assert store.named() == [("ACME", "Acme Corp.", "stock")]


def test_a_name_shows_to_free_visitors_from_the_import_of_its_list_on(store, databases):
    import_bodies(store.db, store.home, whole_set(), NOW)
    (session,), before = free.sessions(databases.app_free, NOW()), free.data_version(databases.app_free)
    symbol = next(iter(free.ticker_names(databases.app_free, session)))
    store.add(NAMES.replace("ACME,", f"{symbol},", 1))
    assert free.ticker_names(databases.app_free, session)[symbol] == "Acme Corporation"
    assert free.data_version(databases.app_free) > before


def test_a_newer_list_takes_the_place_of_the_one_before(store):
    store.add(ACTIONS)
    for made, name in (("1117202617:31", "New Acme Inc. Common Stock"), ("1116202617:31", "Old Acme Inc. Common Stock")):
        store.add(directory(f"ACME|{name}|N|ACME|N|100|N|ACME", header=OTHER, made=made))
    assert store.named() == [("ACME", "New Acme Inc.", "stock")]


# ---------------------------------------------------------------- rates
def test_a_yield_of_a_past_session_is_known_from_its_evening_on(store):
    store.add(yields([date(2026, 11, 16), date(2026, 11, 17)]))
    assert store.curve("2026-11-17").described == date(2026, 11, 17)
    assert store.curve("2026-11-17", "2026-11-17T22:30").described == date(2026, 11, 16)
    assert store.curve("2026-11-16", "2026-11-16T22:30") is None


def test_an_observed_curve_that_is_old_says_nothing_any_more(store):
    store.add(yields([date(2026, 11, 2)]))
    assert [store.curve(day) is not None for day in ("2026-11-12", "2026-11-13")] == [True, False]


def test_where_nothing_was_observed_the_assumption_that_ships_counts(store):
    shipped = rates_file.SHIPPED.read_text()
    store.add(shipped, "rates.toml")
    store.add(yields([date(2026, 11, 2)]))
    assumed, observed = store.curve("2023-09-01"), store.curve("2026-11-03")
    assert (assumed.assumed, assumed.rate, assumed.source) == (True, [0.04, 0.04], "rates_file")
    assert (observed.assumed, observed.source) == (False, "treasury")


def test_months_of_one_file_are_slots_of_their_own(store):
    store.add(yields([date(2026, 10, 30), date(2026, 11, 2)]))
    assert counts(store.add(yields([date(2026, 11, 2), date(2026, 11, 3)]))) == (2, 2, 0, 0)
    assert [store.curve(day).described.day for day in ("2026-10-30", "2026-11-02", "2026-11-03")] == [30, 2, 3]


def test_a_changed_file_of_rates_counts_from_the_moment_it_was_seen(store):
    for hours, rate in ((0, 0.03), (24, 0.05)):
        seen = frozen(at("2026-11-10T12:00") + timedelta(hours=hours))
        text = rates_file.SHIPPED.read_bytes().replace(b"0.04\n", f"{rate}\n".encode())
        import_raws(store.db, store.home, [rates_file.seen(text, seen())], seen, "rates_file")
    rates = [store.curve("2026-11-09", moment).rate[0] for moment in ("2026-11-09", "2026-11-11T11:00", "2026-11-11T13:00")]
    assert rates == [0.03, 0.03, 0.05]


def test_what_is_visible_of_reference_is_in_the_fingerprint(store):
    before = shown(store.db)
    store.add(ACTIONS)
    after = shown(store.db)
    assert len({before, after, shown(store.db, at("2026-11-01"))}) == 3
