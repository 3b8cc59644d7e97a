"""Display: as many tickers as asked for, largest first, each by its own strikes."""

import pytest

from core import vocabulary
from core.access import Tier
from core.errors import NotAllowed
from tests.usecases import market
from usecases.display import view_display
from usecases.filters import Filters


@pytest.mark.parametrize(("count", "shown"), [(2, ["EEE", "BBB"]), (10, ["EEE", "BBB", "AAA"]), (-4, ["EEE"])])
def test_the_largest_tickers_come_first(small_market, count, shown):
    view = view_display(market.reader(small_market), Filters(), count)
    assert [panel.symbol for panel in view.panels] == shown


def test_a_panel_is_what_changes_draws_for_that_ticker(small_market):
    panel = view_display(market.reader(small_market), Filters()).panels[2]
    vocabulary.validate(panel.strikes, vocabulary.STRIKE)
    assert (panel.symbol, panel.spot, panel.calls, panel.puts) == ("AAA", 50.0, 1400, -200)


def test_display_is_closed_to_free_visitors(small_market):
    with pytest.raises(NotAllowed):
        view_display(market.reader(small_market, Tier.FREE), Filters())
