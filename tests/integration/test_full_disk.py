"""A sample of the campaign for R14: each of three small disks full twice."""

import pytest

from tests.campaign import full_disk

pytestmark = pytest.mark.timeout(400)


def test_a_full_disk_costs_nothing_and_is_got_over_without_help():
    assert [row for row in full_disk.run(full=False) if not row["met"]] == []
