"""Flow trend: one contract or one ticker over the sessions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd

from core import vocabulary
from core.access import Limits
from core.sessions import previous_session, sessions_between
from db.read import ContractKey, StoredSession
from usecases.contract_rows import opening_bounds
from usecases.freshness import Freshness
from usecases.reader import Reader

Kind = Literal["contract", "ticker"]
RIGHTS = ("C", "P")
_FIGURES = ("open_interest", "oi_change", "volume", "iv", "delta", "last", "spot")


@dataclass(frozen=True)
class ContractChoices:
    """What the picker offers for a ticker: expirations, then strikes of the chosen expiration."""

    expirations: tuple[date, ...]
    strikes: tuple[float, ...]


@dataclass(frozen=True)
class TrendView:
    """One row a trading day; where the source shows nothing `listed` is False and figures are unknown: a gap, not zero.

    contract is None where the rows are a ticker's sums; right is then the one summed, None for both.
    """

    freshness: Freshness | None
    symbol: str
    right: str | None
    contract: ContractKey | None
    sessions: pd.DataFrame
    expiration: date | None
    choices: ContractChoices
    limited: Limits | None

    @property
    def kind(self) -> Kind:
        """Whether the rows are of one contract or a ticker's sums."""
        return "ticker" if self.contract is None else "contract"

    @property
    def label(self) -> str:
        """The series as the head of a file names it."""
        return _label(self.symbol, self.contract, self.right)


def view_trend(
    reader: Reader,
    symbol: str,
    expiration: date | None = None,
    strike: float | None = None,
    right: str | None = None,
    deliverable: str = "standard",
    months: int = 2,
    as_of: datetime | None = None,
) -> TrendView:
    """A contract if expiration, strike and right are given, else the ticker's sums on list (of one right, if given)."""
    limited = reader.limits("flow_trend")
    symbol, right = symbol.strip().upper(), right if right in RIGHTS else None
    as_of = None if limited is not None and limited.sessions is not None else as_of
    listing = _recent(reader.sessions(as_of), months, limited)
    key = _key(symbol, expiration, strike, right, deliverable)
    chosen = listing if key else _recent(_of_tickers(reader, listing, as_of), months, limited)
    if not chosen:
        return TrendView(None, symbol, right, key, _none(), expiration, ContractChoices((), ()), limited)
    rows = reader.contract_history(key, chosen) if key else _ticker_rows(reader, symbol, right, chosen)
    return TrendView(
        freshness=reader.freshness(chosen[-1], as_of),
        symbol=symbol,
        right=right,
        contract=key,
        sessions=_by_session(rows, chosen, key),
        expiration=expiration,
        choices=_choices(reader.ticker_contracts(symbol, listing), expiration, right),
        limited=limited,
    )


def tickers(reader: Reader, as_of: datetime | None = None) -> dict[str, str | None]:
    """Tickers of the latest session, in order of the alphabet, each with the name of its company or fund: what the ticker box
    suggests. None where no list names it."""
    limited = reader.limits("flow_trend")
    latest = reader.session(None, as_of if limited is None else None)
    return reader.ticker_names(latest) if latest else {}


def _key(symbol: str, expiration: date | None, strike: float | None, right: str | None, deliverable: str) -> ContractKey | None:
    """The contract that is asked for; None where the words name a ticker only."""
    if expiration is None or strike is None or right is None:
        return None
    return ContractKey(symbol, expiration, right, round(strike * 1000), deliverable)


def _recent(sessions: list[StoredSession], months: int, limited: Limits | None) -> list[StoredSession]:
    if not sessions:
        return []
    first = (pd.Timestamp(sessions[-1].quote_session) - pd.DateOffset(months=max(1, min(months, 120)))).date()
    recent = [each for each in sessions if each.quote_session >= first]
    return recent[-limited.sessions :] if limited is not None and limited.sessions else recent


def _of_tickers(reader: Reader, listing: list[StoredSession], as_of: datetime | None) -> list[StoredSession]:
    """Sessions of a source that shows whole chains if it is as recent as the lists: sums over a list depend on who is on it."""
    full = [each for each in reader.stored(as_of) if each.coverage == "full"]
    preferred = [each for each in full if each.preference == min(other.preference for other in full)]
    return preferred if preferred and (not listing or preferred[-1].quote_session >= listing[-1].quote_session) else listing


def _ticker_rows(reader: Reader, symbol: str, right: str | None, chosen: list[StoredSession]) -> pd.DataFrame:
    sums = reader.ticker_history(symbol, chosen)
    sides = {"C": ("call",), "P": ("put",)}.get(right or "", ("call", "put"))
    rows = sums[["quote_session", "spot"]].astype({"spot": "float64"})
    for name in ("open_interest", "oi_change", "volume"):
        rows[name] = sum(sums[f"{side}_{name}"].astype("float64") for side in sides)
    return rows.assign(iv=float("nan"), delta=float("nan"), last=float("nan"))


def _by_session(rows: pd.DataFrame, chosen: list[StoredSession], key: ContractKey | None) -> pd.DataFrame:
    """The rows on every trading day from the first listing to the last session (or expiration), gaps included."""
    if rows.empty:
        return _none()
    last = min(chosen[-1].quote_session, key.expiration) if key else chosen[-1].quote_session
    days = pd.DataFrame({"quote_session": sessions_between(min(rows["quote_session"]), last)}, dtype=object)
    stored = {each.quote_session: each for each in chosen}
    table = days.merge(rows.drop_duplicates("quote_session"), on="quote_session", how="left").astype(
        dict.fromkeys(_FIGURES, "float64")
    )
    at = [stored.get(day) for day in table["quote_session"]]
    table["session_date"] = pd.Series(
        [each.session_date if each else previous_session(day) for each, day in zip(at, table["quote_session"], strict=True)],
        dtype=object,
    )
    table["known_at"] = pd.Series([each.known_at if each else pd.NaT for each in at], dtype="datetime64[us, UTC]")
    table["source"] = [each.source if each else None for each in at]
    table["volume_final"] = pd.array([each.volume_final if each else None for each in at], dtype="boolean")
    table["flags"] = pd.Series([list(each.flags) if each else [] for each in at], dtype=object)
    table["listed"] = table["open_interest"].notna()
    return vocabulary.cast(table.assign(**_bounds(table, key)), vocabulary.TREND, vocabulary.TREND_KINDS)


def _bounds(table: pd.DataFrame, key: ContractKey | None) -> dict[str, Any]:
    """Bounds of each change by the volume of its own session; a ticker has none, because contracts' bounds do not add up."""
    seen = table.set_index("quote_session")
    made = table["session_date"].map(seen["volume"]).astype("float64")
    final = table["session_date"].map(seen["volume_final"]).astype("boolean").fillna(False)
    bounds = opening_bounds(table["oi_change"], made, final)
    if key is None:
        unknown = pd.array([None] * len(table), dtype="Int64")
        bounds = dict.fromkeys(bounds, unknown) | {"bounds_reason": ["contracts_only"] * len(table)}
    return bounds


def _none() -> pd.DataFrame:
    return vocabulary.empty(vocabulary.TREND, vocabulary.TREND_KINDS)


def _choices(contracts: list[ContractKey], expiration: date | None, right: str | None) -> ContractChoices:
    here = (each for each in contracts if expiration in (None, each.expiration))
    strikes = {each.strike_milli / 1000 for each in here if right in (None, each.right)}
    return ContractChoices(tuple(sorted({each.expiration for each in contracts})), tuple(sorted(strikes)))


def _label(symbol: str, key: ContractKey | None, right: str | None) -> str:
    words = {"C": "calls", "P": "puts"}
    if key is None:
        return f"{symbol} {words[right]}" if right in words else symbol
    adjusted = " adjusted" if key.deliverable == "adjusted" else ""
    side = "Call" if key.right == "C" else "Put"
    return f"{symbol} {key.expiration:%d %b %Y} {key.strike_milli / 1000:g} {side}{adjusted}"
