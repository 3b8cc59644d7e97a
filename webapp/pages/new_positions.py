"""New positions: contracts whose open interest was mostly added in the session counted last."""

from usecases.filters import NEW_POSITIONS
from webapp import address, cached, visitor
from webapp.charts import new_positions, show
from webapp.look import formats
from webapp.parts import cards, collected, figures, filter_bar, frame, tables

account = visitor.require("new_positions")
filters = address.of_page("new_positions", account, NEW_POSITIONS)
answer = cached.new_positions(account, filters)
view = answer.view
shown = view.freshness.session_date if view.freshness else None
bar = filter_bar.Bar(NEW_POSITIONS, filters, cached.offered(account, filters), shown, ticker=False, share_new=True)

with frame.page("new_positions", account, view.freshness) as look:
    if view.freshness is None:
        collected.nothing_yet()
    else:
        if look.phone:
            figures.new_positions(view, look)
        filter_bar.draw(bar, account, look)
        if not look.phone:
            figures.new_positions(view, look)
        if view.contracts.empty:
            filter_bar.nothing(bar, view.loosening)
        else:
            files = cards.files("new_positions", account, address.words(filters, NEW_POSITIONS))
            subtitle = f"Share new {formats.share(filters.share_new)} or more, change {formats.full(filters.min_change)} or more"
            left, right = cards.row([1.32, 1])
            with left:
                tables.card("new", "New contracts", view.contracts, look, files, view.on_list, subtitle)
            with right, cards.card("scatter", "How large, how far out", "Each mark is one contract", "marks"):
                show.chart(answer, look, "scatter", new_positions.size_by_days)
