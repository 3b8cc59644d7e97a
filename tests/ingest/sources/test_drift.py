"""R6: a source that changes its format is held back; another order or one column more is not."""

import pytest

from core.errors import RefusedPayload
from tests.ingest.sources.drift import TABLES, drifted, harmless, sample
from tests.ingest.sources.samples import SAMPLES
from tests.ingest.sources.verdicts import parsed

TABLED = {name: source for name, source in SAMPLES.items() if source.KIND in TABLES}
EACH = pytest.mark.parametrize("source", TABLED.values(), ids=TABLED)
HELD = {"schema_drift", "mostly_unreadable", "units_changed", "sides_swapped", "quotes_swapped", "counts_disagree"}


def outcome(source, one) -> str:
    try:
        parsed(source, one)
    except RefusedPayload as refused:
        return refused.reason
    return "accepted"


@EACH
def test_every_drift_is_held_back(source):
    outcomes = {name: outcome(source, one) for name, one in drifted(source)}
    assert {name: said for name, said in outcomes.items() if said not in HELD} == {}
    assert len(outcomes) >= 3 * len(source.FIELDS) + 4


@EACH
def test_another_order_and_one_column_more_change_nothing(source):
    usual = parsed(source, sample(source, 1))
    reordered, more = (parsed(source, one) for one in harmless(source))
    assert reordered.rows.equals(usual.rows)
    assert more.rows.equals(usual.rows)
    assert any("brand_new" in warning for warning in more.warnings)
    assert not usual.warnings


@EACH
@pytest.mark.parametrize("seed", [2, 3])
def test_other_units_are_held_back_whatever_the_ladder(source, seed):
    """In cents the forward of a seed's ladder lies far from every strike."""
    assert {outcome(source, one) for name, one in drifted(source, seed) if name.startswith("prices")} <= {"units_changed"}
