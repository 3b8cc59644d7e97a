"""The one factory of figures: theme, tools, axes, hover card. Nothing here knows a subject."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import BoxAnnotation, Label, Span
from bokeh.models.css import InlineStyleSheet
from bokeh.models.formatters import NumeralTickFormatter
from bokeh.models.ranges import Range1d
from bokeh.models.tickers import BasicTicker, FixedTicker
from bokeh.models.tools import HoverTool, PanTool, ResetTool, SaveTool, WheelZoomTool
from bokeh.plotting import figure

from webapp.look import formats
from webapp.look.theme import Look

FONT = "Source Sans, sans-serif"
SMALL = "11px"
PHONE_HEIGHT = 300
PHONE_ROWS = 12
HATCH_FROM = 8.0  # px; on thinner bars the hatch breaks them up
_TOOLBAR = """
:host(.bk-inner) { background: none; opacity: 1; pointer-events: none }
:host { --button-width: 26px; --button-height: 26px }
div { pointer-events: auto; background: var(--of-input) }
"""
Axis = Literal["x", "y"]
Figure = Any  # a Bokeh figure or a column of them; Bokeh tells type checkers too little of either


def base(look: Look, height: int, *, values: Axis, zoom: Axis | None = None, **ranges: Any) -> Figure:
    """An empty figure in the theme. `values` is the axis that carries the figures and so the grid.

    `zoom` is the axis that the shift key and the wheel zoom and the pointer drags; phones scroll instead.
    """
    plot = figure(height=height, tools=[], **ranges)
    dress(plot, look, values=values, zoom=zoom)
    return plot


def dress(plot: Figure, look: Look, *, values: Axis, zoom: Axis | None = None) -> None:
    """Put a figure into the theme, also one that HoloViews made."""
    plot.sizing_mode, plot.toolbar_location, plot.toolbar_inner = "stretch_width", "below", True
    plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
    plot.min_border, plot.min_border_top, plot.min_border_right = 0, 4, 10
    _tools(plot, look, zoom)
    _axes(plot, look, values)


def _tools(plot: Figure, look: Look, zoom: Axis | None) -> None:
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.toolbar.stylesheets = [InlineStyleSheet(css=_TOOLBAR)]
    if zoom is None or look.phone:
        plot.toolbar_location = None
        return
    dimension: Any = "width" if zoom == "x" else "height"
    pan, wheel = PanTool(dimensions=dimension), WheelZoomTool(dimensions=dimension, modifiers={"shift": True})
    plot.add_tools(pan, wheel, ResetTool(), SaveTool())
    plot.toolbar.active_drag, plot.toolbar.active_scroll = pan, wheel


def _axes(plot: Figure, look: Look, values: Axis) -> None:
    colours = look.palette
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_tick_out = axis.major_tick_in = 0
        axis.major_label_standoff = 6
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.major_label_text_font_size = axis.axis_label_text_font_size = SMALL
        axis.major_label_text_color = axis.axis_label_text_color = colours.muted
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_standoff = 4
    along, across = (plot.xgrid, plot.ygrid) if values == "x" else (plot.ygrid, plot.xgrid)
    along.grid_line_color, across.grid_line_color = colours.grid, None


def names(axis: Any, look: Look) -> None:
    """Ticker names on an axis: text colour instead of muted."""
    axis.major_label_text_color = look.palette.text


def count_ticks(axis: Any, low: float, high: float, text: Callable[[float], str], wanted: int = 5) -> None:
    """Short tick labels (+50K, 1.5M) for every round value of the range; deep zoom falls back to all figures.

    Labels are computed here and not by a script in the browser: the content policy then needs no `unsafe-eval`.
    """
    span = max(high - low, 1.0)
    step = max(10 ** math.floor(math.log10(span / 20)), 1)
    first, last = math.floor(low / step), math.ceil(high / step)
    axis.ticker = BasicTicker(desired_num_ticks=wanted, min_interval=1, num_minor_ticks=0)
    axis.major_label_overrides = {n * step: text(n * step) for n in range(first, last + 1)}
    axis.formatter = NumeralTickFormatter(format="0,0")


def label_ticks(axis: Any, positions: Sequence[float], texts: Sequence[str]) -> None:
    """Fixed ticks with these texts."""
    axis.ticker = FixedTicker(ticks=list(positions), minor_ticks=[])
    axis.major_label_overrides = dict(zip(positions, texts, strict=True))


def tick_text(value: float) -> str:
    """A signed tick without needless figures: +50K, +1.5M, 0."""
    return f"+{plain_tick(value)}" if value > 0 else plain_tick(value)


def plain_tick(value: float) -> str:
    """An unsigned tick: 50K, 1.5M; the sign only below zero."""
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if size >= limit:
            return f"{formats.MINUS if value < 0 else ''}{size / limit:.10g}{unit}"
    return f"{formats.MINUS if value < 0 else ''}{size:.10g}"


def size_tick(value: float) -> str:
    """A tick of a butterfly, where the side tells calls from puts: no sign."""
    return plain_tick(abs(value))


def value_range(values: Any, *, pad: float = 0.06, zero: bool = True) -> tuple[float, float]:
    """Lowest and highest finite value with zero inside and some air; (0, 1) when there is none. [unit of the values]"""
    numbers = np.asarray(values, dtype=float).ravel()
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high == 0:
        return 0.0, 1.0
    air = (high - low or abs(high) or 1.0) * pad
    return (low - air if low < 0 or not zero else low, high + air if high > 0 or not zero else high)


def fixed(limits: tuple[float, float], together: str | None = None) -> Range1d:
    """A range that a reset returns to. Ranges with one name `together` move together, also in charts drawn apart (early.js)."""
    return Range1d(start=limits[0], end=limits[1], name=together)


def zero_line(plot: Figure, look: Look, axis: Axis) -> None:
    """One solid pixel at zero."""
    dimension: Any = "width" if axis == "y" else "height"
    plot.add_layout(Span(location=0, dimension=dimension, line_color=look.palette.zero, line_width=1, level="underlay"))


def spot_line(plot: Figure, look: Look, spot: float | None, y_screen: int | None) -> None:
    """Dashed line at spot; with `y_screen` also its label on a plate of the card's colour, px from the bottom."""
    colours = look.palette
    if spot is None or formats.unknown(spot):
        return
    plot.add_layout(Span(location=spot, dimension="height", line_color=colours.text, line_dash=[4, 3], line_width=1))
    if y_screen is not None:
        note(plot, look, spot, y_screen, f"Spot {formats.decimal(spot)}", colours.text, x_units="data", x_offset=4)


def note(plot: Figure, look: Look, x: float, y: float, text: str, colour: str, **more: Any) -> None:
    """A small text inside the frame, placed in screen pixels unless told otherwise."""
    units = {"x_units": "screen", "y_units": "screen", "background_fill_alpha": 0.85, **more}
    plot.add_layout(
        Label(
            x=x,
            y=y,
            text=text,
            text_color=colour,
            text_font=FONT,
            text_font_size=SMALL,
            background_fill_color=look.palette.card,
            **units,
        )
    )


def left_out(plot: Figure, look: Look, left: float, right: float) -> None:
    """The dashed box of a flagged session: no bar, no line through it."""
    colours = look.palette
    plot.add_layout(
        BoxAnnotation(
            left=left,
            right=right,
            fill_color=colours.border,
            fill_alpha=0.35,
            line_color=colours.zero,
            line_dash="dashed",
            line_width=1,
            level="underlay",
            propagate_hover=True,
        )
    )


def flagged(plot: Figure, look: Look, sessions: pd.DataFrame, height: float) -> None:
    """A triangle at `height` for each session that is left out, with its flags. sessions: session_date, flags; index is x."""
    source = ColumnDataSource(
        {
            "x": sessions.index.to_numpy(),
            "y": [height] * len(sessions),
            "session": [formats.day(day) for day in sessions["session_date"]],
            "flag": [", ".join(flags) for flags in sessions["flags"]],
        }
    )
    marks = plot.scatter(
        "x", "y", source=source, marker="triangle", size=9, fill_color=look.palette.warning, line_color=None, name="flagged"
    )
    hover(plot, look, [marks], "@session", [("Left out", "@flag")])


def hover(plot: Figure, look: Look, renderers: list[Any], title: str, rows: Sequence[tuple[str, str]], **more: Any) -> None:
    """The hover card: one bold line, then label left, value right. At most six lines in all."""
    if len(rows) > 5:
        raise ValueError("A hover card has at most six lines.")
    colours = look.palette
    line = (
        '<div style="display:flex;justify-content:space-between;gap:18px">'
        f'<span style="color:{colours.muted}">{{}}</span><span>{{}}</span></div>'
    )
    body = "".join(line.format(label, value) for label, value in rows)
    card = (
        f'<div style="margin:-5px;padding:7px 10px;background:{colours.input};color:{colours.text};'
        f'box-shadow:0 0 0 1px {colours.border};font:12px {FONT};line-height:1.45;font-variant-numeric:tabular-nums">'
        f'<div style="font-weight:600">{title}</div>{body}</div>'
    )
    plot.add_tools(
        HoverTool(
            renderers=renderers,
            tooltips=card,
            point_policy="follow_mouse",
            show_arrow=False,
            attachment="horizontal",
            visible=False,
            **more,
        )
    )


def bar_width(strikes: Any, limits: tuple[float, float]) -> float:
    """Width of bars on a strike axis: most of the usual gap, and wide enough to be seen. [USD]"""
    gaps = np.diff(np.unique(np.asarray(strikes, dtype=float)))
    least = (limits[1] - limits[0]) / 150
    return max(float(np.quantile(gaps, 0.25)) * 0.72 if gaps.size else 0.0, least)


def hatch(look: Look, pixels: float) -> dict[str, Any]:
    """Hatch of puts in stacks; none on bars under 8 px."""
    if pixels < HATCH_FROM:
        return {}
    colour = look.palette.card
    return {
        "hatch_pattern": "right_diagonal_line", "hatch_scale": 9, "hatch_weight": 1, "hatch_alpha": 0.42, "hatch_color": colour,
    }  # fmt: skip
