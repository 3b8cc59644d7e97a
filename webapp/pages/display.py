"""Display: change or level by strike for each of the largest tickers, side by side."""

from urllib.parse import urlencode

from usecases.display import COUNTS, USUAL
from usecases.filters import Filters
from webapp import address, cached, visitor
from webapp.charts import show, strikes
from webapp.look import formats, markup
from webapp.parts import cards, collected, filter_bar, frame

account = visitor.require("display")
filters = address.of_page("display", account)
count = int(address.choice("count", COUNTS, USUAL))
level = address.choice("show", list(filter_bar.SHOWN), "change") == "level"
answer = cached.display(account, filters, count)
view = answer.view
shown = view.freshness.session_date if view.freshness else None
bar = filter_bar.Bar(Filters(), filters, cached.offered(account, filters), shown, ticker=False, traded=False)

with frame.page("display", account, view.freshness) as look:
    if view.freshness is None:
        collected.nothing_yet()
    else:
        filter_bar.draw(bar, account, look, filter_bar.display_choices)
        if not view.panels:
            filter_bar.nothing(bar, None)
        days = f"{filters.dte[0]} to {filters.dte[1]} days"
        for at in range(0, len(view.panels), 3):
            for place, panel in zip(cards.row([1, 1, 1]), view.panels[at : at + 3], strict=False):
                sums = f"Calls {formats.signed(panel.calls)}, puts {formats.signed(panel.puts)}; {days}; own scale"
                name = panel.symbol if panel.symbol.isalnum() else panel.symbol.encode().hex()  # keys take no "__"
                link = f"/changes?{urlencode({'ticker': panel.symbol})}"
                with place, cards.card(f"panel_{name}", panel.symbol, sums, link=link):
                    build = strikes.panel_level if level else strikes.panel_change
                    show.chart(answer, look, f"panel_{name}_{level}", build, panel)
        markup.show(cards.files("display", account, filters.address("", count=str(count)).removeprefix("/?")))
