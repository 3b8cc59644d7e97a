"""By ticker: who moved, and how large is it already?"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, FactorRange
from bokeh.models.annotations import BoxAnnotation

from webapp.charts import base
from webapp.look import formats
from webapp.look.theme import Look

if TYPE_CHECKING:
    from usecases.changes import ChangesView
    from usecases.home import HomeView

HOME_HEIGHT, CHANGES_HEIGHT, BAR = 392, 312, 0.68


def largest_tickers(view: "HomeView", look: Look) -> base.Figure:
    """Signed stack of calls and puts, net as a diamond, largest first. [contracts, on list]"""
    return _change(view.ticker_changes, look, HOME_HEIGHT)


def change_by_ticker(view: "ChangesView", look: Look) -> base.Figure:
    """The same for the twenty largest of the filtered list. [contracts, on list]"""
    return _change(view.tickers, look, CHANGES_HEIGHT, view.filters.ticker)


def stack(calls: np.ndarray, puts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of the puts when stacked on calls of the same sign, else from zero. [contracts]"""
    start = np.where(np.sign(calls) * np.sign(puts) > 0, calls, 0.0)
    return start, start + puts


def _rows(tickers: pd.DataFrame, look: Look) -> pd.DataFrame:
    return tickers.head(base.PHONE_ROWS) if look.phone else tickers


def _figure(rows: pd.DataFrame, look: Look, height: int, chosen: str | None = None) -> tuple[base.Figure, float]:
    height = base.PHONE_HEIGHT if look.phone else height
    names = FactorRange(factors=list(rows["symbol"])[::-1], range_padding=0.01)
    plot = base.base(look, height, values="x", zoom="x", y_range=names)
    base.names(plot.yaxis[0], look)
    if chosen is not None:
        _highlight(plot, look, chosen, among=chosen in set(rows["symbol"]))
    return plot, (height - 30) / max(len(rows), 1) * BAR


def _highlight(plot: base.Figure, look: Look, chosen: str, *, among: bool) -> None:
    """A band behind the chosen ticker's row: the names of an axis have one style for all."""
    if among:
        at = plot.y_range.factors.index(chosen) + 0.5
        band = BoxAnnotation(bottom=at - 0.5, top=at + 0.5, fill_color=look.palette.zero, fill_alpha=0.35, name="chosen")
        band.line_color, band.level, band.propagate_hover = look.palette.text, "underlay", True
        plot.add_layout(band)


def _change(tickers: pd.DataFrame, look: Look, height: int, chosen: str | None = None) -> base.Figure:
    rows = _rows(tickers, look)
    plot, pixels = _figure(rows, look, height, chosen)
    calls, puts = rows["call_oi_change"].to_numpy(float), rows["put_oi_change"].to_numpy(float)
    start, end = stack(calls, puts)
    net = calls + puts
    limits = base.value_range(np.concatenate([calls, end, net]), pad=0.05)
    plot.x_range = base.fixed(limits)
    base.count_ticks(plot.xaxis[0], *limits, base.tick_text)
    texts = {
        "calls_text": [formats.signed(n, whole=True) for n in calls], "puts_text": [formats.signed(n, whole=True) for n in puts],
        "net_text": [formats.signed(n, whole=True) for n in net],
    }  # fmt: skip
    source = ColumnDataSource(
        {"symbol": list(rows["symbol"]), "calls": calls, "puts": puts, "from": start, "to": end, "net": net} | texts
    )
    _draw_change(plot, source, look, pixels)
    return plot


def _draw_change(plot: base.Figure, source: ColumnDataSource, look: Look, pixels: float) -> None:
    colours = look.palette
    bars: dict[str, Any] = {"y": "symbol", "height": BAR, "source": source, "line_color": None}
    calls = plot.hbar(left=0, right="calls", fill_color=colours.call, name="calls", **bars)
    puts = plot.hbar(left="from", right="to", fill_color=colours.put, name="puts", **bars, **base.hatch(look, pixels))
    base.zero_line(plot, look, "x")
    plot.scatter(
        "net", "symbol", source=source, marker="diamond", size=8, fill_color=colours.text, line_color=colours.card, name="net"
    )
    rows = [("Calls", "@calls_text"), ("Puts", "@puts_text"), ("Net on list", "@net_text")]
    base.hover(plot, look, [calls, puts], "@symbol", rows)


def open_interest_by_ticker(view: "ChangesView", look: Look) -> base.Figure:
    """Butterfly, puts left and calls right, in the order of the chart of changes. [contracts, on list]"""
    rows = _rows(view.tickers, look)
    plot, _ = _figure(rows, look, CHANGES_HEIGHT, view.filters.ticker)
    calls, puts = rows["call_open_interest"].to_numpy(float), rows["put_open_interest"].to_numpy(float)
    limits = base.value_range(np.concatenate([calls, -puts]), pad=0.04)
    plot.x_range = base.fixed(limits)
    base.count_ticks(plot.xaxis[0], *limits, base.size_tick)
    ratio = [formats.decimal(p / c) if c > 0 else formats.UNKNOWN for p, c in zip(puts, calls, strict=True)]
    texts: dict[str, Any] = {
        "calls_text": [formats.full(n) for n in calls],
        "puts_text": [formats.full(n) for n in puts],
        "ratio": ratio,
    }
    source = ColumnDataSource(texts | {"symbol": list(rows["symbol"]), "calls": calls, "puts": -puts})
    bars: dict[str, Any] = {"y": "symbol", "left": 0, "height": BAR, "source": source, "line_color": None}
    left = plot.hbar(right="puts", fill_color=look.palette.put, name="puts", **bars)
    right = plot.hbar(right="calls", fill_color=look.palette.call, name="calls", **bars)
    base.zero_line(plot, look, "x")
    base.hover(plot, look, [left, right], "@symbol", [("Calls", "@calls_text"), ("Puts", "@puts_text"), ("Put/call", "@ratio")])
    return plot
