"""The simulated market as a source: lists in the shape of the real ones, and roll-ups of the full chains behind them.

    for raw in make_market(seed=7, last_session=date(2026, 11, 19)):
        payload = parse(raw)

The same seed, last session and sizes give the same bytes. A payload is one line of JSON and then Arrow tables.
"""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from core import sessions as calendar
from core.errors import RefusedPayload
from ingest.sources import Payload, Raw
from ingest.sources.barchart.slot import INCREASE_FROM
from ingest.sources.frames import CHAIN_SCHEMA, QUARANTINE_SCHEMA, ROW_SCHEMA
from ingest.sources.simulated.flow import LEAST_OPEN_INTEREST, LEAST_VOLUME, Session, trade
from ingest.sources.simulated.model import Contracts, Paths, make_contracts, make_paths
from ingest.sources.simulated.names import NAMES
from ingest.sources.simulated.quotes import LEAST_PRICE, quote
from ingest.sources.simulated.stories import plant

MAGIC = b"OI Flow simulated market 1\n"
WARM_UP = 40
"""Sessions traded before the first one that is shown, so that open interest has a past."""
STAMP = timedelta(minutes=45)
"""The lists are stamped this long after the close: volume is final."""
EARLY_STAMP = time(15, 41)
"""One session in eleven, none of the last ten, is stamped before the close, as real downloads often are."""
EARLY_SHARE = 0.94
"""Share of the final volume that such a list shows."""
MISSING_SLOT = (34, "etfs-decrease")
"""So many sessions before the last, this list is missing: the session shows how a partial one looks."""
_CHANGE = pl.col("oi_change")


def last_session(now: datetime) -> date:
    """The latest session whose lists are stamped by `now`."""
    session = calendar.latest_opened(now)
    return session if calendar.closes(session) + STAMP <= now else calendar.previous_session(session)


def make_market(seed: int, last_session: date, sessions: int = 90, names: int = len(NAMES)) -> Iterator[Raw]:
    """The payloads of `sessions` sessions up to `last_session`, oldest first: up to four lists and one chain each."""
    first = last_session - timedelta(days=2 * (sessions + WARM_UP) + 30)
    days = tuple(calendar.sessions_between(first, last_session))[-(sessions + WARM_UP) :]
    rng = np.random.default_rng(seed)
    paths = make_paths(rng, days, names)
    contracts = make_contracts(paths)
    columns = _columns(paths, contracts)
    for observed in trade(rng, paths, contracts, plant(paths, contracts), WARM_UP):
        before_last = len(days) - 1 - observed.t
        early = (
            before_last >= 10
            and before_last % 11 == 0
            and calendar.closes(days[observed.t]).astimezone(calendar.EASTERN).hour == 16
        )
        lists = _lists(rng, paths, contracts, columns, observed, early)
        for slot, rows in lists:
            if (before_last, slot) != MISSING_SLOT:
                yield _pack("simulated", slot, paths, observed.t, early, {"rows": rows})
        yield _pack("simulated_chain", "chains", paths, observed.t, False, _roll_ups(paths, contracts, observed))


def recognises(content: bytes) -> bool:
    """Whether these bytes were made here."""
    return content.startswith(MAGIC)


def parse(raw: Raw) -> Payload:
    """The payload of one list or chain. Refused: `unknown_layout`, `cut_in_row`."""
    facts, frames = _unpack(raw.content[len(MAGIC) :])
    chain = facts["source"] == "simulated_chain"
    schema = CHAIN_SCHEMA if chain else ROW_SCHEMA
    rows = frames.get("rows", pl.DataFrame(schema=schema)).with_columns(pl.col("trade_time").cast(schema["trade_time"]))
    return Payload(
        source=facts["source"],
        slot=facts["slot"],
        asset_class=None if chain else "etf" if facts["slot"].startswith("etfs") else "stock",
        session_date=date.fromisoformat(facts["session_date"]),
        quote_session=date.fromisoformat(facts["quote_session"]),
        known_at=datetime.fromisoformat(facts["known_at"]),
        coverage="full" if chain else "top_list",
        volume_final=facts["volume_final"],
        cut=False,
        rows_in=len(rows),
        duplicates=0,
        rows=rows.select(list(schema)),
        quarantined=pl.DataFrame(schema=QUARANTINE_SCHEMA),
        daily=frames.get("daily"),
        expirations=frames.get("expirations"),
        prices=frames.get("prices"),
        holds="chains" if chain else "changes",
    )


# ---------------------------------------------------------------- bytes
def _pack(source: str, slot: str, paths: Paths, t: int, early: bool, frames: dict[str, pl.DataFrame]) -> Raw:
    known_at, bodies = _stamp(paths.days[t], early), {name: _arrow(frame) for name, frame in frames.items()}
    facts = {
        "source": source,
        "slot": slot,
        "session_date": paths.days[t - 1].isoformat(),
        "quote_session": paths.days[t].isoformat(),
        "known_at": known_at.isoformat(),
        "volume_final": not early,
        "sizes": {name: len(body) for name, body in bodies.items()},
    }
    body = MAGIC + json.dumps(facts).encode() + b"\n" + b"".join(bodies.values())
    return Raw(source, f"{source}-{slot}-{paths.days[t]}.arrow", body, known_at)


def _stamp(session: date, early: bool) -> datetime:
    if early:
        return datetime.combine(session, EARLY_STAMP, calendar.EASTERN).astimezone(UTC)
    return calendar.closes(session) + STAMP


def _arrow(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    frame.write_ipc(body, compression="zstd")
    return body.getvalue()


def _unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """The facts of a payload and its tables by name."""
    head, _, tables = packed.partition(b"\n")
    try:
        facts: dict[str, Any] = json.loads(head)
    except ValueError as error:
        raise RefusedPayload("unknown_layout", "This is no payload of the simulated market.") from error
    if sum(facts["sizes"].values()) != len(tables):
        raise RefusedPayload("cut_in_row", "The file ends before its tables do.")
    parts = io.BytesIO(tables)
    return facts, {name: pl.read_ipc(parts.read(size)) for name, size in facts["sizes"].items()}


# ---------------------------------------------------------------- tables
def _columns(paths: Paths, contracts: Contracts) -> pl.DataFrame:
    """What never changes about each contract, in the words of a list's rows."""
    symbols = np.array([name.symbol for name in paths.names])[contracts.name]
    days = contracts.expiration - date(1970, 1, 1).toordinal()
    return pl.DataFrame(
        {
            "symbol": symbols,
            "root": symbols,
            "expiration": pl.Series(days.astype(np.int32)).cast(pl.Date),
            "right": np.where(contracts.call, "C", "P"),
            "strike_milli": np.round(contracts.strike * 1000).astype(np.int64),
        }
    )


def _lists(
    rng: np.random.Generator, paths: Paths, contracts: Contracts, columns: pl.DataFrame, observed: Session, early: bool
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The four lists of a session, split as the real ones are."""
    rows = _listed(rng, paths, contracts, columns, observed, early)
    for asset, fund in (("stocks", False), ("etfs", True)):
        for way, wanted in (("increase", _CHANGE > INCREASE_FROM), ("decrease", _CHANGE < INCREASE_FROM)):
            part = rows.filter((pl.col("fund") == fund) & wanted)
            part = part.sort("oi_change", descending=way == "increase", maintain_order=True)
            yield f"{asset}-{way}", part.drop("fund").with_row_index("line_number", 2).cast({"line_number": pl.Int64})


def _listed(
    rng: np.random.Generator, paths: Paths, contracts: Contracts, columns: pl.DataFrame, observed: Session, early: bool
) -> pl.DataFrame:
    """Contracts that traded enough to be listed, with `fund` beside."""
    t, which = observed.t, observed.counted
    volume = np.floor(observed.volume * EARLY_SHARE).astype(np.int64) if early else observed.volume
    which = which[(volume[which] >= LEAST_VOLUME) & (observed.open_interest[which] >= LEAST_OPEN_INTEREST)]
    close = calendar.closes(paths.days[t])
    seen = _stamp(paths.days[t], True) - timedelta(minutes=15) if early else close
    quotes = quote(rng, paths, contracts, which, t, (calendar.opens(paths.days[t]), seen))
    rows = columns[which].with_columns(
        deliverable=pl.lit("standard"),
        spot=paths.close[t, contracts.name[which]],
        bid=quotes.bid,
        ask=quotes.ask,
        mid=np.round((quotes.bid + quotes.ask) / 2, 3),
        last=quotes.last,
        volume=volume[which],
        open_interest=observed.open_interest[which],
        oi_change=observed.oi_change[which],
        iv=quotes.iv,
        delta=quotes.delta,
        trade_time=quotes.trade_time,
        fund=np.array([name.is_fund for name in paths.names])[contracts.name[which]],
    )
    return rows.filter(pl.col("last") >= LEAST_PRICE)


def _roll_ups(paths: Paths, contracts: Contracts, observed: Session) -> dict[str, pl.DataFrame]:
    """Sums over the full chain of each name and expiration, and the day's prices."""
    t, which = observed.t, observed.counted
    keys = contracts.name[which] * 1_000_000 + contracts.expiration[which]
    pairs, place = np.unique(keys, return_inverse=True)
    total = partial(_by_right, place, len(pairs), contracts.call[which])
    symbols = np.array([name.symbol for name in paths.names])
    expirations = pl.DataFrame(
        {
            "symbol": symbols[pairs // 1_000_000],
            "expiration": pl.Series((pairs % 1_000_000 - date(1970, 1, 1).toordinal()).astype(np.int32)).cast(pl.Date),
            **total("open_interest", observed.open_interest[which]),
            **total("oi_change", observed.oi_change[which]),
            **total("volume", observed.volume[which]),
            "contracts": np.bincount(place, minlength=len(pairs)),
        }
    )
    daily = expirations.drop("expiration").group_by("symbol", maintain_order=True).sum()
    prices = {"symbol": symbols, "name": [name.title for name in paths.names], "spot": paths.close[t]}
    prices |= {"open": paths.open[t], "high": paths.high[t], "low": paths.low[t], "close": paths.close[t]}
    return {"daily": daily, "expirations": expirations, "prices": pl.DataFrame(prices | {"volume": paths.shares[t]})}


def _by_right(place: np.ndarray, size: int, call: np.ndarray, name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Sums of calls and of puts, as `call_...` and `put_...`."""
    calls = np.bincount(place[call], values[call], size).astype(np.int64)
    puts = np.bincount(place[~call], values[~call], size).astype(np.int64)
    return {f"call_{name}": calls, f"put_{name}": puts}
