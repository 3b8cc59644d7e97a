"""A sample of the campaign for R13: three wrong clocks in three time zones."""

import pytest

from tests.campaign import wrong_clock

pytestmark = pytest.mark.timeout(300)


def test_a_wrong_clock_in_another_zone_dates_nothing_wrong():
    assert [row for row in wrong_clock.run(full=False) if not row["met"]] == []
