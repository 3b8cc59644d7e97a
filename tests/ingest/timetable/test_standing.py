"""R6: open interest that is another figure is held back by what stands; honest figures never are."""

from dataclasses import replace

import polars as pl
import pytest
from structlog.testing import capture_logs

from tests.db.statements import say
from tests.ingest.real_files import KINDS
from tests.ingest.sources.drift import COUNTED, sample
from tests.ingest.sources.samples import SAMPLES
from tests.ingest.sources.verdicts import parsed
from tests.ingest.timetable.drifting import held, outcomes, publish_before, real_pairs
from tests.ingest.timetable.driven import DAY, at
from tests.ingest.timetable.quoted import swapped_at_the_close
from usecases.collection import duties, runs

EACH = pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
HELD = {"sides_swapped", "counts_disagree", "units_changed", "mostly_unreadable", "unknown"}


@EACH
def test_open_interest_that_changed_its_meaning_is_held_back(databases, source):
    assert source.KIND in COUNTED
    said = dict(outcomes(databases, source))
    assert said.pop("nothing") == "accepted"
    assert {name: reason for name, reason in said.items() if reason not in HELD} == {}
    assert len(said) >= 5


def test_a_name_without_anything_before_is_believed(databases):
    assert held(databases, lambda: parsed(SAMPLES["cboe"], sample(SAMPLES["cboe"], 1))) == "accepted"


def test_after_weeks_without_a_look_what_shows_still_is_held_back(databases):
    payload = parsed(SAMPLES["schwab"], sample(SAMPLES["schwab"], 1))
    publish_before(databases, payload, 1, days=15)
    turned = payload.rows.with_columns(open_interest="volume", volume="open_interest")
    assert held(databases, lambda: payload) == "accepted"
    assert held(databases, lambda: replace(payload, rows=turned)) == "counts_disagree"


def test_another_ladder_of_strikes_is_no_drift(databases):
    payload = parsed(SAMPLES["cboe"], sample(SAMPLES["cboe"], 1))
    publish_before(databases, payload, 1)
    split = payload.rows.with_columns(strike_milli=pl.col("strike_milli") // 10, open_interest=pl.col("open_interest").shuffle(1))
    assert held(databases, lambda: replace(payload, rows=split)) == "accepted"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in ("yahoo_chain_2026", "cboe_chain_normalized_csv")])
def test_no_real_session_is_held_back_by_the_one_before(kind):
    pairs = list(real_pairs(kind))
    assert len(pairs) >= 6
    assert [pair for pair, reason in pairs if reason] == []


@pytest.fixture
def drifted(databases):
    """(clock, source, work, databases) at the close of a session in which the source shows calls as puts."""
    return *swapped_at_the_close(databases), databases


def told(work):
    with capture_logs() as logged:
        work.tick()
    return [each for each in logged if each["event"] == "source_held_back"]


def test_a_drifted_source_holds_its_day_and_somebody_is_told_at_once(drifted):
    moving, _source, work, databases = drifted
    (alert,) = told(work)
    assert (alert["log_level"], alert["reason"], alert["names"]) == ("error", "sides_swapped", ["AAPL", "SPY", "TSLA"])
    assert "puts had in session 2026-11-16" in runs(databases.app_admin, duty="close")[0].reason
    moving.to(at("19:05"))
    work.tick()
    (close,) = [each for each in duties(databases.app_admin, moving) if (each.duty, each.session) == ("close", DAY)]
    assert (close.state, close.alerted_at) == ("gap", at("19:05"))


def test_what_is_held_back_is_kept_once_and_the_honest_look_comes_in(drifted):
    moving, source, work, databases = drifted
    for minutes in (0, 1, 3):
        moving.on(minutes)
        work.tick()
    kept = "SELECT source, slot, reason, count(*) FROM loads WHERE state = 'refused' GROUP BY 1, 2, 3"
    assert [row[2:] for row in say(databases.ingest.url, kept)] == [("sides_swapped", 3)]
    source.swapped = False
    moving.on(5)
    work.tick()
    assert runs(databases.app_admin, duty="close")[0].status == "done"
