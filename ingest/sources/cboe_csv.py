"""Cboe's chain downloads, "quotedata.csv": calls on the left of a line, puts on the right, one line an expiration and strike.

    S&P 500 INDEX,Last: 4697.2402,Change:  8.5602
    "Date: January 7, 2024 at 10:52 AM EST",Bid: 4645.23,Ask: 4753.8999,Size: 1*1,Volume: 0
    Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,Puts,Last Sale,Net,Bid,...

The date line has had several forms; it names the zone of whoever downloaded the file. Open interest belongs to the session before
the quotes. The name of the instrument varies, so the underlying is told by the roots: SPX and SPXW are both on SPX. Volatility 0,
and Greeks that are all 0 beside it, are unknown, and so is a last sale at 0. Each line makes two rows: numbers count contracts.
"""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import polars as pl

from core.errors import RefusedPayload
from core.roots import underlying_of
from ingest.sources import Payload, Raw
from ingest.sources.reading.chain_rows import bare_symbol, check, foreign_root, greeks_unless_idle, with_occ_symbol
from ingest.sources.reading.csv_rows import Sheet, bad_number, number, sheet, shown, whole_lines
from ingest.sources.reading.delayed import delayed_look, seen_rows, spot_prices
from ingest.sources.reading.records import FEWEST, price_beside, require_values

_SIDES = {"C": "Calls", "P": "Puts"}
_SHARED = {"expires": "Expiration Date", "strike": "Strike"}
_EACH = {
    "last": "Last Sale", "net": "Net", "bid": "Bid", "ask": "Ask", "volume": "Volume", "iv": "IV", "delta": "Delta",
    "gamma": "Gamma", "open_interest": "Open Interest",
}  # fmt: skip
_ZONE = r"[A-Z]{2,4}(?:[+-]\d{1,2}(?::\d\d)?)?"
_STAMP = re.compile(
    r"Date: ([A-Z][a-z]+) (\d{1,2}),? (\d{4})(?:,| at) "  # June 11, 2022,
    rf"(\d{{1,2}}):(\d\d)(?::\d\d)?\s?([AaPp])\.?[Mm]\.? ({_ZONE})"  # 8:47 PM EDT
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "UTC": 0, "GMT": 0}
_LAST = re.compile(r"Last: (-?[0-9]{1,9}(?:\.[0-9]{1,10})?)")


def recognises(content: bytes) -> bool:
    """The header with both halves, near the top."""
    start = content[:4096]
    return all(name in start for name in (b"Expiration Date", b"Calls", b"Puts", b"Strike"))


def parse(raw: Raw) -> Payload:
    """The chain of one name.

    Refused: `cut_in_row`, `several_files`, `schema_drift`, `bad_stamp`, `no_rows`, and what `check` and `delayed_look` refuse.
    """
    lines = whole_lines(raw.content)
    headers = [place for place, line in enumerate(lines) if b"Calls" in line and b"Puts" in line]
    if len(headers) != 1:
        raise RefusedPayload("several_files" if headers else "schema_drift", f"There are {len(headers)} headers and not one.")
    head = headers[0]
    above = [shown(line) for line in lines[:head]]
    seen = delayed_look(raw, _instant(above))
    read = sheet(lines[head:])
    places, warnings = _places(read.header)
    frame = with_occ_symbol(_contracts(read, places), "occ_symbol")
    require_values(frame, ("bid", "ask", "volume", "open_interest"))
    symbol = _symbol(frame)
    rows = _rows(frame, symbol)
    spot = _spot(above)
    checked = check(rows, seen.quote_session, read.texts(2), spot=spot if seen.quotes else None)
    return Payload(
        "cboe_csv", symbol, None, seen.session_date, seen.quote_session, seen.known_at, "full", seen.volume_final, False,
        checked.rows_in, checked.duplicates, seen_rows(checked, seen), checked.quarantined, warnings,
        prices=spot_prices(symbol, spot, seen), holds="chains",
    )  # fmt: skip


def _instant(above: list[str]) -> datetime:
    """The instant of the date line (UTC)."""
    found = next((stamp for line in above if (stamp := _STAMP.search(line))), None)
    if found is None:
        raise RefusedPayload("bad_stamp", "The line that says when the file was downloaded is missing or written in a new way.")
    month, day, year, hour, minute, half, zone = found.groups()
    try:
        clock = int(hour) % 12 + (12 if half in "Pp" else 0) if 1 <= int(hour) <= 12 else 99
        local = datetime(int(year), _MONTHS.index(month) + 1, int(day), clock, int(minute), tzinfo=_zone(zone))
        return local.astimezone(UTC)
    except (ValueError, KeyError, OverflowError) as error:
        raise RefusedPayload("bad_stamp", f"There is no instant {found[0][6:70]!r}.") from error


def _zone(name: str) -> timezone:
    """EST, or GMT+1 as browsers elsewhere write their zone."""
    letters, sign, offset = re.fullmatch(r"([A-Z]+)(?:([+-])(.+))?", name).groups()  # type: ignore[union-attr]
    if not offset:
        return timezone(timedelta(hours=_ZONES[letters]))
    if letters not in ("GMT", "UTC"):
        raise ValueError(name)
    hours, _, minutes = offset.partition(":")
    return timezone((-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes or 0)))


def _spot(above: list[str]) -> float | None:
    found = next((last for line in above if (last := _LAST.search(line))), None)
    return price_beside({"Last": float(found[1]) if found else None}, "Last")


def _places(header: tuple[str, ...]) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    """Side -> our column -> place in a line, and warnings. A column belongs to the half that the word before it opens."""
    half, found = "", {side: dict[str, str]() for side in _SIDES}
    theirs = {name: ours for ours, name in (_EACH | _SHARED).items()}
    opens = {name: side for side, name in _SIDES.items()}
    unknown = []
    for place, name in enumerate(header):
        half = opens.get(name, half)
        ours = "occ_symbol" if name in opens else theirs.get(name)
        sides = tuple(_SIDES) if name in _SHARED.values() else (half,)
        if ours is None:
            unknown.append(name[:40])
        elif any(side not in found or ours in found[side] for side in sides):
            raise RefusedPayload("schema_drift", f"The source changed its format: nobody knows which half {name!r} belongs to.")
        else:
            for side in sides:
                found[side][ours] = str(place)
    missing = {name for columns in found.values() for name in ("occ_symbol", *_SHARED, *_EACH) if name not in columns}
    if missing:
        raise RefusedPayload("schema_drift", f"The source changed its format: {', '.join(sorted(missing))} is missing.")
    return found, (f"New in this format: {', '.join(unknown[:10])}.",) if unknown else ()


def _contracts(read: Sheet, places: dict[str, dict[str, str]]) -> pl.DataFrame:
    """One row a contract, in the file's order: call, put, call, put."""
    halves = []
    for number_in_line, (side, columns) in enumerate(places.items(), start=1):
        numbers = (name for name in ("strike", *_EACH))
        faults = [bad_number(columns[name], name) for name in ("strike", *_EACH)]
        halves.append(
            read.cells.select(
                *(number(columns[name]).alias(name) for name in numbers),
                occ_symbol=pl.col(columns["occ_symbol"]), expires=pl.col(columns["expires"]), side=pl.lit(side),
                fault=pl.coalesce("fault", *faults),
                line_number=pl.int_range(pl.len(), dtype=pl.Int64) * len(places) + number_in_line,
            )
        )  # fmt: skip
    return pl.concat(halves).sort("line_number")


def _symbol(frame: pl.DataFrame) -> str:
    """What most contracts are written on."""
    counted = Counter(underlying_of(root) for root in frame["root"].drop_nulls())
    if not counted:
        raise RefusedPayload("mostly_unreadable", f"None of {len(frame)} contracts has a symbol that can be read.")
    return bare_symbol(min(counted, key=lambda symbol: (-counted[symbol], symbol)))


def _rows(frame: pl.DataFrame, symbol: str) -> pl.DataFrame:
    """Columns of CHAIN_SCHEMA, `traded` and `fault`. Net is the change of the day's last sale: without one it is 0."""
    named = pl.col("expiration").dt.strftime("%a %b %d %Y")
    checks = {
        "bad_value:occ_symbol": pl.col("root").is_null(),
        "disagrees:right": pl.col("right") != pl.col("side"),
        "disagrees:strike": ~((pl.col("strike") * 1000 - pl.col("strike_milli")).abs() < 0.5).fill_null(False),
        "disagrees:expiration": ~(named == pl.col("expires")).fill_null(False),
    }
    faults = [pl.when(wrong).then(pl.lit(reason)) for reason, wrong in checks.items()]
    read = frame.with_columns(
        symbol=pl.lit(symbol),
        last=pl.when(pl.col("last") != 0).then("last"),
        traded=pl.when(pl.col("net") != 0).then(pl.lit(True)),
        theta=pl.lit(None, pl.Float64), vega=pl.lit(None, pl.Float64), rho=pl.lit(None, pl.Float64),
        fault=pl.coalesce("fault", *faults, foreign_root(frame["root"], symbol)),
    )  # fmt: skip
    for (side,), half in read.group_by("side"):
        if len(half) >= FEWEST and half["fault"].is_not_null().all():
            raise RefusedPayload("schema_drift", f"The source changed its format: nothing below {_SIDES[str(side)]} can be read.")
    return read.with_columns(greeks_unless_idle()).drop("occ_symbol", "expires", "side", "strike", "net")
