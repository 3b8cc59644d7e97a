"""Made-up views of the right shape: what the use cases answer, without a database. Invented tickers, seeded figures."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core import vocabulary
from db.read import ContractKey
from usecases.changes import ChangesView
from usecases.contract_table import TableView
from usecases.display import DisplayView, TickerPanel
from usecases.filters import Filters
from usecases.flow_trend import ContractChoices, TrendView
from usecases.freshness import Freshness
from usecases.home import HomeView
from usecases.new_positions import NewPositionsView

SESSION, QUOTES = date(2026, 11, 18), date(2026, 11, 19)
TICKERS = [f"{a}{b}" for a in ("AVE", "BRO", "CIM", "DUL", "FEN") for b in ("X", "N", "T", "Q")]
SPOT = 427.05


def freshness(**changes: Any) -> Freshness:
    """A simulated top list with volume that is not final."""
    values: dict[str, Any] = {
        "session_date": SESSION, "quote_session": QUOTES, "known_at": datetime(2026, 11, 19, 20, 41, tzinfo=UTC),
        "source": "simulated", "source_label": "Simulated", "coverage": "top_list", "volume_final": False, "flags": (),
        "flag_details": {}, "late": False, "expected_at": None, "simulated": True, "data_version": 1,
    }  # fmt: skip
    return Freshness(**(values | changes))


def contracts(count: int = 120, seed: int = 1) -> pd.DataFrame:
    """`count` contracts with every column of the vocabulary, by size of change; some figures unknown."""
    rng = np.random.default_rng(seed)
    spot = rng.uniform(20, 500, count).round(2)
    strike = (spot * rng.normal(1, 0.08, count)).round(0)
    change = (10 ** rng.uniform(2.5, 4.8, count) * np.where(rng.random(count) < 0.25, -1, 1)).astype(int)
    level = (np.abs(change) / rng.uniform(0.1, 1, count)).astype(int) + 1
    dte = rng.choice([0, 7, 14, 21, 29, 49, 77, 140, 400], count)
    mid = rng.uniform(0.1, 12, count).round(2)
    frame = pd.DataFrame({name: [None] * count for name in vocabulary.CONTRACT})
    frame = frame.assign(
        contract_id=np.arange(count), symbol=rng.choice(TICKERS, count), asset_class="stock", right=rng.choice(["C", "P"], count),
        expiration=[QUOTES + timedelta(int(days)) for days in dte], strike=strike, deliverable="standard", dte=dte,
        oi_change=change,
        open_interest=level, oi_before=level - change, share_new=np.where(change > 0, change / level, np.nan),
        volume=rng.integers(500, 90000, count), vol_oi=rng.uniform(0.1, 4, count), premium=np.abs(change) * mid * 100,
        delta_notional=change * spot * 40, bid=mid - 0.05, ask=mid + 0.05, mid=mid, last=mid, spread_pct=0.1 / mid, spot=spot,
        from_spot=strike / spot - 1, moneyness_label="OTM", iv=rng.uniform(0.15, 0.9, count), delta=rng.uniform(-1, 1, count),
        sentiment=rng.choice([2, 1, 0, -1, -2], count), confidence=rng.integers(1, 4, count), first_listed=False,
        reasons=[["no_trade_time"]] * count, trade_time=datetime(2026, 11, 19, 15, 0, tzinfo=UTC),
    )  # fmt: skip
    frame.loc[:2, ["iv", "sentiment"]] = None
    frame = frame.sort_values("oi_change", key=np.abs, ascending=False, ignore_index=True)
    return vocabulary.cast(frame, vocabulary.CONTRACT)


def tickers(count: int = 20, seed: int = 2) -> pd.DataFrame:
    """Sums on the list for `count` tickers, largest first; one with puts against calls."""
    rng = np.random.default_rng(seed)
    size = 140_000 / np.arange(1, count + 1)
    calls, puts = (size * rng.uniform(0.3, 1, count)).astype(int), (size * rng.uniform(0.1, 1.2, count)).astype(int)
    puts[4], calls[9] = -puts[4], -calls[9]
    frame = pd.DataFrame(
        {
            "symbol": TICKERS[:count],
            "asset_class": "stock",
            "call_oi_change": calls,
            "put_oi_change": puts,
            "net_oi_change": calls + puts,
            "call_open_interest": np.abs(calls) * 14,
            "put_open_interest": np.abs(puts) * 21,
            "contracts": 300,
            "spot": SPOT,
        }
    )
    return vocabulary.cast(frame, vocabulary.TICKER)


def strikes(spot: float = SPOT, seed: int = 3) -> pd.DataFrame:
    """Sums by strike around spot; far strikes have puts only."""
    rng = np.random.default_rng(seed)
    at = np.unique(np.concatenate([np.arange(0.86, 1.12, 0.0025) * spot // 1, np.arange(0.6, 1.3, 0.05) * spot // 5 * 5]))
    near = np.exp(-(((at / spot - 1) / 0.05) ** 2))
    calls = (rng.normal(3000, 4000, at.size) * near).round()
    puts = (rng.normal(4000, 6000, at.size) * near).round()
    none = at < spot * 0.8
    frame = pd.DataFrame(
        {
            "strike": at,
            "call_oi_change": np.where(none, 0, calls),
            "put_oi_change": puts,
            "call_open_interest": np.where(none, 0, np.abs(calls) * 12 + 500),
            "put_open_interest": np.abs(puts) * 30 + 900,
            "call_expiration": QUOTES + timedelta(28),
            "put_expiration": QUOTES + timedelta(56),
            "call_share": 0.031,
            "put_share": 0.027,
        }
    )
    return vocabulary.cast(frame, vocabulary.STRIKE)


def balance(count: int = 22, seed: int = 4) -> pd.DataFrame:
    """Net changes of `count` sessions; the last but one is discontinuous."""
    rng = np.random.default_rng(seed)
    days = [SESSION - timedelta(int(back)) for back in np.arange(count)[::-1]]
    flags = [["discontinuous"] if at == count - 2 else [] for at in range(count)]
    calls, puts = rng.integers(900_000, 1_800_000, count), rng.integers(600_000, 1_500_000, count)
    frame = pd.DataFrame(
        {
            "session_date": days,
            "quote_session": [day + timedelta(1) for day in days],
            "calls": calls,
            "puts": puts,
            "flags": flags,
        }
    )
    return vocabulary.cast(frame, vocabulary.BALANCE)


def home(**changes: Any) -> HomeView:
    values: dict[str, Any] = {
        "freshness": freshness(), "calls": 1_151_000, "puts": 910_000, "put_call": 0.79, "put_call_median20": 0.89,
        "contracts": 6294, "tickers": 575, "largest": contracts().head(25), "balance": balance(), "ticker_changes": tickers(16),
        "limited": None,
    }  # fmt: skip
    return HomeView(**(values | changes))


def changes(**different: Any) -> ChangesView:
    values: dict[str, Any] = {
        "freshness": freshness(), "filters": Filters(), "sessions": tuple(SESSION - timedelta(n) for n in range(5)),
        "tickers": tickers(), "ticker": TICKERS[0], "ticker_choices": TICKERS, "spot": SPOT, "strikes": strikes(),
        "contracts": contracts(), "calls": 1_151_000, "puts": 910_000, "loosening": None, "limited": None,
    }  # fmt: skip
    return ChangesView(**(values | different))


def display(count: int = 9) -> DisplayView:
    panels = tuple(TickerPanel(name, SPOT, strikes(SPOT, seed), 90_000, 50_000) for seed, name in enumerate(TICKERS[:count]))
    return DisplayView(freshness(), Filters(), panels)


def new_positions(**changes: Any) -> NewPositionsView:
    found = contracts(160)
    found = found[found["share_new"] >= 0.5].reset_index(drop=True)
    values: dict[str, Any] = {
        "freshness": freshness(), "filters": Filters(share_new=0.8, min_change=500), "contracts": found, "found": len(found),
        "on_list": 6294, "calls": 74, "puts": 45, "opened": 479_000, "premium": 57_100_000.0, "loosening": None,
    }  # fmt: skip
    return NewPositionsView(**(values | changes))


def trend(count: int = 40, seed: int = 6, **changes: Any) -> TrendView:
    """A contract over `count` sessions with a gap of two sessions and one flagged session."""
    rng = np.random.default_rng(seed)
    days = [SESSION - timedelta(int(back)) for back in np.arange(count)[::-1]]
    change = rng.normal(1500, 4000, count).round()
    level = 60_000 + np.cumsum(change)
    frame = pd.DataFrame({name: [None] * count for name in vocabulary.TREND}).assign(
        session_date=days, quote_session=[day + timedelta(1) for day in days], open_interest=level, oi_change=change,
        volume=rng.integers(4000, 20000, count).astype(float), volume_final=False, iv=rng.uniform(0.3, 0.5, count), listed=True,
        delta=rng.uniform(0.3, 0.5, count), last=rng.uniform(2, 5, count), spot=SPOT, source="simulated",
        flags=[["discontinuous"] if at == 20 else [] for at in range(count)],
    )  # fmt: skip
    gap = ["open_interest", "oi_change", "volume", "iv", "delta", "last", "spot"]
    frame.loc[10:11, gap] = np.nan
    frame.loc[10:11, "listed"] = False
    frame = vocabulary.cast(frame, vocabulary.TREND, vocabulary.TREND_KINDS)
    values: dict[str, Any] = {
        "freshness": freshness(), "symbol": TICKERS[0], "right": "C",
        "contract": ContractKey(TICKERS[0], date(2026, 12, 18), "C", 430_000, "standard"),
        "sessions": frame, "expiration": date(2026, 12, 18), "limited": None,
        "choices": ContractChoices((date(2026, 12, 18), date(2027, 1, 15)), (420.0, 430.0)),
    }  # fmt: skip
    return TrendView(**(values | changes))


def table() -> TableView:
    return TableView(freshness(), Filters(), contracts(500))
