"""By strike: where did open interest change, and where does it sit?"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, NumeralTickFormatter

from webapp.charts import base
from webapp.look import formats
from webapp.look.theme import Look

if TYPE_CHECKING:
    from usecases.changes import ChangesView
    from usecases.display import TickerPanel

HEIGHT, SMALL_HEIGHT = 312, 240
CHANGES = ["call_oi_change", "put_oi_change"]
LEVELS = ["call_open_interest", "put_open_interest"]
SIDES = (("call", "Calls"), ("put", "Puts"))


def change_by_strike(view: "ChangesView", look: Look) -> base.Figure:
    """Two panels, calls above puts, one y scale, shared strikes, line at spot. [contracts, on list]"""
    return _change(view.strikes, view.spot, view.ticker, look, base.PHONE_HEIGHT if look.phone else HEIGHT)


def open_interest_by_strike(view: "ChangesView", look: Look) -> base.Figure:
    """Butterfly, calls up and puts down, over the strikes of the chart of changes. [contracts, on list]"""
    return _level(view.strikes, view.spot, view.ticker, look, base.PHONE_HEIGHT if look.phone else HEIGHT)


def panel_change(panel: "TickerPanel", look: Look) -> base.Figure:
    """A small multiple of the change by strike, with its own y scale."""
    return _change(panel.strikes, panel.spot, panel.symbol, look, SMALL_HEIGHT)


def panel_level(panel: "TickerPanel", look: Look) -> base.Figure:
    """A small multiple of open interest by strike, with its own y scale."""
    return _level(panel.strikes, panel.spot, panel.symbol, look, SMALL_HEIGHT)


def strike_limits(strikes: pd.DataFrame, spot: float | None) -> tuple[float, float]:
    """The strikes worth showing: 98 % of the change, 94 % of the level, and spot; the rest is a drag away. [USD]"""
    ordered = strikes.sort_values("strike")
    at = ordered["strike"].to_numpy(float)
    ends = [at[_inner(ordered[columns], tail)] for columns, tail in ((CHANGES, 0.01), (LEVELS, 0.03))]
    known = np.concatenate([*ends, np.array([] if formats.unknown(spot) else [spot])])
    low, high = float(known.min()), float(known.max())
    air = max((high - low) * 0.04, high * 0.004)
    return low - air, high + air


def _strike_range(strikes: pd.DataFrame, spot: float | None, ticker: str | None) -> Any:
    """The shared strikes of one ticker: ranges of one name move together in all charts of a page."""
    return base.fixed(strike_limits(strikes, spot), together=f"strikes {ticker}")


def _inner(values: pd.DataFrame, tail: float) -> np.ndarray:
    weight = np.cumsum(np.abs(np.nan_to_num(values.to_numpy(float))).sum(axis=1))
    if not weight.size or weight[-1] <= 0:
        return np.array([0, -1])
    first, last = np.searchsorted(weight, [tail * weight[-1], (1 - tail) * weight[-1]])
    return np.array([first, min(last, len(weight) - 1)])


def _source(strikes: pd.DataFrame, spot: float | None, side: str) -> ColumnDataSource:
    frame = strikes[strikes[f"{side}_open_interest"].notna() | strikes[f"{side}_oi_change"].notna()]
    away = [formats.move(at / spot - 1) if spot and not formats.unknown(spot) else formats.UNKNOWN for at in frame["strike"]]
    return ColumnDataSource(
        {
            "strike": frame["strike"].to_numpy(float),
            "strike_text": [formats.strike(at) for at in frame["strike"]],
            "change": frame[f"{side}_oi_change"].to_numpy(float),
            "level": frame[f"{side}_open_interest"].to_numpy(float),
            "down": -frame[f"{side}_open_interest"].to_numpy(float),
            "change_text": [formats.signed(n, whole=True) for n in frame[f"{side}_oi_change"]],
            "level_text": [formats.full(n) for n in frame[f"{side}_open_interest"]],
            "away": away,
            "expiration": [formats.day_table(day) for day in frame[f"{side}_expiration"]],
            "share": [formats.share(n) for n in frame[f"{side}_share"]],
        }
    )


def _rows(*, share: bool) -> list[tuple[str, str]]:
    rows = [("Open interest", "@level_text"), ("Change", "@change_text"), ("From spot", "@away")]
    return [*rows, ("Share of ticker, on list", "@share") if share else ("Largest in expiration", "@expiration")]


def _strike_axis(plot: base.Figure) -> None:
    plot.xaxis[0].formatter = NumeralTickFormatter(format="0,0[.]0[00]")


def _sides(strikes: pd.DataFrame) -> list[tuple[str, str]]:
    """The sides that the list holds; both where it holds none."""
    there = [
        side for side in SIDES if (strikes[[f"{side[0]}_oi_change", f"{side[0]}_open_interest"]].fillna(0) != 0).any(axis=None)
    ]
    return there or list(SIDES)


def _change(strikes: pd.DataFrame, spot: float | None, ticker: str | None, look: Look, height: int) -> base.Figure:
    x_range = _strike_range(strikes, spot, ticker)
    limits = base.value_range(strikes[CHANGES].to_numpy(), pad=0.12)
    shared, sides = base.fixed(limits), _sides(strikes)
    heights = [height // 2 - 14, height - height // 2 + 2] if len(sides) == 2 else [height]
    plots = [_panel(strikes, spot, look, side, x_range, shared, tall) for side, tall in zip(sides, heights, strict=True)]
    for plot in plots:
        base.count_ticks(plot.yaxis[0], *limits, base.tick_text, wanted=3 if len(plots) == 2 else 6)
        plot.min_border_left = 52
        plot.xaxis[0].visible = plot is plots[-1]
    top = heights[0] - (22 if len(plots) == 2 else 44)
    base.spot_line(plots[0], look, spot, top)
    for plot in plots[1:]:
        base.spot_line(plot, look, spot, None)
    return column(*plots, sizing_mode="stretch_width", height=height, spacing=12)


def _panel(
    strikes: pd.DataFrame, spot: float | None, look: Look, side: tuple[str, str], x_range: Any, y_range: Any, height: int
) -> base.Figure:
    name, title = side
    colour = look.palette.call if name == "call" else look.palette.put
    plot = base.base(look, height, values="y", zoom="x", x_range=x_range, y_range=y_range)
    width = base.bar_width(strikes["strike"], strike_limits(strikes, spot))
    bars = plot.vbar(
        x="strike", top="change", width=width, source=_source(strikes, spot, name), fill_color=colour, line_color=None,
        name=title.lower(),
    )  # fmt: skip
    base.zero_line(plot, look, "y")
    base.note(plot, look, 8, height - 22 if name == "call" and height < SMALL_HEIGHT else height - 42, title, colour)
    base.hover(plot, look, [bars], f"@strike_text {title[:-1]}", _rows(share=False))
    _strike_axis(plot)
    return plot


def _level(strikes: pd.DataFrame, spot: float | None, ticker: str | None, look: Look, height: int) -> base.Figure:
    colours = look.palette
    limits = strike_limits(strikes, spot)
    calls, puts = strikes["call_open_interest"].to_numpy(float), strikes["put_open_interest"].to_numpy(float)
    span = base.value_range(np.concatenate([calls, -puts]), pad=0.09)
    plot = base.base(look, height, values="y", zoom="x", x_range=_strike_range(strikes, spot, ticker), y_range=base.fixed(span))
    plot.min_border_left = 52
    base.count_ticks(plot.yaxis[0], *span, base.size_tick, wanted=6)
    width = base.bar_width(strikes["strike"], limits)
    bars: dict[str, Any] = {"x": "strike", "width": width, "line_color": None}
    up = plot.vbar(top="level", source=_source(strikes, spot, "call"), fill_color=colours.call, name="calls", **bars)
    down = plot.vbar(top="down", source=_source(strikes, spot, "put"), fill_color=colours.put, name="puts", **bars)
    base.zero_line(plot, look, "y")
    sides = [name for name, _ in _sides(strikes)]
    if "call" in sides:
        base.note(plot, look, 8, height - 46, "Calls", colours.call)
    if "put" in sides:
        base.note(plot, look, 8, 6, "Puts", colours.put)
    base.spot_line(plot, look, spot, height - 46 if "call" in sides else 24)
    base.hover(plot, look, [up], "@strike_text Call", _rows(share=True))
    base.hover(plot, look, [down], "@strike_text Put", _rows(share=True))
    _strike_axis(plot)
    return plot
