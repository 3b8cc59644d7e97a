"""Whether the columns of a chain still mean what they meant: names may stay while units, sides or columns change.

Prices of options tell it by themselves. Of a call and a put with one strike and expiration, call - put falls by 1 where the
strike rises by 1, whatever the volatility; and at the strike where both cost the same, their price, the days left and the
volatility go with each other (Brenner and Subrahmanyam 1988). Limits are wide: real chains lie within 10 % of what is expected
here, a change of units is a factor of 100.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.errors import RefusedPayload

FEWEST = 20
"""Fewer rows than this prove nothing about a column."""
FEWEST_SLOPES = 8
CROSSED = 0.2
"""Share of quotes with the bid above the ask from which the two columns are swapped; real files show up to 0.03."""
DISAGREE, MOST_SLIPS = 0.02, 2
"""Share and number of contracts whose volume may not fit their trades; real files show a share of 0.0004."""
SLOPE = (-2.0, -0.5)
"""Bounds of d(call - put) / d(strike); real chains show -1.05 to -0.95."""
SPOT_APART, FACTOR = 3.0, 4.0
"""The underlying may be so many times what the options say, a volatility or Greek so many times what prices say."""
_NEAR = (0.6, 1.6)
"""Strikes, in parts of the forward, whose prices are looked at: far from it stand contracts that nobody quotes any more."""
_AT_FORWARD = 1 / math.sqrt(2 * math.pi)
_COLUMNS = ("root", "expiration", "strike_milli", "right", "bid", "ask", "mark", "last", "iv", "gamma", "theta", "vega")
_LEAST = {"gamma": 5e-4, "theta": 5e-3, "vega": 1e-2}
"""Expected Greeks below these are lost in the sources' four decimals."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ladder:
    """Calls and puts of one root and expiration at common strikes, ascending. days: to expiration; spread: call - put."""

    days: int
    strike: Array
    spread: Array
    rows: dict[str, Array]

    @property
    def middle(self) -> int:
        """The place of the strike where both cost nearly the same."""
        return int(np.argmin(np.abs(self.spread)))

    @property
    def forward(self) -> float:
        """What the underlying costs for this expiration, by the prices of its options. [USD]"""
        return float(self.strike[self.middle] + self.spread[self.middle])

    def slopes(self) -> Array:
        """Change of call - put by strike, between strikes half the ladder apart, near the one where both cost nearly the same.

        The forward itself would not do: in other units it lies far from every strike, and nothing would be left to look at.
        """
        at = self.strike[self.middle]
        near = (self.strike > _NEAR[0] * at) & (self.strike < _NEAR[1] * at)
        strike, spread = self.strike[near], self.spread[near]
        half = max(1, len(strike) // 2)
        return (spread[half:] - spread[:-half]) / (strike[half:] - strike[:-half])


def examine(rows: pl.DataFrame, quote_session: date, spot: float | None = None) -> None:
    """Refuse a chain whose figures as a whole cannot be. rows: CHAIN_SCHEMA, US market; `traded`, where there is such a column,
    says whether the source itself shows a trade in the session. Refused: `quotes_swapped`, `sides_swapped`, `units_changed`,
    `counts_disagree`.
    """
    _quotes(rows)
    _counts(rows)
    ladders = list(_ladders(rows, quote_session))
    slopes = np.concatenate([ladder.slopes() for ladder in ladders] or [np.zeros(0)])
    if len(slopes) < FEWEST_SLOPES:
        return
    slope = float(np.median(slopes))
    if slope > -SLOPE[1]:
        raise RefusedPayload("sides_swapped", f"Call less put rises by {slope:.2f} a strike: calls and puts are swapped.")
    if not SLOPE[0] < slope < SLOPE[1]:
        raise RefusedPayload(
            "units_changed", f"Call less put falls by {-slope:.3g} a strike and should by 1: prices in other units."
        )
    _underlying(ladders, spot)
    for name, ratio in _ratios(ladders).items():
        if not 1 / FACTOR < ratio < FACTOR:
            raise RefusedPayload("units_changed", f"{name} is {ratio:.3g} times what the prices say: it is in other units.")


def _quotes(rows: pl.DataFrame) -> None:
    quoted = rows.filter((pl.col("bid") > 0) | (pl.col("ask") > 0)).select("bid", "ask").drop_nulls()
    crossed = int((quoted["bid"] > quoted["ask"]).sum())
    if len(quoted) >= FEWEST and crossed > CROSSED * len(quoted):
        raise RefusedPayload("quotes_swapped", f"In {crossed} of {len(quoted)} quotes the bid is above the ask.")


def _counts(rows: pl.DataFrame) -> None:
    if "traded" not in rows.columns:
        return
    known = rows.select("traded", "volume").drop_nulls()
    wrong = int((known["traded"] != (known["volume"] > 0)).sum())
    if len(known) >= FEWEST and wrong > max(MOST_SLIPS, DISAGREE * len(known)):
        words = (
            f"For {wrong} of {len(known)} contracts the volume does not fit the trades: is it open interest, or of another day?"
        )
        raise RefusedPayload("counts_disagree", words)


def _underlying(ladders: list[Ladder], spot: float | None) -> None:
    forward = float(np.median([ladder.forward for ladder in ladders]))
    if spot is not None and not 1 / SPOT_APART < spot / forward < SPOT_APART:
        raise RefusedPayload("units_changed", f"The underlying costs {spot:g}, and its options say {forward:.5g}.")


def _ladders(rows: pl.DataFrame, quote_session: date) -> Iterator[Ladder]:
    """The ladders of a chain: by quotes, or by the source's own marks or last trades where hardly anything is quoted."""
    mid = pl.when((pl.col("bid") > 0) & (pl.col("ask") >= pl.col("bid"))).then((pl.col("bid") + pl.col("ask")) / 2)
    priced = rows.filter(deliverable="standard").select(*_COLUMNS, mid=mid)
    quoted = priced["mid"].count() >= CROSSED * len(priced)
    priced = priced.with_columns(price="mid" if quoted else pl.coalesce("mark", "last")).filter(pl.col("price") > 0)
    key = ["root", "expiration", "strike_milli"]
    calls, puts = (priced.filter(right=right).drop("right").unique(key, keep="first", maintain_order=True) for right in "CP")
    pairs = calls.join(puts, on=key, suffix="_put").sort("strike_milli")
    for (_, expiration), part in pairs.group_by(["root", "expiration"], maintain_order=True):
        if len(part) >= 3:
            columns = {name: part[name].to_numpy() for name in part.columns if name not in ("root", "expiration", "strike_milli")}
            strike, spread = part["strike_milli"].to_numpy() / 1000, columns["price"] - columns["price_put"]
            yield Ladder((expiration - quote_session).days, strike, spread, columns)


def _ratios(ladders: list[Ladder]) -> dict[str, float]:
    """Median of each volatility and Greek over what the prices say it should be, where there are enough of them."""
    found: dict[str, list[float]] = {name: [] for name in ("iv", *_LEAST)}
    for ladder in ladders:
        for name, ratio in _at_forward(ladder):
            found[name].append(ratio)
    return {name: float(np.median(ratios)) for name, ratios in found.items() if len(ratios) >= 2}


def _at_forward(ladder: Ladder) -> Iterator[tuple[str, float]]:
    """(column, shown over expected) of the call and the put at the forward; none where their prices say too little."""
    place, rows = ladder.middle, {name: values[ladder.middle] for name, values in ladder.rows.items()}
    straddle = rows["price"] + rows["price_put"]
    if ladder.days < 2 or abs(ladder.spread[place]) > straddle / 2:
        return
    root = math.sqrt(ladder.days / 365)
    iv = straddle / (2 * _AT_FORWARD * ladder.forward * root)
    expected = {
        "iv": iv,
        "gamma": _AT_FORWARD / (ladder.forward * iv * root),
        "theta": -ladder.forward * iv * _AT_FORWARD / (2 * root * 365),
        "vega": ladder.forward * root * _AT_FORWARD / 100,
    }
    for name, value in expected.items():
        for shown in (_known(rows[name]), _known(rows[f"{name}_put"])):
            if abs(value) >= _LEAST.get(name, 0) and shown and not math.isnan(shown):
                yield name, shown / value


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)
