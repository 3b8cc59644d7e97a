"""The row that is picked in a table."""

import pandas as pd
import pytest

from webapp.parts import tables

ROWS = pd.DataFrame({"email": ["a@site.test", "b@site.test"]})


@pytest.mark.parametrize(("places", "picked"), [([], None), ([1], {"email": "b@site.test"}), ([2], None)])
def test_a_picked_row_counts_while_it_is_there(places, picked):
    assert tables.picked({"selection": {"rows": places}}, ROWS) == picked
