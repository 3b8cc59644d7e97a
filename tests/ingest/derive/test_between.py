"""Changes of open interest that follow from the chains of two sessions."""

from datetime import date

import pytest

from core.errors import LoadNotFound
from ingest.pipeline import publish_payloads
from ingest.publishing import publish
from ingest.publishing.publish import derive_again
from tests.db.statements import say
from tests.ingest.derive.looks import look
from tests.ingest.importing import NOW, bring, shown, whole_set

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)
CHANGES = """
    SELECT symbol, strike::integer, open_interest, oi_change FROM options_flow WHERE source = 'derived'
     ORDER BY symbol, quote_session, strike
"""


def published(databases, tmp_path, *looks):
    return publish_payloads(databases.ingest, tmp_path, looks, NOW)


def changes(databases):
    return say(databases.app_premium.url, CHANGES)


def known_by(databases, as_of):
    """(open interest, change) of what a reader with this knowledge sees."""
    return say(
        databases.app_premium.url,
        "SELECT f.open_interest, f.oi_change FROM facts.options_flow f "
        f"JOIN visible_loads('{as_of.isoformat()}') l USING (load_id) ORDER BY f.quote_session",
    )


def test_two_sessions_of_chains_give_the_change_of_each_contract(databases, tmp_path):
    report = published(databases, tmp_path, look(MONDAY, {90: (10, 0), 95: (5, 2)}), look(TUESDAY, {90: (25, 30), 95: (1, 9)}))
    assert changes(databases) == [("AAPL", 90, 25, 15), ("AAPL", 95, 1, -4)]
    assert (report.rows_in, report.published) == (4, 4)  # what follows is no row of a payload


def test_the_change_has_the_dates_of_the_later_chain(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, 30)}))
    ((session_date, quote_session, known, volume, mid, premium, sentiment),) = say(
        databases.app_premium.url,
        "SELECT session_date, quote_session, known_at::text, volume, mid::numeric(6, 2), premium::numeric(8, 1), sentiment "
        "FROM options_flow",
    )
    assert (session_date, quote_session, known[:16]) == (MONDAY, TUESDAY, "2026-11-03 22:00")
    assert (volume, float(mid), float(premium), sentiment) == (30, 1.1, 15 * 110.0, "Buyer")


def test_a_session_of_which_the_one_before_is_missing_has_no_changes(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(WEDNESDAY, {90: (25, 30)}))
    assert changes(databases) == []
    published(databases, tmp_path, look(TUESDAY, {90: (12, 0)}))
    assert changes(databases) == [("AAPL", 90, 12, 2), ("AAPL", 90, 25, 13)]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({90: (10, 0)}, {95: (25, 30)}),  # a contract that only one session shows
        ({90: (None, 0)}, {90: (25, 30)}),
        ({90: (10, 0)}, {90: (None, 30)}),
        ({90: (0, 0)}, {90: (0, 0)}),  # neither open, changed nor traded
    ],
)
def test_what_one_session_does_not_say_is_no_change(databases, tmp_path, before, now):
    published(databases, tmp_path, look(MONDAY, before), look(TUESDAY, now))
    assert changes(databases) == []


def test_sums_of_a_ticker_are_over_the_whole_chain_and_changes_over_what_both_say(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, 30), 95: (7, 1)}))
    (sums,) = say(
        databases.app_premium.url,
        "SELECT call_open_interest, call_oi_change, call_volume, contracts FROM oi_daily_summary WHERE source = 'derived'",
    )
    assert sums == (32, 15, 31, 2)


def test_an_expired_contract_is_no_fall(databases, tmp_path):
    before = look(MONDAY, {90: (10, 0)}, expiration=MONDAY)
    published(databases, tmp_path, before, look(TUESDAY, {90: (25, 30)}))
    assert changes(databases) == []


def test_before_the_open_the_volume_is_unknown_and_says_so(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, None)}, final=False))
    ((volume, vol_oi, reasons),) = say(databases.app_premium.url, "SELECT volume, vol_oi, reasons FROM options_flow")
    assert (volume, vol_oi) == (None, None)
    assert "unknown_volume" in reasons


# ---------------------------------------------------------------- sources
def test_two_sources_are_never_held_against_each_other(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}, "yahoo"), look(TUESDAY, {90: (25, 30)}, "cboe"))
    assert changes(databases) == []


def test_the_preferred_source_that_shows_both_sessions_counts(databases, tmp_path):
    stood_in = [look(MONDAY, {90: (10, 0)}, "yahoo"), look(TUESDAY, {90: (26, 30)}, "yahoo", hours=2)]
    published(databases, tmp_path, *stood_in, look(TUESDAY, {90: (25, 30)}, "cboe"))
    assert changes(databases) == [("AAPL", 90, 26, 16)]
    published(databases, tmp_path, look(MONDAY, {90: (11, 0)}, "cboe"))
    assert changes(databases) == [("AAPL", 90, 25, 14)]


def test_scans_and_reported_lists_are_no_chains(databases, tmp_path):
    bring(databases.ingest, tmp_path, *whole_set(MONDAY), *whole_set(TUESDAY))
    assert changes(databases) == []


# ---------------------------------------------------------------- knowledge
def test_a_correction_changes_both_neighbours_and_the_earlier_reader_sees_what_was_known(databases, tmp_path):
    first = [look(day, {90: (oi, 50)}) for day, oi in ((MONDAY, 10), (TUESDAY, 25), (WEDNESDAY, 30))]
    published(databases, tmp_path, *first)
    published(databases, tmp_path, look(TUESDAY, {90: (20, 50)}, hours=30))
    assert changes(databases) == [("AAPL", 90, 20, 10), ("AAPL", 90, 30, 10)]
    assert known_by(databases, first[2][1].known_at) == [(25, 15), (30, 5)]


def test_the_order_of_import_makes_no_difference(databases, tmp_path, settings, demo_databases):
    looks = [look(day, {90: (oi, 50)}) for day, oi in ((MONDAY, 10), (TUESDAY, 25), (WEDNESDAY, 30))]
    looks.append(look(TUESDAY, {90: (20, 50)}, hours=30))
    published(databases, tmp_path / "a", *looks)
    for each in (looks[3], looks[2], looks[0], looks[1]):
        publish_payloads(demo_databases.ingest, tmp_path / "b", [each], NOW)
    assert shown(databases.app_premium) == shown(demo_databases.app_premium)


def test_withdrawing_a_chain_takes_its_changes_along_and_brings_them_back(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, 30)}))
    before = shown(databases.app_premium)
    ((load,),) = say(databases.owner.url, f"SELECT load_id FROM loads WHERE source = 'cboe' AND quote_session = '{TUESDAY}'")
    publish.withdraw(databases.ingest, tmp_path, load, "wrong", NOW)
    assert changes(databases) == []
    publish.undo_withdrawal(databases.ingest, tmp_path, load, NOW)
    assert shown(databases.app_premium) == before


def test_what_follows_cannot_be_withdrawn_by_itself(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, 30)}))
    ((load,),) = say(databases.owner.url, "SELECT load_id FROM loads WHERE source = 'derived'")
    with pytest.raises(LoadNotFound, match=r"follows from loads \d and \d"):
        publish.withdraw(databases.ingest, tmp_path, load, "wrong", NOW)


def test_deriving_again_changes_nothing_and_makes_up_for_what_is_missing(databases, tmp_path):
    published(databases, tmp_path, look(MONDAY, {90: (10, 0)}), look(TUESDAY, {90: (25, 30)}))
    before = shown(databases.app_premium)
    derive_again(databases.ingest, NOW, date.min, date.max)
    assert shown(databases.app_premium) == before
    for table in ("options_flow", "oi_daily", "oi_expiration", "underlying_daily"):  # as in a database from before there were any
        say(
            databases.owner.url,
            f"DELETE FROM facts.{table} WHERE load_id IN (SELECT load_id FROM loads WHERE source = 'derived')",
        )
    say(databases.owner.url, "DELETE FROM loads WHERE source = 'derived'")
    assert changes(databases) == []
    derive_again(databases.ingest, NOW, date.min, date.max)
    assert shown(databases.app_premium) == before


def test_a_chain_that_repeats_the_session_before_makes_its_changes_stale(databases, tmp_path):
    said = dict.fromkeys(range(50, 90), (10, 5))
    published(databases, tmp_path, look(MONDAY, said), look(TUESDAY, said))
    found = say(databases.app_premium.url, "SELECT quote_session, flags FROM visible_sessions() WHERE source = 'derived'")
    assert found == [(TUESDAY, ["stale"])]
