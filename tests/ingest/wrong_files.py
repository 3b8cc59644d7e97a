"""Files that must not be published, by seed: sign-in pages, cut and drifted files, other kinds, damaged archives.

Each has to be refused, for the reason that comes with it.
"""

import gzip
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.ingest import barchart_files as files
from tests.ingest.barchart_files import SESSIONS, SLOTS


@dataclass(frozen=True)
class Wrong:
    """A file that must not be published: why, its name, and its bytes."""

    reasons: tuple[str, ...]
    file_name: str
    body: bytes


def wrong_files(seed: int, n: int) -> Iterator[Wrong]:
    """At least `n` files to refuse, of every kind in turn."""
    rng = random.Random(seed)
    given = 0
    while given < n:
        for make in (_pages, _cuts, _headers, _footers, _other_kinds, _packed, _drifted, _mixed):
            for wrong in make(rng):
                given += 1
                yield wrong


def _whole(rng: random.Random, count: int = 60) -> tuple[date, str, bytes]:
    session, layout = rng.choice(SESSIONS), rng.choice(files.LAYOUTS)
    return session, layout, files.write(layout, session, rng.choice(SLOTS), count, seed=rng.randrange(1000))


def _pages(rng: random.Random) -> Iterator[Wrong]:
    for start in (b"<!DOCTYPE html>", b"\n\n<html>", b"\xef\xbb\xbf<HTML>", b"<?xml version='1.0'?>", b"<!-- x --><html>"):
        yield Wrong(("sign_in_page",), "stocks-increase.csv", start + b"<form>Log in</form><p>Symbol,Strike,Open Int</p></html>")


def _cuts(rng: random.Random) -> Iterator[Wrong]:
    _, _, body = _whole(rng, 150)
    for end in range(1024, len(body) - 80, 1024):
        yield Wrong(("cut_in_row", "no_footer"), "stocks.csv", body[:end])
    for end in range(len(body) - 60, len(body) - 1, 7):
        yield Wrong(("no_footer", "bad_footer", "cut_in_row"), "stocks.csv", body[:end])


def _headers(rng: random.Random) -> Iterator[Wrong]:
    for layout in files.LAYOUTS:
        body = files.write(layout, SESSIONS[1], rng.choice(SLOTS), 10)
        header, rest = body.split(b"\n", 1)
        names = header.split(b",")
        for place in rng.sample(range(len(names)), 6):
            renamed = [*names[:place], names[place] + b"X", *names[place + 1 :]]
            second_symbol = place == 1 and names[0] == names[1]
            reason = "mostly_unreadable" if second_symbol else "unknown_layout"
            yield Wrong((reason,), "stocks.csv", b",".join(renamed) + b"\n" + rest)
        yield Wrong(("unknown_layout", "not_recognised"), "stocks.csv", rest)
        yield Wrong(("unknown_layout",), "stocks.csv", b",".join([*names, names[-1]]) + b"\n" + rest)


def _footers(rng: random.Random) -> Iterator[Wrong]:
    session, layout, body = _whole(rng, 30)
    lines = body.rstrip(b"\n").split(b"\n")
    yield Wrong(("no_footer",), "etfs.csv", b"\n".join(lines[:-1]) + b"\n")
    yield Wrong(("rows_after_footer",), "etfs.csv", b"\n".join([*lines, lines[3]]))
    yield Wrong(("several_files",), "etfs.csv", body + body)
    yield Wrong(("no_rows",), "etfs.csv", lines[0] + b"\n" + lines[-1] + b"\n")
    for bad in (
        "13-45-2023 02:41pm CDT",
        "10-18-2023 14:41 CDT",
        "10-18-2023 02:41pm",
        "10-18-2023 02:41pm XYZ",
        "10-18-1823 02:41pm CDT",
    ):
        yield Wrong(
            ("bad_footer",),
            "etfs.csv",
            files.write(layout, session, lines=9, footer=f'"Downloaded from Barchart.com as of {bad}"'),
        )
    for days in (4, 40, 400):
        ahead = date(2026, 11, 20) + timedelta(days=days)
        late = f'"Downloaded from Barchart.com as of {ahead:%m-%d-%Y} 02:41pm CST"'
        yield Wrong(("footer_in_future", "bad_footer"), "etfs.csv", files.write(layout, session, lines=9, footer=late))


def _other_kinds(rng: random.Random) -> Iterator[Wrong]:
    for body in (
        b'{"error": "sign in"}',
        b"%PDF-1.7\n%\xe2\xe3",
        b"PK\x03\x04" + rng.randbytes(200),
        rng.randbytes(500),
        b"a,b,c\n1,2,3\n",
    ):
        yield Wrong(("not_recognised",), "stocks-increase.csv", body)
    yield Wrong(("empty_file",), "stocks-increase.csv", rng.choice((b"", b"\n", b" \r\n\r\n")))
    yield Wrong(("not_recognised", "unknown_layout"), "stocks.csv", _whole(rng)[2].decode().encode("utf-16"))


def _packed(rng: random.Random) -> Iterator[Wrong]:
    packed = gzip.compress(_whole(rng)[2])
    at = rng.randrange(20, len(packed) - 20)
    yield Wrong(("bad_gzip",), "stocks.csv.gz", packed[:at])
    yield Wrong(("bad_gzip",), "stocks.csv.gz", packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :])
    yield Wrong(("bad_gzip",), "stocks.csv.gz", packed + b"trailing")
    yield Wrong(("not_recognised",), "stocks.csv.gz", gzip.compress(packed))
    yield Wrong(("not_recognised",), "stocks.csv", zlib.compress(packed))


def _drifted(rng: random.Random) -> Iterator[Wrong]:
    """The header stays, the meaning of a column does not."""
    session, slot = rng.choice(SESSIONS), rng.choice(SLOTS)
    layout = rng.choice(files.LAYOUTS)
    made = files.rows(session, slot, 60, seed=rng.randrange(1000))

    def wrong(reasons: tuple[str, ...], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Wrong:
        return Wrong(reasons, f"{slot}.csv", files.write(layout, session, slot, [row | change(row) for row in made]))

    other = {"Call": "Put", "Put": "Call"}
    yield wrong(("implausible",), lambda row: {"spot": round(row["spot"] * 100)})
    yield wrong(("implausible",), lambda row: {"iv": row["iv"] / 100})
    yield wrong(("implausible",), lambda row: {"iv": row["iv"] * 100})
    yield wrong(("implausible", "mostly_unreadable"), lambda row: {"right": other[row["right"]], "delta": -row["delta"]})
    yield wrong(("implausible",), lambda row: {"bid": row["ask"], "ask": row["bid"]})
    yield wrong(("mostly_unreadable",), lambda row: {"iv": f"{row['iv'] / 100:.4f}"})
    yield wrong(("mostly_unreadable",), lambda row: {"expiration": f"{row['expiration']:%m/%d/%Y}"})
    yield wrong(("mostly_unreadable",), lambda row: {"strike": f"${row['strike']}"})
    yield wrong(("mostly_unreadable",), lambda row: {"volume": f"{row['volume']}.0"})
    yield wrong(("mostly_unreadable",), lambda row: {"right": row["right"].upper()})
    yield wrong(("mostly_unreadable",), lambda row: {"trade_time": "02:05pm"})
    yield wrong(("mostly_unreadable",), lambda row: {"trade_time": (session - timedelta(days=1)).isoformat()})
    yield wrong(("mostly_unreadable",), lambda row: {"dte": row["dte"] + 7})


def _mixed(rng: random.Random) -> Iterator[Wrong]:
    session, layout = rng.choice(SESSIONS), rng.choice(files.LAYOUTS)
    rows = {slot: files.rows(session, slot, 30, seed=rng.randrange(1000)) for slot in SLOTS}
    strangers = [row | {"symbol": f"QX{'ABCDEFG'[at % 7]}"} for at, row in enumerate(rows["stocks-increase"])]
    for lines in (rows["stocks-increase"] + rows["stocks-decrease"], rows["etfs-increase"] + rows["stocks-increase"]):
        yield Wrong(("slot_unknown",), "stocks-increase.csv", files.write(layout, session, lines=lines))
    yield Wrong(("slot_unknown",), "download.csv", files.write(layout, session, lines=strangers))
