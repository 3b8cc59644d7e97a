"""What a reader sees: by tier, by moment of knowledge, by source."""

from datetime import UTC, datetime, timedelta

import psycopg2.errors
import pytest

from core.access import Tier
from core.clock import frozen
from core.errors import NotAllowed
from tests.usecases import market
from usecases.changes import view_changes
from usecases.contract_table import view_table
from usecases.filters import Filters
from usecases.home import view_home
from usecases.new_positions import view_new_positions

CORRECTED = datetime(2023, 10, 5, 20, 30, tzinfo=UTC)
LATER = CORRECTED + timedelta(hours=1)


def correct(databases):
    """A later file for the stocks of the latest session: one row, another figure."""
    load = market.publish(
        databases, market.Q4, "stocks-increase", [market.Row(market.A_CALL, 1100, 900, 700)], known_at=CORRECTED
    )
    market.flip(databases, LATER)
    return load


def test_a_correction_is_seen_from_its_stamp_on_and_not_before(databases):
    market.fill(databases)
    correct(databases)
    reader = market.reader(databases, at=LATER)
    assert view_changes(reader, Filters(ticker="AAA")).contracts["oi_change"].tolist() == [900]
    before = view_changes(reader, Filters(ticker="AAA", as_of=CORRECTED - timedelta(minutes=1)))
    assert before.contracts["oi_change"].tolist() == [800, 600, -200]
    assert view_home(reader, as_of=CORRECTED - timedelta(minutes=1)).calls == 4350


def test_a_withdrawn_load_leaves_later_readers_and_stays_for_earlier_ones(databases):
    market.fill(databases)
    load = correct(databases)
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE loads SET state = 'withdrawn', withdrawn_at = %s WHERE load_id = %s", (LATER, load))
    reader = market.reader(databases, at=LATER + timedelta(hours=1))
    assert view_changes(reader, Filters(ticker="AAA")).contracts["oi_change"].tolist() == [800, 600, -200]
    between = Filters(ticker="AAA", as_of=LATER - timedelta(minutes=1))
    assert view_changes(reader, between).contracts["oi_change"].tolist() == [900]


def test_first_listed_ignores_rows_that_are_not_visible(databases):
    hidden = market.publish(databases, market.Q1, "stocks-increase", [market.Row(market.A_PUT, 500, 100, 600)])
    market.publish(databases, market.Q4, "stocks-increase", market.STOCKS[market.Q4])
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE loads SET state = 'withdrawn', withdrawn_at = known_at WHERE load_id = %s", (hidden,))
    assert view_table(market.reader(databases), Filters()).contracts["first_listed"].all()


def test_pages_show_the_most_preferred_source_of_each_session(databases):
    market.fill(databases)
    later = datetime(2023, 10, 6, tzinfo=UTC).date()
    market.publish(databases, market.Q4, "stocks-increase", [market.Row(market.A_CALL, 1, 1, 1)], source="simulated")
    market.publish(databases, later, "stocks-increase", [market.Row(market.A_CALL, 7, 7, 7)], source="simulated")
    market.publish(databases, later, "chains", [], source="simulated_chain")
    reader = market.reader(databases, at=datetime(2023, 10, 6, 21, tzinfo=UTC))
    assert [session.source for session in reader.sessions()] == ["barchart"] * 4 + ["simulated"]
    fresh = view_home(reader).freshness
    assert (fresh.source_label, fresh.simulated, fresh.late) == ("Simulated market", True, False)


def test_rows_are_read_once_for_a_data_version(databases):
    market.fill(databases)
    reader = market.reader(databases)
    first = reader.contracts(reader.session())
    assert reader.contracts(reader.session()) is first
    market.flip(databases)
    assert reader.contracts(reader.session()) is not first


def test_a_number_given_again_after_a_restore_is_another_version(databases):
    market.fill(databases)
    reader = market.reader(databases)
    first = reader.contracts(reader.session())
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE data_version SET changed_at = changed_at + interval '1 second'")
    assert reader.contracts(reader.session()) is not first


def test_nobody_reads_without_a_sign_in(small_market):
    with pytest.raises(NotAllowed):
        market.Reader(small_market.app_free, Tier.ANONYMOUS, frozen(LATER))


@pytest.mark.parametrize("view", [view_table, view_new_positions])
def test_free_visitors_are_refused_by_the_use_case(small_market, view):
    with pytest.raises(NotAllowed):
        view(market.reader(small_market, Tier.FREE), Filters())


def test_a_forgotten_check_meets_the_database_login(small_market):
    forgotten = market.Reader(small_market.app_free, Tier.PREMIUM, frozen(LATER))
    with pytest.raises(NotAllowed) as refused:
        view_home(forgotten)
    assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege)
