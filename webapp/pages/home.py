"""Today: is the session unusual, where, and which contracts?"""

from functools import partial

from usecases.filters import Filters
from webapp import address, cached, visitor
from webapp.charts import balance, show, tickers
from webapp.parts import cards, collected, figures, filter_bar, frame, largest, subtitles

account = visitor.require("home")
filters = address.of_page("home", account)
answer = cached.home(account, filters.session, filters.as_of)
view = answer.view
shown = view.freshness.session_date if view.freshness else None
bar = filter_bar.Bar(Filters(), filters, cached.offered(account, filters), shown, limited=view.limited is not None)

tools = partial(filter_bar.session, bar) if view.freshness else None

with frame.page("home", account, view.freshness, tools=tools) as look:
    if view.freshness is None:
        collected.show(account)
    else:
        figures.today(view, look)
        if look.phone:
            filter_bar.phone_session(bar, account)
        left, right = cards.row([1, 1])
        files = cards.files("home", account, address.words(filters))
        with left, cards.card("largest", "Largest changes", "Contracts, by size of the change in open interest", files=files):
            largest.table(view.largest.head(8) if look.phone else view.largest, phone=look.phone)
        with right:
            with cards.card("balance", "Call/put balance", subtitles.balance(view), "pairs"):
                show.chart(answer, look, "balance", balance.call_put_balance)
            with cards.card("tickers", "Tickers with the largest change", "Net change on list, contracts", "stack"):
                show.chart(answer, look, "tickers", tickers.largest_tickers)
