"""Made-up payloads of reference in the shapes of their sources: par yields, symbol directories, charts with events, own files."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from core.sessions import EASTERN

TERMS = ("1 Mo", "1.5 Month", "2 Mo", "3 Mo", "4 Mo", "6 Mo", "1 Yr", "2 Yr", "3 Yr", "5 Yr", "7 Yr", "10 Yr", "20 Yr", "30 Yr")
NASDAQ = "Symbol|Security Name|Market Category|Test Issue|Financial Status|Round Lot Size|ETF|NextShares"
OTHER = "ACT Symbol|Security Name|Exchange|CQS Symbol|ETF|Round Lot Size|Test Issue|NASDAQ Symbol"


def yields(days: Iterable[date], start: float = 4.30, step: float = -0.02) -> str:
    """A curve a day as the Treasury writes it, newest first, without a month and a half; no end of line behind the last."""
    cells = {name: "" if name == "1.5 Month" else f"{start + place * step:.2f}" for place, name in enumerate(TERMS)}
    header = "Date," + ",".join(f'"{name}"' for name in TERMS)
    return "\n".join([header, *(f"{day:%m/%d/%Y}," + ",".join(cells.values()) for day in sorted(days, reverse=True))])


def directory(*lines: str, header: str = NASDAQ, made: str = "1118202617:31") -> str:
    """A list of securities with the line that says when it was made."""
    return "\r\n".join([header, *lines, f"File Creation Time: {made}" + "|" * header.count("|")]) + "\r\n"


def opening(day: date) -> int:
    """09:30 of New York in seconds since 1970, as Yahoo stamps events."""
    return int(datetime.combine(day, time(9, 30), EASTERN).timestamp())


def chart(
    symbol: str, dividends: Mapping[date, float] | None = None, splits: Mapping[date, tuple[float, float]] | None = None
) -> Any:
    """A chart of Yahoo with its events; those it has none of are left out, as Yahoo does."""
    events: dict[str, Any] = {}
    if dividends:
        events["dividends"] = {str(opening(day)): {"amount": amount, "date": opening(day)} for day, amount in dividends.items()}
    if splits:
        events["splits"] = {
            str(opening(day)): {"date": opening(day), "numerator": new, "denominator": old, "splitRatio": f"{new:g}:{old:g}"}
            for day, (new, old) in splits.items()
        }
    first = opening(date(2026, 10, 1))
    meta = {
        "currency": "USD", "symbol": symbol, "exchangeName": "NMS", "instrumentType": "EQUITY", "firstTradeDate": first,
        "regularMarketTime": first, "gmtoffset": -14400, "timezone": "EDT", "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": 100.0, "priceHint": 2, "dataGranularity": "3mo", "range": "", "validRanges": ["1d", "max"],
    }  # fmt: skip
    quote = {name: [100.0] for name in ("open", "high", "low", "close", "volume")}
    result = {"meta": meta, "timestamp": [first], "indicators": {"quote": [quote], "adjclose": [{"adjclose": [100.0]}]}}
    if events:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def calendar(ex_date: date | None) -> Any:
    """What Yahoo says beside: the ex-date announced, midnight UTC in seconds."""
    events: dict[str, Any] = {"maxAge": 1, "earnings": {"earningsDate": []}}
    if ex_date is not None:
        events["exDividendDate"] = (ex_date - date(1970, 1, 1)).days * 86400
    return {"quoteSummary": {"result": [{"calendarEvents": events}], "error": None}}


def bodies(*documents: Any) -> bytes:
    """Several bodies as the collector keeps them."""
    return json.dumps(documents).encode()
