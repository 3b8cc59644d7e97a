"""Texts of the OCC series search, with the line that a fetch writes before them."""

import random
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from tests.ingest.slow_calendar import EASTERN, is_session, session_before
from tests.ingest.sources.samples.market import Sample, market
from tests.ingest.sources.samples.slow import INDEX_ROOTS, QUOTES, Aside, Told, Unreadable

KIND = "tsv"
FIELDS = {"root": "ProductSymbol", "open_interest": "Call"}
HEADER = ("ProductSymbol", "year", "Month", "Day", "Integer", "Dec", "C/P", "Call", "Put", "Position Limit")
NAMES = {name.lower().replace(" ", ""): name for name in HEADER}
HOURS = (time(0, 10), time(7, 5), time(9, 31), time(15, 59), time(17, 40))


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    lines = []
    for call, put in zip(seen.contracts[::2], seen.contracts[1::2], strict=True):
        sides = rng.choice(("C P ",) * 8 + ("C   ", "  P "))
        counts = [each.open_interest if each.right in sides else 0 for each in (call, put)]
        lines.append(line(call.root, call.expiration, round(call.strike * 1000), sides, *counts))
    if rng.random() < 0.2:
        lines.append(line(f"{seen.symbol}1", seen.contracts[-1].expiration, 12_500))
    at = datetime.combine(seen.session, rng.choice(HOURS), EASTERN).astimezone(UTC)
    return Sample(f"{seen.symbol}.txt", text(lines, seen.symbol, at))


def line(root: str, expiration: date, milli: int, sides: str = "C P ", call: object = 10, put: object = 20) -> str:
    """A line of the site's text."""
    day = f"{expiration.year}\t{expiration.month:02d}\t{expiration.day:02d}"
    return f"{root:6}\t\t{day}\t{milli // 1000}\t{milli % 1000:03d}\t{sides}\t{call}\t{put}\t25000000"


def text(lines: list[str], symbol: str, fetched: datetime, header: tuple[str, ...] = HEADER) -> bytes:
    """A whole text, with the line that `fetch` writes before it."""
    return f"Fetched {fetched.isoformat()}\r\n".encode() + site(lines, symbol, header)


def site(lines: list[str], symbol: str, header: tuple[str, ...] = HEADER) -> bytes:
    """The text as the site sends it."""
    told = [
        f"Series Search Results for {symbol}", "Products for this underlying symbol are traded on: CBOE PHLX NYSE ARCA",
        "\t\tSeries/contract\t\tStrike\t\t\tOpen Interest", "\t".join(header) + "\t", *lines, "",
    ]  # fmt: skip
    return "\r\n".join(told).encode()


def read(sample: Sample) -> Told:
    lines = sample.body.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    fetched = datetime.fromisoformat(_after("Fetched ", lines))
    session, local = fetched.astimezone(EASTERN).date(), fetched.astimezone(EASTERN)
    if not is_session(session) or local.time() >= time(18):
        raise Unreadable("between two days")
    title = _after("Series Search Results for ", lines)
    place = next(number for number, told in enumerate(lines) if "integer\tdec" in told.lower() or "productsymbol" in told.lower())
    names = [NAMES.get(name.lower().replace(" ", ""), name) for name in lines[place].split("\t") if name.strip()]
    found = Told(title, session_before(session), session, fetched, False)
    rows = [row for told in lines[place + 1 :] if told.strip() for row in _rows(title, names, told)]
    found.rows = {number: row for number, row in enumerate(rows, start=1) if row is not None}
    return found


def _after(words: str, lines: list[str]) -> str:
    return next(told.removeprefix(words).strip() for told in lines[:10] if told.startswith(words))


def _rows(symbol: str, names: list[str], told: str) -> list[dict[str, Any] | None]:
    """A row for each side of a line; None for what cannot be read."""
    cells = [cell.strip() for cell in told.split("\t")]
    if len(cells) > len(names) and not cells[1]:
        del cells[1]
    while len(cells) > len(names) and not cells[-1]:
        cells.pop()
    if len(cells) != len(names):
        return [None]
    cell = dict(zip(names, cells, strict=True))
    if cell["C/P"].replace(" ", "") not in ("CP", "C", "P"):
        return [None]
    return [_row(symbol, cell, right) for right in cell["C/P"].replace(" ", "")]


def _row(symbol: str, cell: dict[str, str], right: str) -> dict[str, Any] | None:
    root = cell["ProductSymbol"]
    adjusted = root[-1:].isdigit()
    known = adjusted or root in INDEX_ROOTS.get(symbol, ()) or root.startswith(symbol)
    try:
        expiration = date(*(_whole(cell[name]) for name in ("year", "Month", "Day")))
        if not known or not re.fullmatch(r"\d{3}", cell["Dec"], re.ASCII):
            raise Aside(cell)
        return dict.fromkeys(QUOTES) | {
            "symbol": symbol, "root": root, "expiration": expiration, "right": right, "multiplier": None,
            "deliverable": "adjusted" if adjusted else "standard",
            "strike_milli": _whole(cell["Integer"]) * 1000 + int(cell["Dec"]),
            "open_interest": Decimal(_whole(cell["Call" if right == "C" else "Put"])),
        }  # fmt: skip
    except (Aside, ValueError):
        return None


def _whole(cell: str) -> int:
    if not re.fullmatch(r"\d{1,9}", cell, re.ASCII):
        raise Aside(cell)
    return int(cell)
