"""Table: every contract of a session with every column."""

from usecases.filters import Filters
from webapp import address, cached, visitor
from webapp.parts import cards, collected, filter_bar, frame, tables

account = visitor.require("table")
filters = address.of_page("table", account)
view = cached.table(account, filters).view
shown = view.freshness.session_date if view.freshness else None
bar = filter_bar.Bar(Filters(), filters, cached.offered(account, filters), shown, cached.tickers(account))

with frame.page("table", account, view.freshness) as look:
    if view.freshness is None:
        collected.nothing_yet()
    else:
        filter_bar.draw(bar, account, look)
        if view.contracts.empty:
            filter_bar.nothing(bar, None)
        else:
            files = cards.files("table", account, address.words(filters))
            tables.card("all", "Contracts", view.contracts, look, files, view.on_list, most=24)
