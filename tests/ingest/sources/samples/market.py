"""A made-up chain: prices that fit each other, as real ones do, with the quirks of real ones."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from gzip import decompress
from pathlib import Path

from tests.ingest.slow_calendar import EASTERN, session_before

REAL = Path(__file__).parents[5] / "shared" / "data"
RATE = 0.03
NAMES = {"AAPL": 231.47, "SPY": 588.2, "SPX": 5893.62, "F": 11.83, "TSLA": 342.0, "NDX": 20776.1}
ROOTS = {"SPX": ("SPXW", "SPX"), "NDX": ("NDXP",)}
DAYS = (0, 3, 7, 14, 35, 63, 182, 413)
MOMENTS = (("10:31", 0), ("12:59", 0), ("16:05", 0), ("18:57", 0), ("02:10", 1), ("09:36", None), ("07:20", None))
"""New York time, and days after the session; None: on the next session."""
SESSIONS = (
    date(2024, 3, 8), date(2024, 3, 11), date(2024, 11, 1), date(2025, 7, 3), date(2025, 9, 19), date(2025, 11, 28),
    date(2026, 11, 18),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A payload. folder: `live` for what a collector fetched."""

    file_name: str
    body: bytes
    folder: str = ""


@dataclass(frozen=True)
class Contract:
    """One contract of a look. Prices in USD, iv per year, Greeks as vendors show them; traded_at UTC or None for never."""

    root: str
    expiration: date
    right: str
    strike: float
    bid: float
    ask: float
    last: float
    iv: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float
    volume: int
    open_interest: int
    traded_at: datetime | None
    traded: bool

    @property
    def occ(self) -> str:
        """AAPL261120C00230000"""
        return f"{self.root}{self.expiration:%y%m%d}{self.right}{round(self.strike * 1000):08d}"


@dataclass(frozen=True)
class Market:
    """One look at a name: the session that its quotes are of, and the instant of the look (UTC)."""

    symbol: str
    spot: float
    session: date
    stamp: datetime
    contracts: list[Contract]

    def by_expiration(self) -> dict[date, list[Contract]]:
        found: dict[date, list[Contract]] = {}
        for each in self.contracts:
            found.setdefault(each.expiration, []).append(each)
        return found


def real_files(pattern: str) -> list[Path]:
    """Real files of a kind, where there are any beside the checkout."""
    return sorted(REAL.glob(pattern))


@cache
def content(path: Path) -> bytes:
    """What is in a file, packed or not."""
    body = path.read_bytes()
    return decompress(body) if path.suffix == ".gz" else body


def some_lines(rng: random.Random, path: Path, head: int, count: int) -> Sample:
    """The first `head` lines of a real file and some of the others."""
    lines = content(path).split(b"\n")
    kept = sorted(rng.sample(range(head, len(lines) - 1), min(count, len(lines) - 1 - head)))
    return Sample(path.name, b"\n".join((*lines[:head], *(lines[place] for place in kept), b"")))


def market(
    rng: random.Random, strikes: int = 5, expirations: int = 3, symbol: str = "", session: date | None = None, moment: int = -1
) -> Market:
    """A look with so many strikes and expirations, calls and puts at each. moment: place in MOMENTS; -1: any."""
    symbol = symbol or rng.choice(sorted(NAMES))
    session = session or rng.choice(SESSIONS)
    stamp = _stamp(session, *MOMENTS[rng.randrange(len(MOMENTS)) if moment < 0 else moment])
    spot = round(NAMES[symbol] * rng.uniform(0.9, 1.1), 2)
    step = max(0.5, round(spot * 0.02 * 2) / 2)
    first = round(spot / step) - strikes // 2
    contracts = [
        contract(rng, spot, session, stamp, root, session + timedelta(days=days), right, (first + place) * step)
        for days in sorted([DAYS[0], *rng.sample(DAYS[1:], expirations - 1)])
        for root in (ROOTS.get(symbol, (symbol,))[0 if days < 100 else -1],)
        for place in range(strikes)
        for right in "CP"
    ]
    return Market(symbol, spot, session, stamp, contracts)


def contract(
    rng: random.Random, spot: float, session: date, stamp: datetime, root: str, expiration: date, right: str, strike: float
) -> Contract:
    """A contract with prices and Greeks of Black and Scholes, a spread, and volume or none."""
    years = (expiration - session).days / 365
    iv = 0.22 + 0.25 * math.log(strike / spot) ** 2 + 0.03 * rng.random()
    price, *greeks = _priced(spot, strike, years, iv, right)
    half = max(0.01, 0.01 * price)
    volume = rng.choice((0, 0, 1, 7, rng.randrange(1, 9000)))
    earlier = None if rng.random() < 0.3 else _trade(rng, session_before(session))
    at = _trade(rng, session, stamp) if volume else earlier
    known = years > 0 and rng.random() < 0.95
    delta, gamma, theta, vega, rho = (round(value, 4) if known else 0.0 for value in greeks)
    return Contract(
        root, expiration, right, strike, math.floor((price - half) * 100) / 100 if price > half else 0.0,
        max(0.01, math.ceil((price + half) * 100) / 100),
        0.0 if at is None else max(0.01, round(price * rng.uniform(0.97, 1.03), 2)),
        round(iv, 4) if known else 0.0, delta, gamma, theta, vega, rho, volume,
        rng.choice((0, 3, 41, 512, rng.randrange(1, 40_000))), at, bool(volume),
    )  # fmt: skip


def _priced(spot: float, strike: float, years: float, iv: float, right: str) -> tuple[float, ...]:
    """Price, delta, gamma, theta a day, vega and rho a point."""
    side = 1 if right == "C" else -1
    if years <= 0:
        return max(0.0, side * (spot - strike)), 0.0, 0.0, 0.0, 0.0, 0.0
    width, worth = iv * math.sqrt(years), strike * math.exp(-RATE * years)
    d1 = math.log(spot / worth) / width + width / 2
    near, far, bell = _below(side * d1), _below(side * (d1 - width)), math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    theta = (-spot * bell * iv / (2 * math.sqrt(years)) - side * RATE * worth * far) / 365
    price, vega = side * (spot * near - worth * far), spot * bell * math.sqrt(years) / 100
    return price, side * near, bell / (spot * width), theta, vega, side * worth * years * far / 100


def _below(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _stamp(session: date, clock: str, later: int | None) -> datetime:
    """The instant of a look (UTC)."""
    day = session + timedelta(days=later if later is not None else 1)
    while later is None and session_before(day + timedelta(days=1)) == session:
        day += timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(clock), EASTERN).astimezone(UTC)


def _trade(rng: random.Random, session: date, stamp: datetime | None = None) -> datetime:
    """An instant in the first hours of a session, before the stamp."""
    opened = datetime.combine(session, time(9, 30), EASTERN).astimezone(UTC)
    least = 3 * 3600 if stamp is None else max(1, min(3 * 3600, int((stamp - opened).total_seconds())))
    return opened + timedelta(seconds=rng.randrange(least))
