"""The small market, filled once for the tests of a module that only read it."""

import pytest

from tests.usecases import market


@pytest.fixture(scope="module")
def small_market(kept_databases):
    """Databases that hold the small market; tests that write take `databases` and fill it themselves."""
    market.fill(kept_databases)
    return kept_databases
