"""Writes Barchart files: all six layouts, made-up figures, the vendor's spelling. No row of it is a vendor's."""

import math
import random
from datetime import date, timedelta

from core import sessions

_TAIL = ("Last", "Volume", "Open Int", "OI Chg")
HEADERS = {
    "A": ("Symbol", "Price", "Type", "Strike", "Exp Date", "DTE", "Bid", "Midpoint", "Ask", *_TAIL, "IV", "Time"),
    "B": ("Symbol", "Price~", "Type", "Strike", "Exp Date", "DTE", "Bid", "Midpoint", "Ask", *_TAIL, "IV", "Time"),
    "C": ("Symbol", "Symbol", "Price", "Type", "Strike", "Exp Date", "DTE", "Bid", "Midpoint", "Ask", *_TAIL, "IV", "Time"),
    "D": ("Symbol", "Symbol", "Price~", "Type", "Strike", "Exp Date", "DTE", "Bid", "Midpoint", "Ask", *_TAIL, "IV", "Time"),
    "E": ("Symbol", "Price~", "Type", "Strike", "Exp Date", "DTE", "Bid", "Mid", "Ask", *_TAIL, "IV", "Time"),
    "F": ("Symbol", "Price~", "Type", "Strike", "Exp Date", "DTE", "Bid", "Ask", *_TAIL, "Delta", "IV", "Time"),
}
LAYOUTS = tuple(HEADERS)
SLOTS = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")
SESSIONS = (date(2023, 6, 14), date(2023, 12, 5), date(2024, 3, 11), date(2025, 7, 3), date(2026, 11, 2))
"""Days of both seasons, a half day, the first one after the clock changed, a recent one."""
NAMES = {
    "stocks": ("AAPL", "TSLA", "NVDA", "BAC", "AMD", "F", "PLTR", "INTC"),
    "etfs": ("SPY", "QQQ", "IWM", "TLT", "GLD", "XLF"),
}
OURS = {
    "Price": "spot", "Price~": "spot", "Type": "right", "Strike": "strike", "Exp Date": "expiration", "DTE": "dte", "Bid": "bid",
    "Midpoint": "mid", "Mid": "mid", "Ask": "ask", "Last": "last", "Volume": "volume", "Open Int": "open_interest",
    "OI Chg": "oi_change", "Delta": "delta", "IV": "iv", "Time": "trade_time",
}  # fmt: skip


def row(session: date, slot: str = "stocks-increase", **changes: object) -> dict[str, object]:
    """One sound row: a call on a stock or fund, a month from expiration. Text stays as it is given."""
    market, side = slot.split("-")
    sound = {
        "symbol": NAMES[market][0],
        "spot": 100.5,
        "right": "Call",
        "strike": 105,
        "expiration": session + timedelta(days=30),
        "bid": 2.1,
        "ask": 2.2,
        "last": 2.15,
        "volume": 1500,
        "open_interest": 4000,
        "oi_change": 1250 if side == "increase" else -1250,
        "delta": 0.42,
        "iv": 24.5,
        "trade_time": "14:05 ET",
    }
    made = sound | changes
    made.setdefault("dte", (made["expiration"] - session).days if isinstance(made["expiration"], date) else 30)
    if isinstance(made["bid"], float | int) and isinstance(made["ask"], float | int):
        made.setdefault("mid", math.floor((made["bid"] + made["ask"]) * 50 + 0.5 + 1e-9) / 100)
    made.setdefault("mid", 2.15)
    return made


def rows(session: date, slot: str, count: int, seed: int = 0) -> list[dict[str, object]]:
    """Sound rows of `count` different contracts, the same for the same seed."""
    rng = random.Random(f"{session} {slot} {seed}")
    market, side = slot.split("-")
    made: dict[tuple[object, ...], dict[str, object]] = {}
    while len(made) < count:
        symbol = rng.choice(NAMES[market])
        spot = round(50 + 25 * NAMES[market].index(symbol) + rng.random(), 2)
        strike = round(spot * math.exp(rng.gauss(0, 0.08)) * 2) / 2
        right = rng.choice(("Call", "Put"))
        expiration = session + timedelta(days=(4 - session.weekday()) % 7 + 7 * int(rng.expovariate(0.2)))
        inside = max(0.0, spot - strike if right == "Call" else strike - spot)
        bid = round(inside + rng.uniform(0.01, 3), 2)
        ask = round(bid + rng.choice((0.01, 0.02, 0.05, 0.1)), 2)
        open_interest = rng.randint(200, 60_000)
        change = (
            rng.randint(101, open_interest) if side == "increase" else rng.choice((0, rng.randint(1, 99), -rng.randint(1, 9000)))
        )
        made[symbol, strike, right, expiration] = row(
            session, slot, symbol=symbol, spot=spot, right=right, strike=strike, expiration=expiration, bid=bid, ask=ask,
            last=round(rng.uniform(bid - 0.02, ask + 0.02), 2), volume=rng.randint(500, 40_000),
            open_interest=open_interest, oi_change=min(change, open_interest), iv=round(rng.uniform(10, 90), 2),
            delta=round(rng.uniform(0.01, 0.99) * (1 if right == "Call" else -1), 6),
            trade_time=f"{rng.randint(10, 13):02d}:{rng.randint(0, 59):02d} ET",
        )  # fmt: skip
    return list(made.values())


def write(
    layout: str,
    session: date,
    slot: str = "stocks-increase",
    lines: list[dict[str, object]] | int = 12,
    footer: str | None = None,
    seed: int = 0,
) -> bytes:
    """A file of one session: `lines` are rows as `row` gives them, or how many to make up."""
    made = rows(session, slot, lines, seed) if isinstance(lines, int) else lines
    header = ",".join(f'"{name}"' if " " in name else name for name in HEADERS[layout])
    body = [",".join(cells(layout, made_row)) for made_row in made]
    return ("\n".join([header, *body, stamp(session) if footer is None else footer]) + "\n").encode()


def stamp(session: date, at: str = "02:41pm", zone: str | None = None) -> str:
    """The footer of a download on this day, with the zone that Chicago then has."""
    summer = sessions.closes(session).hour < 21 and sessions.opens(session).hour < 14
    return f'"Downloaded from Barchart.com as of {session:%m-%d-%Y} {at} {zone or ("CDT" if summer else "CST")}"'


def cells(layout: str, made: dict[str, object]) -> list[str]:
    """The vendor's spelling of one row."""
    spelt = []
    for place, name in enumerate(HEADERS[layout]):
        if name == "Symbol":
            code = layout in ("C", "D") and place == 0
            spelt.append(str(made.get("contract_code", _code(made)) if code else made["symbol"]))
        else:
            spelt.append(_spell(OURS[name], made[OURS[name]], layout))
    return [f'"{cell}"' if ("," in cell or cell.endswith(" ET")) and not cell.startswith('"') else cell for cell in spelt]


def _spell(name: str, value: object, layout: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, int | float)
    if name == "oi_change":
        return f"{value:+,}" if value else "unch"
    if name == "iv":
        return f"{value:,.2f}%"
    if name == "delta":
        return f"{value:.6f}"
    if name == "strike":
        return f"{value:,.2f}" if layout == "F" else f"{value:g}"
    return f"{value:g}" if isinstance(value, float) and value < 1e5 else str(value)


def _code(made: dict[str, object]) -> str:
    expiration, strike = made["expiration"], made["strike"]
    if not isinstance(expiration, date) or not isinstance(strike, int | float):
        return f"{made['symbol']}|20230616|10.00C"
    return f"{made['symbol']}|{expiration:%Y%m%d}|{strike:.2f}{str(made['right'])[:1]}"
