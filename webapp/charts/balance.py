"""Home: is the balance of calls and puts unusual?"""

from typing import TYPE_CHECKING

import pandas as pd
from bokeh.models import ColumnDataSource

from usecases.freshness import is_left_out
from webapp.charts import base
from webapp.look import formats
from webapp.look.theme import Look

if TYPE_CHECKING:
    from usecases.home import HomeView


HEIGHT, FEWEST = 240, 9
OFFSET, WIDTH = 0.2, 0.37


def call_put_balance(view: "HomeView", look: Look) -> base.Figure:
    """Paired bars, calls left, of the net change on list in the last 22 sessions. [contracts]"""
    sessions = view.balance.reset_index(drop=True)
    shown, marked = _split(sessions)
    spare = max(FEWEST - len(sessions), 0) / 2
    plot = base.base(look, HEIGHT, values="y", zoom=None, x_range=(-0.6 - spare, max(len(sessions), 1) - 0.4 + spare))
    limits = base.value_range(shown[["calls", "puts"]].to_numpy())
    plot.y_range = base.fixed(limits)
    base.count_ticks(plot.yaxis[0], *limits, base.tick_text, wanted=4)
    _session_ticks(plot, sessions, look)
    base.zero_line(plot, look, "y")
    _bars(plot, shown, look)
    _marks(plot, marked, sum(limits) / 2, look)
    return plot


def _split(sessions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    out = sessions["flags"].map(is_left_out).astype(bool)
    return sessions[~out], sessions[out]


def _session_ticks(plot: base.Figure, sessions: pd.DataFrame, look: Look) -> None:
    step = 5 if look.phone else 3
    positions = [at for at in range(len(sessions)) if at % step == 0]
    base.label_ticks(plot.xaxis[0], positions, [formats.day_axis(sessions["session_date"].iloc[at]) for at in positions])


def _bars(plot: base.Figure, shown: pd.DataFrame, look: Look) -> None:
    colours = look.palette
    source = ColumnDataSource(
        {
            "left": shown.index.to_numpy() - OFFSET,
            "right": shown.index.to_numpy() + OFFSET,
            "calls": shown["calls"].to_numpy(float),
            "puts": shown["puts"].to_numpy(float),
            "session": [formats.day(day) for day in shown["session_date"]],
            "calls_text": [formats.signed(n, whole=True) for n in shown["calls"]],
            "puts_text": [formats.signed(n, whole=True) for n in shown["puts"]],
            "ratio": [formats.decimal(_ratio(p, c)) for p, c in zip(shown["puts"], shown["calls"], strict=True)],
            "flag": [", ".join(flags) or "none" for flags in shown["flags"]],
        }
    )
    calls = plot.vbar(x="left", top="calls", width=WIDTH, source=source, fill_color=colours.call, line_color=None, name="calls")
    puts = plot.vbar(
        x="right", top="puts", width=WIDTH, source=source, fill_color=colours.put, line_color=None, name="puts",
        **base.hatch(look, 9),
    )  # fmt: skip
    rows = [("Calls", "@calls_text"), ("Puts", "@puts_text"), ("Put/call", "@ratio"), ("Flags", "@flag")]
    base.hover(plot, look, [calls, puts], "@session", rows)


def _ratio(puts: float, calls: float) -> float | None:
    return puts / calls if calls > 0 and puts >= 0 else None


def _marks(plot: base.Figure, marked: pd.DataFrame, height: float, look: Look) -> None:
    for at in marked.index:
        base.left_out(plot, look, at - 0.42, at + 0.42)
    base.flagged(plot, look, marked, height)
