"""The table of features: a higher tier never sees less, and nobody exports what they may not enter."""

import itertools

import pytest

from core.access import EXPORTED, FEATURES, Limits, Tier, allows, limits, may_export


def widths(found: Limits):
    """How much limits leave, each figure rising with what is seen."""
    counts = (found.rows, found.sessions, found.saved)
    return [float("inf") if count is None else count for count in counts] + [not found.nearest_expiration_only]


@pytest.mark.parametrize("feature", FEATURES)
def test_a_higher_tier_never_sees_less(feature):
    for lower, higher in itertools.pairwise(Tier):
        below, above = limits(lower, feature), limits(higher, feature)
        assert below is None or above is not None
        if below is not None and above is not None:
            assert all(wide >= narrow for narrow, wide in zip(widths(below), widths(above), strict=True))


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("tier", Tier)
def test_exports_are_for_premium_within_what_the_tier_may_enter(tier, feature):
    wanted = feature in EXPORTED and tier in (Tier.PREMIUM, Tier.ADMIN) and allows(tier, feature)
    assert may_export(tier, feature) is wanted


def test_everything_exported_is_a_feature():
    assert set(EXPORTED) <= set(FEATURES)


@pytest.mark.parametrize("feature", [name for name, each in FEATURES.items() if set(each.tiers) == {Tier.PREMIUM, Tier.ADMIN}])
def test_a_page_of_premium_says_what_it_holds(feature):
    assert FEATURES[feature].teaser
    assert FEATURES[feature].holds
