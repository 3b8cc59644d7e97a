"""Payloads of reference read slowly and plainly, line by line, for the last word on what their bytes say. No code of the product.

A reading may be more lenient than the product about what it takes; where it gives a fact, that is what the line says.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.ingest.sources.slow_curves import curves, zero_rates

NEW_YORK = ZoneInfo("America/New_York")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PERCENT = re.compile(r"-?[0-9]{1,2}(\.[0-9]{1,4})?")
_MADE = re.compile(r"File Creation Time: ?([0-9]{2})([0-9]{2})([0-9]{4}) ?([0-9]{2}):([0-9]{2})")
_TERM = re.compile(r"([0-9]+(?:\.5)?) (Mo|Month|Yr)")
Fact = dict[str, Any]
Cells = dict[str, str]


@dataclass
class Told:
    """What a payload says. lines: how many it has; facts: number of the line -> what it says, where that can be read."""

    lines: int = 0
    facts: dict[int, Fact] = field(default_factory=dict)

    def add(self, number: int, read: Callable[[], Fact]) -> None:
        """Take a line, or leave it out where reading it fails."""
        try:
            self.facts[number] = read()
        except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, csv.Error):
            return


def _filled(content: bytes) -> list[bytes]:
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    return [line for line in lines if line.strip()]


def _table(content: bytes) -> Iterator[tuple[int, Callable[[], Cells]]]:
    """Lines below the header as cells by column."""
    head, *lines = _filled(content)
    names = [name.strip() for name in next(csv.reader([head.decode().replace("\r", " ")]))]

    def cells(line: bytes) -> Cells:
        text = line.decode().replace("\r", " ")  # a blank like any other, which csv takes for the end of a line
        found = next(csv.reader([text], strict=True))
        return dict(zip(names, map(str.strip, found), strict=True))

    for number, line in enumerate(lines, start=1):
        yield number, lambda line=line: cells(line)  # type: ignore[misc]


def _csv(content: bytes, read: Callable[[Cells, datetime], Fact], received: datetime) -> Told:
    told = Told()
    for number, cells in _table(content):
        told.lines = number
        told.add(number, lambda cells=cells: read(cells(), received))  # type: ignore[misc]
    return told


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date(*(int(part) for part in found.groups()))


def _number(text: str) -> float | None:
    """A number above 0, and below what anybody pays or splits by; None for an empty cell."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not 0 < Decimal(text) <= 100_000:
        raise ValueError(text)
    return float(Decimal(text))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, NEW_YORK).astimezone(UTC)


def _instant(text: str) -> datetime:
    """An instant with its zone, or the end of a day."""
    if _DAY.fullmatch(text):
        return _at(_day(text) + timedelta(days=1), time())
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def _ticker(text: str) -> str:
    found = text.upper().replace("/", ".").replace("-", ".")
    if not re.fullmatch(r"[A-Z0-9.]{1,12}", found):
        raise ValueError(text)
    return found


def _kind(text: str, known: tuple[str, ...]) -> str:
    found = text.lower().replace(" ", "_").replace("-", "_")
    if found not in known:
        raise ValueError(text)
    return found


def _known(cells: Cells, described: date) -> datetime:
    text = cells.get("known_at", "")
    return _instant(text) if text else _at(described, time(9, 30))


def _action(cells: Cells, _received: datetime) -> Fact:
    ex_date, kind = _day(cells["ex_date"]), _kind(cells["kind"], ("dividend", "special", "split"))
    amount, ratio = _number(cells.get("amount", "")), _number(cells.get("ratio", ""))
    if (kind == "split") != (ratio is not None) or (kind == "split" and amount is not None):
        raise ValueError(cells)
    figures = {"amount": amount, "ratio": ratio, "quoted": amount if ratio is None else ratio}
    place = {"symbol": _ticker(cells["symbol"]), "kind": kind, "ex_date": ex_date}
    return place | figures | {"known_at": _known(cells, ex_date)}


def _memo(cells: Cells, _received: datetime) -> Fact:
    kind = _kind(cells["kind"], ("split", "merger", "special_dividend", "spin_off", "other"))
    effective, multiplier = _day(cells["effective"]), _number(cells.get("multiplier", ""))
    told = {"symbol": _ticker(cells["symbol"]), "memo": cells["memo"], "kind": kind, "effective": effective}
    root = {"root": cells["root"].upper(), "deliverable": cells["deliverable"], "multiplier": multiplier}
    return told | root | {"known_at": _known(cells, effective)}


def _name(cells: Cells, _received: datetime) -> Fact:
    kind = _kind(cells["asset_class"], ("stock", "etf", "index")) if cells["asset_class"] else None
    if not cells["name"]:
        raise ValueError(cells)
    told = {"symbol": _ticker(cells["symbol"]), "name": cells["name"], "asset_class": kind}
    return told | {"known_at": _instant(cells["known_at"])}


def _yields(content: bytes, received: datetime) -> Told:
    return _csv(content if content.endswith(b"\n") else content + b"\n", _curve_of_day, received)


def _curve_of_day(cells: Cells, received: datetime) -> Fact:
    month, day, year = (int(part) for part in re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", cells["Date"]).groups())  # type: ignore[union-attr]
    described = date(year, month, day)
    points = {}
    for name, text in cells.items():
        found = _TERM.fullmatch(name)
        if found and text not in ("", "N/A"):
            if not _PERCENT.fullmatch(text):
                raise ValueError(text)
            points[round(Decimal(found[1]) * 365 / (1 if found[2] == "Yr" else 12))] = Decimal(text) / 100
    days = sorted(points)
    quoted = [float(points[each]) for each in days]
    known = min(_at(described, time(18)), received)
    return {"described": described, "days": days, "rate": zero_rates(quoted, days, "par"), "quoted": quoted, "convention": "par",
            "assumed": False, "known_at": known}  # fmt: skip


def _directory(content: bytes, received: datetime) -> Told:
    told = Told()
    head, *lines, last = _filled(content)
    names = [name.strip() for name in head.decode(errors="replace").split("|")]
    month, day, year, hour, minute = (int(part) for part in _MADE.match(last.decode().strip()).groups())  # type: ignore[union-attr]
    known = min(datetime(year, month, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC), received)
    for number, line in enumerate(lines, start=1):
        told.lines = number
        told.add(
            number, lambda line=line: _security(dict(zip(names, map(str.strip, line.decode().split("|")), strict=True)), known)
        )  # type: ignore[misc]
    return told


def _security(cells: Cells, known: datetime) -> Fact:
    if cells["Test Issue"] != "N" or len(cells["Security Name"]) > 400 or not cells["Security Name"].isprintable():
        raise ValueError(cells)
    fund = cells["ETF"] == "Y"
    name = cells["Security Name"] if fund else _company(cells["Security Name"])
    kind = "etf" if fund else {"N": "stock", "": None}[cells["ETF"]]
    return {"symbol": cells.get("Symbol") or cells["ACT Symbol"], "name": name[:200], "asset_class": kind, "known_at": known}


def _company(name: str) -> str:
    """What stands before the first word of the kind of share."""
    words = list(re.finditer(r"\S+", name))
    said = [word.group() for word in words]
    for place in range(1, len(words)):
        share = (
            place + 2
            if said[place] in ("Class", "Series") and re.fullmatch("[A-Z]", "".join(said[place + 1 : place + 2]))
            else place
        )
        kind = re.match(r"(Common Stock|Common Shares|Ordinary Shares?)\b", " ".join(said[share : share + 2]))
        if kind or (said[place] == "-" and place + 1 < len(words)):
            return name[: words[place].start()].strip(" ,") or name
    return name.strip(" ,") or name


def _events(content: bytes, received: datetime) -> Told:
    """Of each event by its place: dividends, splits, then what is announced."""
    told = Told()
    documents = json.loads(content.removeprefix(b"\xef\xbb\xbf").decode(), object_pairs_hook=_once)
    documents = documents if isinstance(documents, list) else [documents]
    chart = next(each for each in documents if isinstance(each, dict) and "chart" in each)["chart"]["result"][0]
    symbol = chart["meta"]["symbol"].replace("-", ".").removeprefix("^")
    events = [(kind, each) for kind in ("dividends", "splits") for each in chart.get("events", {}).get(kind, {}).values()]
    for number, (kind, event) in enumerate(events, start=1):
        told.add(number, lambda kind=kind, event=event: _event(symbol, kind, event, received))  # type: ignore[misc]
    told.lines = len(events)
    paid = {_paid(event) for kind, event in events if kind == "dividends"}
    if (announced := _announced(documents)) is not None and announced not in paid:
        told.lines += 1
        known = min(received, _at(announced, time(9, 30)))
        told.facts[told.lines] = {"symbol": symbol, "kind": "dividend", "ex_date": announced, "amount": None, "ratio": None,
                                  "quoted": None, "known_at": known}  # fmt: skip
    _undo_splits(told)
    return told


def _once(pairs: list[tuple[str, Any]]) -> Any:
    """An object; None where a key stands there twice, because nobody can say which counts."""
    return dict(pairs) if len(dict(pairs)) == len(pairs) else None


def _paid(event: Any) -> date | None:
    try:
        return _seconds(event["date"])
    except (KeyError, TypeError, ValueError):
        return None


def _seconds(said: Any) -> date:
    if type(said) is not int or abs(said) > 2**33:
        raise ValueError(said)
    return datetime.fromtimestamp(said, NEW_YORK).date()


def _event(symbol: str, kind: str, event: Mapping[str, Any], received: datetime) -> Fact:
    ex_date = _seconds(event["date"])
    split = kind == "splits"
    figure = _figure(event["numerator"]) / _figure(event["denominator"]) if split else _figure(event["amount"])
    figures = {"amount": None if split else figure, "ratio": figure if split else None, "quoted": figure}
    place = {"symbol": symbol, "kind": "split" if split else "dividend", "ex_date": ex_date}
    return place | figures | {"known_at": min(received, _at(ex_date, time(9, 30)))}


def _figure(said: Any) -> float:
    if type(said) not in (int, float) or not math.isfinite(said) or not 0 < said <= 100_000:
        raise ValueError(said)
    return float(said)


def _announced(documents: list[Any]) -> date | None:
    for body in documents:
        try:
            said = body["quoteSummary"]["result"][0]["calendarEvents"]["exDividendDate"]
            said = said["raw"] if isinstance(said, dict) else said
        except (KeyError, TypeError, IndexError):
            continue
        if type(said) is int and 0 < said < 2**33:
            return date(1970, 1, 1) + timedelta(days=said // 86400)
    return None


def _undo_splits(told: Told) -> None:
    """Amounts as they were paid: times every later split that no other event contradicts."""
    said: dict[date, set[float]] = {}
    for fact in told.facts.values():
        if fact["kind"] == "split":
            said.setdefault(fact["ex_date"], set()).add(fact["ratio"])
    for fact in told.facts.values():
        if fact["amount"] is not None:
            later = (ratios for day, ratios in said.items() if day > fact["ex_date"] and len(ratios) == 1)
            fact["amount"] *= math.prod(next(iter(ratios)) for ratios in later)


def _rates(content: bytes, _received: datetime) -> Told:
    found = curves(content)
    return Told(len(found), found)


READ: dict[str, Callable[[bytes, datetime], Told]] = {
    "treasury": _yields,
    "nasdaq_names": _directory,
    "actions_file": lambda content, received: _csv(content, _action, received),
    "adjustments_file": lambda content, received: _csv(content, _memo, received),
    "names_file": lambda content, received: _csv(content, _name, received),
    "yahoo_actions": _events,
    "rates_file": _rates,
}
"""The reading of each source: bytes and the instant of their receipt -> what they say."""
