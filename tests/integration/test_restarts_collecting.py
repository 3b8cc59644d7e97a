"""R15: a sample of the campaign: the database restarts in the middle of scans."""

import pytest

from tests.campaign import restarts_collecting

pytestmark = pytest.mark.timeout(300)


def test_a_collector_goes_on_after_the_database_was_stopped_in_its_scan():
    assert [row for row in restarts_collecting.run(full=False) if not row["met"]] == []
