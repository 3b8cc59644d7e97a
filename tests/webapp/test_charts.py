"""Charts read as figures: what is drawn, where, and in which colour."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.embed import json_item
from bokeh.models import BoxAnnotation, FactorRange, GlyphRenderer, HoverTool, Label, Span, WheelZoomTool

from tests.webapp import made
from usecases.filters import Filters
from webapp.charts import balance, base, new_positions, strikes, tickers, trend
from webapp.look.theme import Look

LOOKS = [Look(), Look("light"), Look(phone=True), Look("light", "red_up")]
CHARTS = {
    "balance": (balance.call_put_balance, made.home), "largest": (tickers.largest_tickers, made.home),
    "change_tickers": (tickers.change_by_ticker, made.changes), "level_tickers": (tickers.open_interest_by_ticker, made.changes),
    "change_strikes": (strikes.change_by_strike, made.changes), "level_strikes": (strikes.open_interest_by_strike, made.changes),
    "scatter": (new_positions.size_by_days, made.new_positions),
    "trend": (lambda view, look: trend.panels(view, "iv", look), made.trend),
    "panel": (lambda view, look: strikes.panel_change(view.panels[0], look), made.display),
}  # fmt: skip


def bars(plot: Any, name: str) -> dict[str, Any]:
    """Drawn values of the glyphs with this name."""
    renderer = next(found for found in plot.select({"type": GlyphRenderer}) if found.name == name)
    return dict(renderer.data_source.data)


def figures(model: Any) -> Iterator[Any]:
    """The figures of a chart, of one or of several panels."""
    yield from getattr(model, "children", [model])


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_in_every_look(name: str, look: Look):
    build, view = CHARTS[name]
    text = json.dumps(json_item(build(view(), look)))
    assert look.palette.card in text or look.palette.text in text
    assert "CustomJS" not in text


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_writes_into_its_view(name: str):
    build, view = CHARTS[name]
    seen = view()
    frames = {field.name: getattr(seen, field.name) for field in dataclasses.fields(seen)}
    before = {key: frame.copy(deep=True) for key, frame in frames.items() if isinstance(frame, pd.DataFrame)}
    build(seen, Look())
    for key, frame in before.items():
        pd.testing.assert_frame_equal(frame, frames[key])


@pytest.mark.parametrize("name", CHARTS)
def test_hover_cards_have_at_most_six_lines(name: str):
    build, view = CHARTS[name]
    cards = [tool.tooltips for plot in figures(build(view(), Look())) for tool in plot.select({"type": HoverTool})]
    assert cards
    assert all(card.count("justify-content") <= 5 for card in cards)


def test_puts_of_the_level_chart_are_drawn_below_the_axis():
    plot = strikes.open_interest_by_strike(made.changes(), Look())
    assert (bars(plot, "puts")["down"] <= 0).all()
    assert (bars(plot, "calls")["level"] >= 0).all()


def test_puts_of_the_ticker_butterfly_lie_left():
    plot = tickers.open_interest_by_ticker(made.changes(), Look())
    assert (bars(plot, "puts")["puts"] <= 0).all()
    assert (bars(plot, "calls")["calls"] >= 0).all()


def test_both_ticker_charts_have_one_order_with_the_largest_on_top():
    view = made.changes()
    orders = [build(view, Look()).y_range.factors for build in (tickers.change_by_ticker, tickers.open_interest_by_ticker)]
    assert orders[0] == orders[1] == list(view.tickers["symbol"])[::-1]


def test_puts_stack_on_calls_of_the_same_sign_and_start_at_zero_otherwise():
    start, end = tickers.stack(np.array([10.0, -10.0, 10.0, 0.0]), np.array([5.0, -5.0, -5.0, 5.0]))
    assert start.tolist() == [10, -10, 0, 0]
    assert end.tolist() == [15, -15, -5, 5]


def test_net_is_calls_and_puts_together():
    view = made.changes()
    drawn = bars(tickers.change_by_ticker(view, Look()), "net")
    assert drawn["net"].tolist() == view.tickers["net_oi_change"].tolist()


def test_a_phone_sees_twelve_tickers_at_300_pixels():
    plot = tickers.change_by_ticker(made.changes(), Look(phone=True))
    assert isinstance(plot.y_range, FactorRange)
    assert len(plot.y_range.factors) == 12
    assert plot.height == 300


def test_the_strike_panels_share_both_axes_and_the_level_chart_has_the_same_strikes():
    upper, lower = strikes.change_by_strike(made.changes(), Look()).children
    level = strikes.open_interest_by_strike(made.changes(), Look())
    assert upper.x_range is lower.x_range
    assert upper.y_range is lower.y_range
    assert (level.x_range.start, level.x_range.end) == (upper.x_range.start, upper.x_range.end)


def test_spot_is_labelled_and_without_a_spot_nothing_is_said():
    def texts(view: Any) -> list[str]:
        return [label.text for plot in figures(strikes.change_by_strike(view, Look())) for label in plot.select({"type": Label})]

    assert "Spot 427.05" in texts(made.changes())
    assert not [text for text in texts(made.changes(spot=None)) if "Spot" in text]


def test_a_flagged_session_has_a_box_and_no_bar():
    view = made.home()
    plot = balance.call_put_balance(view, Look())
    assert len(plot.select({"type": BoxAnnotation})) == 1
    assert len(bars(plot, "calls")["calls"]) == len(view.balance) - 1
    assert bars(plot, "flagged")["x"].tolist() == [len(view.balance) - 2]


def test_gaps_and_flagged_sessions_break_the_line_of_the_trend():
    level = next(figures(trend.panels(made.trend(), "iv", Look())))
    drawn = np.asarray(bars(level, "open_interest")["open_interest"], dtype=float)
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [10, 11, 20]


def test_changes_of_the_trend_are_coloured_by_sign():
    look = Look()
    change = list(figures(trend.panels(made.trend(), "iv", look)))[1]
    drawn = bars(change, "oi_change")
    expected = [look.palette.falling if value < 0 else look.palette.rising for value in drawn["oi_change"]]
    assert drawn["oi_change_paint"] == expected


def test_a_trend_of_one_session_is_drawn():
    assert list(figures(trend.panels(made.trend(1), "iv", Look())))


def test_at_most_nine_names_stand_on_the_scatter_and_touch_nothing():
    rows = made.contracts(300).assign(days=lambda frame: frame["dte"].clip(lower=1).astype(float))
    rows = rows[rows["oi_change"] > 0].reset_index(drop=True)
    chosen = new_positions.without_overlap(rows, ((0.7, 600.0), (300.0, 90_000.0)), (420.0, 570.0))
    assert 1 <= len(chosen) <= 9
    assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize(("value", "text"), [(50_000, "+50K"), (1_500_000, "+1.5M"), (-20_000, "−20K"), (0, "0"), (250, "+250")])
def test_ticks_are_short_and_signed(value: float, text: str):
    assert base.tick_text(value) == text


def test_the_wheel_zooms_with_shift_only_so_that_the_page_scrolls():
    plot = tickers.change_by_ticker(made.changes(), Look())
    (wheel,) = plot.select({"type": WheelZoomTool})
    assert dict(wheel.modifiers) == {"shift": True}


@pytest.mark.parametrize("values", [[], [np.nan], [0.0], [5.0], [-3.0, 8.0]])
def test_a_range_is_never_empty(values: list[float]):
    low, high = base.value_range(np.array(values))
    assert low < high


def end_of(view):
    level = trend.panels(view, "iv", LOOKS[0]).children[0]
    (line,) = [item for item in level.center if isinstance(item, Span) and item.dimension == "height"] or [None]
    return line and line.location, [item.text for item in level.center if isinstance(item, Label)]


def test_a_contract_ends_after_its_last_count_and_never_on_a_session():
    at, words = end_of(made.trend(40, expiration=made.QUOTES))
    assert (at, "Expires 19 Nov 26" in words) == (39.5, True)
    assert end_of(made.trend(40))[0] is None


@pytest.mark.parametrize(("chosen", "rows"), [(made.TICKERS[2], [17.5]), ("NOSUCH", []), (None, [])])
def test_the_chosen_ticker_stands_out_in_both_charts(chosen: str | None, rows: list[float]):
    view = made.changes(filters=Filters(ticker=chosen))
    for draw in (tickers.change_by_ticker, tickers.open_interest_by_ticker):
        plot = draw(view, LOOKS[0])
        bands = [item for item in plot.center if item.name == "chosen"]
        assert [(band.bottom + band.top) / 2 for band in bands] == rows
