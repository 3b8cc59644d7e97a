"""Flow trend: how did a position build up? Panels over one axis of sessions: a gap breaks the line."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from bokeh.layouts import column
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import Span
from bokeh.models.tools import CrosshairTool

from usecases.freshness import is_left_out
from webapp.charts import base
from webapp.look import formats
from webapp.look.theme import Look

if TYPE_CHECKING:
    from usecases.flow_trend import TrendView

LEVEL, PANEL, AXIS, GAP = 290, 96, 24, 12
LINES: dict[str, tuple[str, Callable[[Any], str]]] = {
    "iv": ("IV", formats.iv),
    "delta": ("Delta", lambda n: formats.decimal(n, 3)),
    "last": ("Last", formats.decimal),
}


def panels(view: "TrendView", line: str, look: Look) -> base.Figure:
    """Open interest as steps, change and volume as bars, one thin line of IV, delta or last below. [contracts; 1/yr, 1, USD]"""
    sessions = view.sessions.reset_index(drop=True)
    source = _source(sessions)
    x_range = base.fixed((-0.6, max(len(sessions), 1) - 0.4))
    plots = [
        _level(source, sessions, x_range, look),
        _bars(source, sessions, "oi_change", "Change", x_range, look),
        _bars(source, sessions, "volume", "Volume", x_range, look),
    ]
    if sessions[line].notna().any():
        plots.append(_line(source, sessions, line, x_range, look))
    _dress(plots, view, sessions, look)
    return column(
        *plots, sizing_mode="stretch_width", height=sum(plot.height for plot in plots) + GAP * (len(plots) - 1), spacing=GAP
    )


def _source(sessions: pd.DataFrame) -> ColumnDataSource:
    known = np.where(_out(sessions) | ~sessions["listed"].to_numpy(bool), np.nan, 1.0)
    numbers = {name: sessions[name].to_numpy(float) * known for name in ("open_interest", "oi_change", "volume", *LINES)}
    whole = ("open_interest", "oi_change", "volume")
    texts = {f"{name}_text": [formats.full(n) for n in sessions[name]] for name in whole}
    texts["oi_change_text"] = [formats.signed(n, whole=True) for n in sessions["oi_change"]]
    both = zip(sessions["session_date"], sessions["quote_session"], strict=True)
    dates: dict[str, Any] = {
        "x": np.arange(len(sessions)), "session": [formats.day(day) for day in sessions["session_date"]],
        "quotes": [f"quotes {formats.day(quotes)}" for _, quotes in both],
        "opened": [_bounds(row) for row in sessions[["opened_min", "opened_max"]].itertuples(index=False)],
    }  # fmt: skip
    for name, (_, text) in LINES.items():
        texts[f"{name}_text"] = [text(n) for n in sessions[name]]
    return ColumnDataSource(dates | numbers | texts)


def _bounds(row: Any) -> str:
    if formats.unknown(row.opened_min) or formats.unknown(row.opened_max):
        return formats.UNKNOWN
    return f"{formats.full(row.opened_min)} to {formats.full(row.opened_max)}"


def _out(sessions: pd.DataFrame) -> np.ndarray:
    return sessions["flags"].map(is_left_out).to_numpy(bool)


def _panel(sessions: pd.DataFrame, name: str, x_range: Any, look: Look, height: int, *, zero: bool) -> base.Figure:
    plot = base.base(look, height, values="y", zoom="x", x_range=x_range)
    limits = base.value_range(sessions[name].where(~_out(sessions)), pad=0.12, zero=zero)
    plot.y_range = base.fixed(limits)
    plot.xaxis[0].visible = False
    plot.min_border_left = 58
    return plot


def _level(source: ColumnDataSource, sessions: pd.DataFrame, x_range: Any, look: Look) -> base.Figure:
    plot = _panel(sessions, "open_interest", x_range, look, LEVEL, zero=True)
    base.count_ticks(plot.yaxis[0], plot.y_range.start, plot.y_range.end, base.plain_tick)
    colour = look.palette.text
    plot.step("x", "open_interest", source=source, mode="center", line_color=colour, line_width=1.6, name="open_interest")
    dots = plot.scatter("x", "open_interest", source=source, size=5, fill_color=colour, line_color=None, name="sessions")
    base.zero_line(plot, look, "y")
    rows = [
        ("Open interest", "@open_interest_text"), ("Change", "@oi_change_text"), ("Volume", "@volume_text"),
        ("Opened", "@opened"), ("Last, IV", "@last_text, @iv_text"),
    ]  # fmt: skip
    base.hover(plot, look, [dots], "@session, @quotes", rows, mode="vline")
    base.note(plot, look, 8, LEVEL - 26, "Open interest, contracts", look.palette.muted)
    return plot


def _bars(source: ColumnDataSource, sessions: pd.DataFrame, name: str, title: str, x_range: Any, look: Look) -> base.Figure:
    colours = look.palette
    plot = _panel(sessions, name, x_range, look, PANEL, zero=True)
    text = base.tick_text if name == "oi_change" else base.plain_tick
    base.count_ticks(plot.yaxis[0], plot.y_range.start, plot.y_range.end, text, wanted=3)
    values = np.asarray(source.data[name], dtype=float)
    paint = np.where(values < 0, colours.falling, colours.rising) if name == "oi_change" else np.full(len(values), colours.muted)
    source.data[f"{name}_paint"] = paint.tolist()
    bars = plot.vbar(x="x", top=name, width=0.7, source=source, fill_color=f"{name}_paint", line_color=None, name=name)
    base.zero_line(plot, look, "y")
    base.note(plot, look, 8, PANEL - 22, f"{title}, contracts", colours.muted)
    base.hover(plot, look, [bars], "@session", [(title, f"@{name}_text")])
    return plot


def _line(source: ColumnDataSource, sessions: pd.DataFrame, name: str, x_range: Any, look: Look) -> base.Figure:
    title, text = LINES[name]
    plot = _panel(sessions, name, x_range, look, PANEL, zero=False)
    low, high = plot.y_range.start, plot.y_range.end
    ticks = [low + (high - low) * part for part in (0.25, 0.75)]
    base.label_ticks(plot.yaxis[0], ticks, [text(tick) for tick in ticks])
    plot.line("x", name, source=source, line_color=look.palette.text, line_width=1, name=name)
    dots = plot.scatter("x", name, source=source, size=3, fill_color=look.palette.text, line_color=None)
    base.note(plot, look, 8, PANEL - 22, title, look.palette.muted)
    base.hover(plot, look, [dots], "@session", [(title, f"@{name}_text")])
    return plot


def _dress(plots: list[base.Figure], view: "TrendView", sessions: pd.DataFrame, look: Look) -> None:
    colours = look.palette
    crosshair = CrosshairTool(overlay=Span(dimension="height", line_color=colours.zero, line_dash="dotted"), dimensions="height")
    for plot in plots:
        plot.add_tools(crosshair)
        for at in np.flatnonzero(_out(sessions)):
            base.left_out(plot, look, at - 0.45, at + 0.45)
    _flags(plots[0], sessions, look)
    _expiry(plots, view, sessions, look)
    last = plots[-1]
    last.xaxis[0].visible = True
    last.height += AXIS
    step = max(len(sessions) // (4 if look.phone else 10), 1)
    shown = list(range(0, len(sessions), step))
    base.label_ticks(last.xaxis[0], shown, [formats.day_axis(sessions["session_date"].iloc[n]) for n in shown])


def _flags(plot: base.Figure, sessions: pd.DataFrame, look: Look) -> None:
    marked = sessions[_out(sessions)]
    height = (plot.y_range.start + plot.y_range.end) / 2
    base.flagged(plot, look, marked, height)


def _expiry(plots: list[base.Figure], view: "TrendView", sessions: pd.DataFrame, look: Look) -> None:
    """The end of a contract that has ended: after its last count of open interest, which is of the session before."""
    if view.kind != "contract" or view.expiration is None or view.freshness is None or sessions.empty:
        return
    if view.expiration > view.freshness.quote_session:
        return
    end, words = len(sessions) - 0.5, f"Expires {formats.day_table(view.expiration)}"
    for plot in plots:
        plot.add_layout(Span(location=end, dimension="height", line_color=look.palette.text, line_dash=[4, 3]))
    base.note(plots[0], look, end, LEVEL - 26, words, look.palette.text, x_units="data", x_offset=-4, text_align="right")
