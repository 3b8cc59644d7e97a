"""From stored rows to the table of contracts that every page shows."""

from typing import Any

import numpy as np
import pandas as pd

from analytics import flow
from core import vocabulary
from core.reasons import codes

_COUNTS = ("opened_min", "opened_max", "closed_min", "closed_max")
_FLOATS = ("bid", "ask", "mid", "last", "spot", "iv", "delta", "share_new", "vol_oi", "multiplier")
_ORDER = ["size", "symbol", "expiration", "strike_milli", "right", "contract_id"]


def contract_frame(rows: pd.DataFrame, volumes: pd.DataFrame | None, listed_before: set[int] | None) -> pd.DataFrame:
    """Columns of vocabulary.CONTRACT by size of change.

    volumes: contract_id, volume and volume_final of the session in which the changes were made, None where it is not stored;
    listed_before: contracts of earlier sessions, None if not known.
    """
    if rows.empty:
        return vocabulary.empty(vocabulary.CONTRACT)
    frame = rows.astype(dict.fromkeys(_FLOATS, "float64"))
    frame["size"] = -frame["oi_change"].abs()
    frame = frame.sort_values(_ORDER, ignore_index=True)
    frame["strike"] = frame["strike_milli"].astype("float64") / 1000.0
    frame["oi_before"] = frame["open_interest"] - frame["oi_change"]
    frame["premium"] = flow.premium(frame["oi_change"], frame["mid"], frame["multiplier"]).round(2)
    frame["delta_notional"] = flow.delta_notional(frame["oi_change"], frame["delta"], frame["spot"], frame["multiplier"]).round(2)
    frame["spread_pct"] = (frame["ask"] - frame["bid"]) / frame["mid"].where(frame["mid"] > 0)
    comparable = frame["spot"].where((frame["spot"] > 0) & (frame["deliverable"] == "standard"))
    frame["from_spot"] = frame["strike"] / comparable - 1.0
    labels = flow.moneyness_label(frame["right"].to_numpy(str), frame["strike"], comparable)
    frame["moneyness_label"] = _known(labels)
    frame["reasons"] = frame["reasons"].map({bits: list(codes(bits)) for bits in frame["reasons"].unique()})
    frame = frame.assign(**_bounds(frame, volumes))
    frame["first_listed"] = pd.NA if listed_before is None else ~frame["contract_id"].isin(listed_before)
    return vocabulary.cast(frame, vocabulary.CONTRACT)


def _bounds(frame: pd.DataFrame, volumes: pd.DataFrame | None) -> dict[str, Any]:
    """Opening bounds from the change and the volume of the session in which it was made."""
    if volumes is None or volumes.empty:
        unknown = pd.Series(np.nan, index=frame.index)
        return opening_bounds(frame["oi_change"], unknown, unknown)
    made = volumes.drop_duplicates("contract_id").set_index("contract_id").reindex(frame["contract_id"])
    return opening_bounds(frame["oi_change"], made["volume"], made["volume_final"])


def opening_bounds(oi_change: pd.Series, made_volume: pd.Series, made_final: pd.Series) -> dict[str, Any]:
    """The four bounds as Int64 and the reason where there are none. made_*: final volume of the session of the change."""
    volume = made_volume.to_numpy(dtype=float, na_value=np.nan)
    final = made_final.eq(True).to_numpy(dtype=bool) | np.isnan(volume)  # without a volume the reason is that
    *bounds, reason = flow.opening_bounds(oi_change.to_numpy(dtype=float), volume, final)
    whole = {name: pd.Series(values, index=oi_change.index).astype("Int64") for name, values in zip(_COUNTS, bounds, strict=True)}
    return {**whole, "bounds_reason": _known(reason)}


def _known(words: np.ndarray) -> list[str | None]:
    """Words, None for the empty one."""
    return [word or None for word in words.tolist()]
