"""New positions: large or small, near or far?"""

from threading import Lock
from typing import TYPE_CHECKING, Any

import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import LabelSet

from webapp.charts import base
from webapp.look import formats
from webapp.look.theme import Look

if TYPE_CHECKING:
    from usecases.new_positions import NewPositionsView

HEIGHT, NAMES = 620, 9
DAYS = (1, 3, 7, 14, 30, 60, 120, 240, 480, 960)
MARKERS = {"C": "circle", "P": "diamond"}
hv.extension("bokeh", logo=False)
_ONE_AT_A_TIME = Lock()  # HoloViews keeps its options in one place for all threads


def size_by_days(view: "NewPositionsView", look: Look) -> base.Figure:
    """Each mark one contract: days to expiration by change in open interest, both log. [days; contracts]"""
    rows = view.contracts[view.contracts["oi_change"] > 0].reset_index(drop=True)
    rows = rows.assign(days=rows["dte"].clip(lower=1).astype(float))
    height = base.PHONE_HEIGHT if look.phone else HEIGHT
    limits = _days_limits(rows["days"].to_numpy(float)), _change_limits(rows["oi_change"].to_numpy(float))
    with _ONE_AT_A_TIME:
        plot = _drawn([_marks(rows[rows["right"] == right], right, look) for right in ("C", "P")], limits, height)
    base.dress(plot, look, values="y")
    _ticks(plot, *limits, look)
    plot.renderers[0].name, plot.renderers[1].name = "calls", "puts"
    lines = [("Change", "@change_text"), ("Share new", "@share_text"), ("Volume", "@volume_text"), ("Days left", "@days_text")]
    base.hover(plot, look, list(plot.renderers), "@name", lines)
    _names(plot, rows, look, limits, height)
    return plot


def _drawn(marks: list[Any], limits: tuple[tuple[float, float], tuple[float, float]], height: int) -> base.Figure:
    overlay = hv.Overlay(marks).opts(
        logx=True, logy=True, xlim=limits[0], ylim=limits[1], height=height, responsive=True, toolbar=None, default_tools=[],
        show_legend=False,
    )  # fmt: skip
    return hv.render(overlay, backend="bokeh")


def _days_limits(days: np.ndarray) -> tuple[float, float]:
    return (float(days.min()) * 0.7, float(days.max()) * 1.5) if days.size else (1.0, 400.0)


def _change_limits(changes: np.ndarray) -> tuple[float, float]:
    return (float(changes.min()) * 0.85, float(changes.max()) * 1.45) if changes.size else (100.0, 100_000.0)


def _ticks(plot: base.Figure, days: tuple[float, float], changes: tuple[float, float], look: Look) -> None:
    shown = [day for day in DAYS if days[0] <= day <= days[1]]
    base.label_ticks(plot.xaxis[0], shown, [str(day) for day in shown])
    sizes = [lead * 10**power for power in range(7) for lead in (1, 2, 5) if changes[0] <= lead * 10**power <= changes[1]]
    base.label_ticks(plot.yaxis[0], sizes, [base.tick_text(size) for size in sizes])
    plot.xgrid.grid_line_color = look.palette.grid
    plot.xaxis[0].axis_label, plot.yaxis[0].axis_label = "Days to expiration, log", "Change in open interest, contracts, log"
    for axis in (plot.xaxis[0], plot.yaxis[0]):
        axis.axis_label_text_font_size = base.SMALL


def _marks(rows: pd.DataFrame, right: str, look: Look) -> Any:
    colour = look.palette.call if right == "C" else look.palette.put
    said = pd.DataFrame(
        {
            "days": rows["days"],
            "change": rows["oi_change"].astype(float),
            "name": [
                f"{symbol} {formats.day_table(day)} {formats.strike(at)} {formats.right(right)}"
                for symbol, day, at in zip(rows["symbol"], rows["expiration"], rows["strike"], strict=True)
            ],
            "change_text": [formats.signed(n, whole=True) for n in rows["oi_change"]],
            "share_text": [formats.share(n) for n in rows["share_new"]],
            "volume_text": [formats.full(n) for n in rows["volume"]],
            "days_text": [f"{formats.full(n)} d" for n in rows["dte"]],
        }
    )
    points = hv.Points(said, ["days", "change"], list(said.columns[2:]))
    size = 8 if right == "C" else 10
    return points.opts(marker=MARKERS[right], size=size, color=colour, line_color=colour, fill_alpha=0.55, default_tools=[])


def _names(
    plot: base.Figure, rows: pd.DataFrame, look: Look, limits: tuple[tuple[float, float], tuple[float, float]], height: int
) -> None:
    chosen = rows.loc[without_overlap(rows, limits, (420.0, height - 50.0))]
    source = ColumnDataSource({name: chosen[name].to_numpy() for name in ("days", "oi_change", "symbol")})
    plot.add_layout(
        LabelSet(
            x="days",
            y="oi_change",
            text="symbol",
            source=source,
            x_offset=8,
            y_offset=-6,
            text_color=look.palette.text,
            text_font=value(base.FONT),
            text_font_size=base.SMALL,
        )
    )


def without_overlap(
    rows: pd.DataFrame, limits: tuple[tuple[float, float], tuple[float, float]], size: tuple[float, float]
) -> list[int]:
    """Index of the largest contracts, at most nine, whose names touch neither a mark nor a name. size: width, height [px]."""
    x, y = (
        np.log(rows[name].to_numpy(float) / low) / np.log(high / low) * length
        for name, (low, high), length in zip(("days", "oi_change"), limits, size, strict=True)
    )
    boxes: list[tuple[float, float, float]] = []
    chosen: list[int] = []
    for at in np.argsort(-y, kind="stable")[:80]:
        left, right = x[at] + 5, x[at] + 12 + 7.5 * len(str(rows["symbol"].iloc[at]))
        others = (x > left - 4) & (x < right + 5) & (np.abs(y - y[at]) < 12)
        others[at] = False
        free = all(right < a or left > b or abs(y[at] - middle) > 14 for a, b, middle in boxes)
        if free and not others.any() and right < size[0]:
            boxes.append((left, right, y[at]))
            chosen.append(int(rows.index[at]))
        if len(chosen) == NAMES:
            break
    return chosen
