"""The scan's calls and time: a sample of the campaign, with small chains."""

import pytest

from tests.campaign import scan_calls

SMALL = {"strikes": 3, "expirations": 5}


@pytest.mark.parametrize("source", ["schwab", "cboe"])
def test_a_scan_keeps_to_its_calls_and_time(databases, source):
    rows = scan_calls.in_true_time(databases, source, ("09:45",), SMALL)
    assert [row for row in rows if not row["met"]] == []
