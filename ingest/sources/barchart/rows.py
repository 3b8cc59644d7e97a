"""One line of a Barchart file, read by hand: the rules that decide what a row says and why it is kept aside.

`columns` reads the regular lines of a file at once and has to agree; whatever it does not take comes here.
"""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from core.sessions import EASTERN

SYMBOL = r"[A-Z][A-Z0-9]{0,9}(?:[.-][A-Z0-9]{1,5}){0,2}"
MOST = {"spot": 1e7, "bid": 1e6, "ask": 1e6, "mid": 1e6, "last": 1e6, "iv": 100.0, "strike": 1e6}
"""Largest value that is believed: prices and strikes [USD], iv [1]."""
MOST_CONTRACTS = 100_000_000
MOST_DAYS = 4000
"""Longest life of an option that is believed [calendar days]."""
MID_TOLERANCE, MID_SHARE = 0.02, 0.001
"""How far a midpoint may lie from the middle of its quote [USD] or [share of it]; the vendor rounds to cents."""

_UNKNOWN = {"", "N/A"}
_NUMBER = r"(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?"
_SIGNED = re.compile(rf"([+-]?)({_NUMBER})")
_COUNT = re.compile(r"([+-]?)([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)")
_STRIKE = re.compile(rf"({_NUMBER})(\*?)")
_SYMBOL = re.compile(SYMBOL)
_CODE = re.compile(rf"({SYMBOL})\|([0-9]{{8}})\|([0-9]+(?:\.[0-9]+)?)(\*?)([CP])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTE = re.compile(r"([0-9]{2}):([0-9]{2}) ET")


@dataclass(frozen=True)
class Moment:
    """When a file's figures were seen: the session of its quotes, the footer's instant (UTC)."""

    quote_session: date
    known_at: datetime

    @property
    def download_day(self) -> date:
        """The day of the download in New York."""
        return self.known_at.astimezone(EASTERN).date()


class BadRow(Exception):
    """A row to keep aside. `reason` is a code, after a colon the column."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class Row(NamedTuple):
    """The columns of `Payload.rows` but the line number."""

    symbol: str
    root: str
    expiration: date
    right: str
    strike_milli: int
    deliverable: str
    spot: float | None
    bid: float | None
    ask: float | None
    mid: float | None
    last: float | None
    volume: int
    open_interest: int
    oi_change: int
    iv: float | None
    delta: float | None
    trade_time: datetime | None


def read_row(line: str, columns: tuple[str, ...], moment: Moment) -> Row:
    """The row that a line says, or BadRow. `columns`: our names in the file's order."""
    cell = _cells(line, columns)
    symbol, right = _underlying(cell["symbol"]), _right(cell["right"])
    strike_milli, starred = _strike(cell["strike"])
    expiration = _expiration(cell["expiration"], moment)
    root = _root(cell, expiration, right, strike_milli)
    _check_dte(cell["dte"], expiration, moment)
    volume, open_interest, change = _contracts(cell)
    trade_time = _trade_time(cell["trade_time"], moment, volume)
    traded = volume or trade_time or cell["trade_time"] == moment.quote_session.isoformat()
    last = _price(cell, "last")
    return Row(
        symbol,
        root,
        expiration,
        right,
        strike_milli,
        "adjusted" if starred or root != symbol else "standard",
        _price(cell, "spot") or None,
        *_quote(cell),
        (last or None) if traded else None,
        volume,
        open_interest,
        change,
        _iv(cell["iv"]),
        _delta(cell.get("delta", ""), right),
        trade_time,
    )


def is_whole(line: str, columns: tuple[str, ...]) -> bool:
    """Whether a line has as many cells as the header."""
    try:
        return len(_cells(line, columns)) == len(columns)
    except BadRow:
        return False


def _cells(line: str, columns: tuple[str, ...]) -> dict[str, str]:
    try:
        cells = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise BadRow("malformed_row") from error
    if len(cells) != len(columns):
        raise BadRow("malformed_row")
    return dict(zip(columns, cells, strict=True))


def _underlying(text: str) -> str:
    if not _SYMBOL.fullmatch(text):
        raise BadRow("bad_symbol")
    return text


def _right(text: str) -> str:
    if text not in ("Call", "Put"):
        raise BadRow("bad_right")
    return text[0]


def _price(cell: dict[str, str], name: str) -> float | None:
    """A price [USD] of zero or more; None where the source shows none."""
    text = cell[name]
    if text in _UNKNOWN:
        return None
    parts = _SIGNED.fullmatch(text)
    if not parts or parts[1] == "+":
        raise BadRow(f"bad_number:{name}")
    value = float(parts[2].replace(",", ""))
    if parts[1] and value:
        raise BadRow(f"negative:{name}")
    if value > MOST[name]:
        raise BadRow(f"out_of_range:{name}")
    return value


def _quote(cell: dict[str, str]) -> tuple[float | None, float | None, float | None]:
    """Bid, ask and the midpoint shown, which has to lie in the middle of the two."""
    bid, ask = _price(cell, "bid"), _price(cell, "ask")
    mid = _price(cell, "mid") if "mid" in cell else None
    if mid is None or bid is None or ask is None:
        return bid, ask, mid
    middle = (bid + ask) / 2
    if abs(mid - middle) > max(MID_TOLERANCE, MID_SHARE * middle):
        raise BadRow("disagrees:mid")
    return bid, ask, mid


def _strike(text: str) -> tuple[int, bool]:
    """Thousandths of a dollar, and whether a star marks an adjusted contract."""
    parts = _STRIKE.fullmatch(text)
    if not parts:
        raise BadRow("bad_strike")
    whole, _, fraction = parts[1].replace(",", "").partition(".")
    if fraction[3:].strip("0"):
        raise BadRow("bad_strike")
    if len(whole) > 9:
        raise BadRow("out_of_range:strike")
    milli = int(whole) * 1000 + int(fraction[:3].ljust(3, "0"))
    if not milli:
        raise BadRow("bad_strike")
    if milli > MOST["strike"] * 1000:
        raise BadRow("out_of_range:strike")
    return milli, bool(parts[2])


def _date(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _expiration(text: str, moment: Moment) -> date:
    expiration = _date(text)
    if expiration is None:
        raise BadRow("bad_expiration")
    if expiration < moment.quote_session:
        raise BadRow("expired")
    if (expiration - moment.quote_session).days > MOST_DAYS:
        raise BadRow("out_of_range:expiration")
    return expiration


def _root(cell: dict[str, str], expiration: date, right: str, strike_milli: int) -> str:
    """The option's root: that of the contract's code where the file has one, which then has to say the same contract."""
    if "contract_code" not in cell:
        return cell["symbol"]
    parts = _CODE.fullmatch(cell["contract_code"])
    if not parts:
        raise BadRow("bad_contract_code")
    if (parts[2], parts[5], _strike(parts[3])[0]) != (expiration.strftime("%Y%m%d"), right, strike_milli):
        raise BadRow("disagrees:contract_code")
    return parts[1]


def _check_dte(text: str, expiration: date, moment: Moment) -> None:
    """The vendor's days left run from the session, or after hours from the day that follows the download."""
    if not re.fullmatch(r"-?[0-9]{1,6}", text):
        raise BadRow("bad_number:dte")
    least = (expiration - moment.download_day).days - 1
    if not least <= int(text) <= (expiration - moment.quote_session).days:
        raise BadRow("disagrees:dte")


def _count(cell: dict[str, str], name: str) -> int:
    parts = _COUNT.fullmatch(cell[name])
    if not parts or len(parts[2]) > 30:
        raise BadRow(f"bad_number:{name}")
    value = int(parts[1] + parts[2].replace(",", ""))
    if abs(value) > MOST_CONTRACTS:
        raise BadRow(f"out_of_range:{name}")
    return value


def _contracts(cell: dict[str, str]) -> tuple[int, int, int]:
    """Volume, open interest and change; the change cannot exceed what is open."""
    for name in ("volume", "open_interest"):
        if cell[name][:1] == "+":
            raise BadRow(f"bad_number:{name}")
        if _count(cell, name) < 0:
            raise BadRow(f"negative:{name}")
    volume, open_interest = _count(cell, "volume"), _count(cell, "open_interest")
    change = 0 if cell["oi_change"] == "unch" else _count(cell, "oi_change")
    if change > open_interest:
        raise BadRow("change_exceeds_open_interest")
    return volume, open_interest, change


def _iv(text: str) -> float | None:
    """Percent text to a number per year; N/A and 0.00% mean unknown."""
    if text in _UNKNOWN:
        return None
    parts = _SIGNED.fullmatch(text[:-1]) if text.endswith("%") else None
    if not parts or parts[1] == "+":
        raise BadRow("bad_number:iv")
    iv = float(parts[2].replace(",", "")) / 100.0
    if parts[1] and iv:
        raise BadRow("negative:iv")
    if iv > MOST["iv"]:
        raise BadRow("out_of_range:iv")
    return iv or None


def _delta(text: str, right: str) -> float | None:
    """Delta with the sign of its right; 0 is the vendor's word for unknown."""
    if text in _UNKNOWN:
        return None
    parts = _SIGNED.fullmatch(text)
    if not parts or parts[1] == "+":
        raise BadRow("bad_number:delta")
    delta = float(parts[1] + parts[2].replace(",", ""))
    if abs(delta) > 1 or delta * (1 if right == "C" else -1) < 0:
        raise BadRow("out_of_range:delta")
    return delta or None


def _trade_time(text: str, moment: Moment, volume: int) -> datetime | None:
    """Minute of the last trade (UTC); None where only its date is shown. With volume it lies in the session of the quotes."""
    minute = _MINUTE.fullmatch(text)
    if not minute:
        _check_trade_date(text, moment, volume)
        return None
    if int(minute[1]) > 23 or int(minute[2]) > 59:
        raise BadRow("bad_trade_time")
    at = datetime.combine(moment.quote_session, time(int(minute[1]), int(minute[2])), EASTERN).astimezone(UTC)
    if at > moment.known_at:
        raise BadRow("trade_after_footer")
    return at


def _check_trade_date(text: str, moment: Moment, volume: int) -> None:
    if text in _UNKNOWN:
        return
    day = _date(text)
    if day is None:
        raise BadRow("bad_trade_time")
    if day > moment.quote_session or (volume and day != moment.quote_session):
        raise BadRow("disagrees:trade_time")
