"""Sessions with a fault that no file shows by itself: each is accepted and has to be marked. Made up, by seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from core.sessions import sessions_between
from tests.ingest import barchart_files as files
from tests.ingest.barchart_files import SLOTS

ROWS = 12
BEFORE = 3
CAP = 1000
Bodies = list[tuple[str, bytes]]
Lists = dict[str, list[dict[str, object]]]
FAULTS = {
    "fewer than 60 % of the usual rows": "partial",
    "a slot is missing": "partial",
    "one file under the names of two slots": "partial",
    "yesterday's file instead of today's": "partial",
    "yesterday's figures under today's stamp": "stale",
    "levels that do not follow from the changes": "discontinuous",
    "levels fifty times as high as ever": "outlier",
    "exactly as many rows as the site exports": "cut",
}
"""What is wrong -> the flag that has to tell it."""


@dataclass(frozen=True)
class Market:
    """Sound sessions in a row: every level is the one before plus the change. `last`: rows of the latest session by slot."""

    days: list[date]
    history: Bodies
    before: Lists
    last: Lists

    @property
    def today(self) -> date:
        return self.days[-1]


def market(seed: int) -> Market:
    """Some sessions of four lists with the same contracts."""
    rng = random.Random(seed)
    start = date(2026, 1, 5) + timedelta(days=rng.randrange(240))
    days = sessions_between(start, start + timedelta(days=15))[: BEFORE + 1]
    lists = {slot: [_dated(_long_lived(row, rng), days[0]) for row in files.rows(days[0], slot, ROWS, seed)] for slot in SLOTS}
    history, before = [], lists
    for day in days[1:]:
        history += written(days[days.index(day) - 1], lists)
        before, lists = lists, {slot: [_next(row, day, slot, rng) for row in rows] for slot, rows in lists.items()}
    return Market(days, history, before, lists)


def sound(made: Market) -> Bodies:
    """The latest session as it should be."""
    return written(made.today, made.last)


def faulty(made: Market, fault: str, seed: int) -> Bodies:
    """The latest session with a fault of FAULTS."""
    rng, lists, whole = random.Random(seed), made.last, sound(made)
    place = rng.randrange(len(SLOTS))
    if fault == "fewer than 60 % of the usual rows":
        return written(made.today, {slot: rows[: rng.randint(4, 6)] for slot, rows in lists.items()})
    if fault == "a slot is missing":
        return [*whole[:place], *whole[place + 1 :]]
    if fault == "one file under the names of two slots":
        return [*whole[:place], (whole[place][0], whole[place - 1][1]), *whole[place + 1 :]]
    if fault == "yesterday's file instead of today's":
        return [*whole[:place], made.history[place - len(SLOTS)], *whole[place + 1 :]]
    if fault == "yesterday's figures under today's stamp":
        return written(made.today, {slot: [_dated(row, made.today) for row in rows] for slot, rows in made.before.items()})
    if fault == "levels that do not follow from the changes":
        return written(made.today, {slot: _scaled(rows, rng.randint(2, ROWS), 3) for slot, rows in lists.items()})
    if fault == "levels fifty times as high as ever":
        return written(made.today, lists | {SLOTS[place]: _scaled(lists[SLOTS[place]], 2, rng.randint(60, 300))})
    return written(made.today, lists | {SLOTS[place]: files.rows(made.today, SLOTS[place], CAP, seed)})


def written(day: date, lists: Lists) -> Bodies:
    """The files of a session."""
    stamps = {slot: files.stamp(day, f"02:4{place}pm") for place, slot in enumerate(SLOTS)}
    return [(f"{slot}-{day}.csv", files.write("F", day, slot, rows, stamps[slot])) for slot, rows in lists.items()]


def _long_lived(row: dict, rng: random.Random) -> dict:
    lasting = {name: value for name, value in row.items() if name not in ("dte", "mid")}
    expiration = row["expiration"] + timedelta(days=91)
    return files.row(date.min, **lasting | {"expiration": expiration, "open_interest": rng.randint(80_000, 200_000)})


def _next(row: dict, day: date, slot: str, rng: random.Random) -> dict:
    change = rng.randint(101, 9000) if slot.endswith("increase") else -rng.randint(1, 9000)
    return _dated(row, day) | {"oi_change": change, "open_interest": row["open_interest"] + change}


def _dated(row: dict, day: date) -> dict:
    return row | {"dte": (row["expiration"] - day).days}


def _scaled(rows: list[dict], count: int, times: int) -> list[dict]:
    return [row | {"open_interest": row["open_interest"] * (times if place < count else 1)} for place, row in enumerate(rows)]
