"""Flow trend: one contract or one ticker over the sessions."""

from webapp import cached, cards, empty, frame, picker, tables, visitor
from webapp.charts import show, trend

account = visitor.require("flow_trend")
asked = picker.asked(account)
answer = cached.trend(account, asked.symbol, **asked.contract) if asked.symbol else None
view = answer.view if answer else None

with frame.page("flow_trend", account, view.freshness if view else None) as look:
    if answer is None or view is None:
        empty.show("no_data")
    else:
        picker.bar(asked, view, account, look)
        if not view.sessions["listed"].any():
            empty.show(
                "no_match",
                f"{view.label} is on no stored list of this range.",
                button="Show all contracts",
                on_click=picker.whole_ticker,
            )
        else:
            with cards.card("trend", view.label, picker.subtitle(view)):
                show.chart(answer, look, f"trend_{asked.line}", trend.panels, view, asked.line)
            files = cards.files("flow_trend", account, picker.words(asked))
            with cards.card(
                "sessions", "Sessions", "Newest first; a session that is not on the list is a gap, not zero", files=files
            ):
                tables.grid(view.sessions[::-1], picker.COLUMNS, "trend_sessions", notes=picker.notes(view))
