"""Flow trend: one contract or one ticker over the sessions."""

from webapp import cached, visitor
from webapp.charts import show, trend
from webapp.parts import cards, collected, empty, frame, tables, trend_picker

account = visitor.require("flow_trend")
asked = trend_picker.asked(account)
answer = cached.trend(account, asked.symbol, **asked.contract) if asked.symbol else None
view = answer.view if answer else None

with frame.page("flow_trend", account, view.freshness if view else None) as look:
    if answer is None or view is None:
        collected.nothing_yet()
    else:
        trend_picker.bar(asked, view, account, look)
        if not view.sessions["listed"].any():
            empty.show(
                "no_match",
                f"{trend_picker.heading(view)} is on no stored list of this range.",
                button="Show all contracts",
                on_click=trend_picker.whole_ticker,
            )
        else:
            with cards.card("trend", trend_picker.heading(view), trend_picker.subtitle(view)):
                show.chart(answer, look, f"trend_{asked.line}", trend.panels, view, asked.line)
            files = cards.files("flow_trend", account, trend_picker.words(asked))
            with cards.card(
                "sessions", "Sessions", "Newest first; a session that is not on the list is a gap, not zero", files=files
            ):
                tables.grid(view.sessions[::-1], trend_picker.COLUMNS, "trend_sessions", notes=trend_picker.notes(view))
