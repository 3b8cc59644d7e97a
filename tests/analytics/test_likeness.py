"""Open interest beside that of before: honest figures pass, figures of something else do not."""

import numpy as np
import pytest

from analytics.likeness import FEWEST, Pairs, changed, correlation, ranks

RNG = np.random.default_rng(6)
LEVELS = np.round(RNG.lognormal(5, 2, 200))
OTHER, VOLUME = np.round(RNG.lognormal(5, 2, 200)), np.round(RNG.lognormal(3, 2, 200))
NEXT = np.round(LEVELS * RNG.uniform(0.8, 1.2, 200))


def verdict(now, volume=VOLUME, before=LEVELS, other=OTHER, days=1):
    return changed(Pairs(before, now), Pairs(other, now), Pairs(before, volume), days)


def test_honest_open_interest_passes():
    assert verdict(NEXT) is None


@pytest.mark.parametrize(
    ("now", "volume", "reason"),
    [
        (OTHER, VOLUME, "sides_swapped"),
        (VOLUME, NEXT, "counts_disagree"),
        (np.roll(NEXT, 7), VOLUME, "counts_disagree"),
        (NEXT * 0, VOLUME, "counts_disagree"),
        (NEXT * 100, VOLUME, "units_changed"),
        (np.round(NEXT / 100), VOLUME, "units_changed"),
    ],
    ids=["sides", "volume", "other rows", "zeros", "hundredfold", "hundredth"],
)
def test_another_figure_in_its_place_is_named(now, volume, reason):
    assert verdict(now, volume) == reason


def test_after_a_month_only_what_fits_better_elsewhere_is_named():
    later = np.where(RNG.random(200) < 0.5, RNG.permutation(LEVELS), LEVELS)
    assert verdict(later, days=1) == "counts_disagree"
    assert verdict(later, days=30) is None
    assert verdict(VOLUME, NEXT, days=30) == "counts_disagree"


def test_few_or_unknown_figures_prove_nothing():
    assert (
        verdict(OTHER[: FEWEST - 1], before=LEVELS[: FEWEST - 1], other=OTHER[: FEWEST - 1], volume=VOLUME[: FEWEST - 1]) is None
    )
    assert verdict(LEVELS * np.nan) is None
    assert verdict(NEXT, before=LEVELS * 0 + 5) is None


def test_equal_values_share_a_rank_and_order_is_all_that_counts():
    assert ranks(np.array([3.0, 1, 3, 9])).tolist() == [2.5, 1, 2.5, 4]
    assert correlation(Pairs(LEVELS, np.sqrt(LEVELS))) == pytest.approx(1)
    assert correlation(Pairs(LEVELS, -LEVELS)) == pytest.approx(-1)
