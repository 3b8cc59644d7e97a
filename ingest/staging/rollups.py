"""Sums of one load's rows by ticker and by expiration, and the price of each ticker, as columns ready to store."""

from collections.abc import Mapping

import numpy as np

from analytics.flow import premium

Arrays = Mapping[str, np.ndarray]
_SUMMED = ("open_interest", "oi_change", "volume")
_TICKER = ("load_id", "underlying_id")
_EXPIRATION = (*_TICKER, "expiration")


def by_ticker(rows: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns of `facts.oi_daily` and their NULL masks.

    rows: arrays load_id, underlying_id, quote_session [days since 2000], is_call [bool], open_interest, oi_change, volume
    [contracts, NaN unknown], mid [USD, NaN unknown], multiplier [float, NaN unknown]. Sums run in the order of the rows, so equal
    files give equal floats; each is over what is known, NULL where nothing is.
    """
    columns, missing, group = _summed(rows, _TICKER)
    size = len(columns["contracts"])
    worth = premium(rows["oi_change"], rows["mid"], rows["multiplier"])
    known = np.isfinite(worth)
    for right, chosen in (("call", rows["is_call"]), ("put", ~rows["is_call"])):
        counted = known & chosen
        columns[f"{right}_premium"] = np.bincount(group, np.where(counted, worth, 0.0), size)
        missing[f"{right}_premium"] = np.bincount(group, counted, size) == 0
    return columns, missing


def by_expiration(rows: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns of `facts.oi_expiration` and their NULL masks; rows as for `by_ticker`, with `expiration` [days since 2000]."""
    columns, missing, _ = _summed(rows, _EXPIRATION)
    size = len(columns["contracts"])
    return columns | {"source_forward": np.zeros(size)}, missing | {"source_forward": np.ones(size, bool)}


def levels_by_ticker(rows: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns of `facts.oi_daily` and their NULL masks, of contracts whose changes nobody reports: these and premiums are NULL.

    rows: as for `by_ticker`, without oi_change, mid and multiplier; counts in lots.
    """
    columns, missing, _ = _summed(_without_changes(rows), _TICKER)
    size = len(columns["contracts"])
    unknown = ("call_oi_change", "put_oi_change", "call_premium", "put_premium")
    return columns | {name: np.zeros(size) for name in unknown}, missing | {name: np.ones(size, bool) for name in unknown}


def levels_by_expiration(rows: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The same for `facts.oi_expiration`, without the source's forwards; rows with `expiration` [days since 2000] beside."""
    columns, missing, _ = _summed(_without_changes(rows), _EXPIRATION)
    unknown = np.ones(len(columns["contracts"]), bool)
    return columns, missing | {"call_oi_change": unknown, "put_oi_change": unknown}


def _without_changes(rows: Arrays) -> Arrays:
    return {**rows, "oi_change": np.full(len(rows["load_id"]), np.nan)}


def prices(rows: Arrays) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Columns of `facts.underlying_daily` and their NULL masks: the first spot that a load shows of each ticker."""
    priced = np.isfinite(rows["spot"])
    chosen = {name: rows[name][priced] for name in ("load_id", "underlying_id", "quote_session", "spot")}
    first = _groups(chosen, _TICKER)[0]
    columns: dict[str, np.ndarray] = {name: values[first] for name, values in chosen.items()}
    unknown = ("open", "high", "low", "close", "adjusted_close", "volume")
    return columns | {name: np.zeros(len(first)) for name in unknown}, {name: np.ones(len(first), bool) for name in unknown}


def _summed(rows: Arrays, key: tuple[str, ...]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
    """Sums over what is known of each group, NULL masks where none of its rows is, and the group of each row."""
    first, group = _groups(rows, key)
    size = len(first)
    columns: dict[str, np.ndarray] = {name: rows[name][first] for name in ("quote_session", *key)}
    missing = {}
    for right, chosen in (("call", rows["is_call"]), ("put", ~rows["is_call"])):
        there = np.bincount(group, chosen, size) > 0
        for name in _SUMMED:
            known = chosen & np.isfinite(rows[name])
            columns[f"{right}_{name}"] = np.bincount(group, np.where(known, rows[name], 0), size).astype(np.int64)
            missing[f"{right}_{name}"] = there & (np.bincount(group, known, size) == 0)
    columns["contracts"] = np.bincount(group, minlength=size)
    columns["unknown_open_interest"] = np.bincount(group, np.isnan(rows["open_interest"]), size).astype(np.int64)
    return columns, missing, group


def _groups(rows: Arrays, key: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Row at which each group begins, and the group of each row. The parts of a key are packed into one integer."""
    packed = np.zeros(len(rows[key[0]]), dtype=np.int64)
    for name in key:
        values = rows[name].astype(np.int64)
        values = values - (values.min() if len(values) else 0)
        packed = packed * (int(values.max()) + 1 if len(values) else 1) + values
    _, first, group = np.unique(packed, return_index=True, return_inverse=True)
    return first, group
