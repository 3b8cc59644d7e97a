"""Open interest changes: by ticker and by strike, changes and levels, and the contracts behind them."""

from usecases.filters import Filters
from webapp import address, cached, visitor
from webapp.charts import show, strikes, tickers
from webapp.parts import cards, collected, figures, filter_bar, frame, subtitles, tables

account = visitor.require("changes")
filters = address.of_page("changes", account)
answer = cached.changes(account, filters)
view = answer.view
shown = view.freshness.session_date if view.freshness else None
bar = filter_bar.Bar(Filters(), filters, view.sessions, shown, view.ticker_choices, limited=view.limited is not None,
                     no_ticker="Largest")  # fmt: skip

with frame.page("changes", account, view.freshness) as look:
    if view.freshness is None:
        collected.nothing_yet()
    else:
        if look.phone:
            figures.sums(view.calls, view.puts, view.limited, "shown")
        filter_bar.draw(bar, account, look)
        if not look.phone:
            figures.scope(view.limited)
        if view.tickers.empty or view.strikes.empty:
            filter_bar.nothing(bar, view.loosening)
        else:
            order = cards.row([1, 1])
            with order[0], cards.card("tickers", "Change by ticker", subtitles.tickers(view, look), "stack"):
                show.chart(answer, look, "change_tickers", tickers.change_by_ticker)
            with order[1], cards.card("strikes", f"{view.ticker} change by strike", subtitles.days(filters, view.limited)):
                show.chart(answer, look, "change_strikes", strikes.change_by_strike)
            order = cards.row([1, 1])
            with order[0], cards.card("levels", "Open interest by ticker", subtitles.levels(view, look), "butterfly"):
                show.chart(answer, look, "level_tickers", tickers.open_interest_by_ticker)
            with order[1], cards.card("walls", f"{view.ticker} open interest by strike", "Contracts, puts downwards"):
                show.chart(answer, look, "level_strikes", strikes.open_interest_by_strike)
            files = cards.files("changes", account, address.words(filters))
            tables.card("contracts", "Contracts", view.contracts, look, files, view.on_list)
