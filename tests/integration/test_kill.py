"""R1, a tenth of the campaign: an import killed at any point leaves a whole set or none."""

import pytest

from tests.campaign.kill import kill_imports

STATEMENTS = [1, 8, 15, 22, 29, 36, 43, 50, 57, 64]
"""Statements before which the child dies, spread over the whole run, the flip included."""


@pytest.mark.timeout(600)  # twenty processes that import and die: half a minute, but much more where others keep the processors
def test_an_import_killed_anywhere_shows_all_or_nothing_and_needs_no_help(databases, demo_databases, settings):
    found = kill_imports(databases, demo_databases, settings.oiflow_home, STATEMENTS, times=10, seed=11)
    assert (found.half, found.differing, found.rows_too_many) == (0, 0, 0)
    assert found.kills == 20
    assert found.looks > 100
