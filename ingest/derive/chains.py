"""States of sessions of chains: what is there of each, against the sessions before.

One state a session, from the moment at which its last part was known: during the day a chain is looked at again and again,
and until the last look the loads alone tell.
"""

from datetime import date, datetime
from statistics import median
from typing import Any

import numpy as np

from analytics.quality import PARTIAL_SHARE, TRAILING_SESSIONS, repeats
from core.sessions import previous_session
from db import derived
from db.database import Transaction
from ingest.derive.changes import sees

STEADY_SESSIONS = 3
"""A slot that each of so many stored sessions had is expected in the next."""
Load = dict[str, Any]


class Chains:
    """The loads of one source of chains between two sessions."""

    def __init__(self, work: Transaction, source: str, first: date, last: date):
        self._work, self.source = work, source
        self.loads: dict[date, list[Load]] = {}
        for load in derived.loads_between(work, source, first, last):
            self.loads.setdefault(load["quote_session"], []).append(load)
        self.sessions = sorted(self.loads)

    def states(self, day: date) -> list[dict[str, Any]]:
        """The state of one session, in a list; none where all of it was withdrawn."""
        moment = max(load["withdrawn_at"] or load["known_at"] for load in self.loads[day])
        now = self._visible(day, moment)
        if not now:
            return []
        past = self._past(day, moment)
        usual = int(median(_rows(loads) for loads in past)) if past else None
        expected = _expected(past) | now.keys()
        stale, pairs, unchanged = self._stale(day, now, moment)
        flags = {
            "stale": len(stale) > len(now) / 2,
            "partial": now.keys() < expected or (usual is not None and _rows(now) < PARTIAL_SHARE * usual),
        }
        found = {
            "flags": [flag for flag, up in flags.items() if up],
            "slots_expected": sorted(expected),
            "trailing_median": usual,
        }
        return [
            self._row(day, now, moment) | found | {"pairs": pairs, "unchanged": unchanged, "stale_slots": stale},
        ]

    def _past(self, day: date, moment: datetime) -> list[dict[str, Load]]:
        """What is visible of each of the sessions before, oldest first."""
        place = self.sessions.index(day)
        seen = (self._visible(each, moment) for each in self.sessions[max(0, place - TRAILING_SESSIONS) : place])
        return [loads for loads in seen if loads]

    def _row(self, day: date, now: dict[str, Load], moment: datetime) -> dict[str, Any]:
        """What the visible loads say of a session by themselves. Chains report no changes to hold against each other."""
        return {
            "source": self.source,
            "quote_session": day,
            "session_date": self.loads[day][0]["session_date"],
            "known_at": moment,
            "coverage": self.loads[day][0]["coverage"],
            "slots": sorted(now),
            "contracts": _rows(now),
            "volume_final": all(load["volume_final"] for load in now.values()),
            "continuous": None,
            "common": None,
            "outliers": None,
        }

    def _visible(self, day: date, moment: datetime) -> dict[str, Load]:
        """Slot -> the load a reader sees of it; loads come sorted by slot and stamp."""
        return {load["slot"]: load for load in self.loads.get(day, []) if sees(load, moment)}

    def _stale(self, day: date, now: dict[str, Load], moment: datetime) -> tuple[list[str], int | None, int | None]:
        """Slots that repeat the open interest of the trading day before, and the pairs compared in all."""
        before = self._visible(previous_session(day), moment)
        common = sorted(now.keys() & before.keys())
        if not common:
            return [], None, None
        loads = [load["load_id"] for slot in common for load in (now[slot], before[slot])]
        rows = derived.chain_rows(self._work, previous_session(day), day, loads)
        pairs = unchanged = 0
        stale = []
        for slot in common:
            there, here = (rows[rows["load"] == side[slot]["load_id"]] for side in (before, now))
            repeated, compared, equal = repeats(*(_columns(part) for part in (there, here)))
            pairs, unchanged = pairs + compared, unchanged + equal
            if repeated:
                stale.append(slot)
        return stale, pairs, unchanged


class Between(Chains):
    """The same of the changes that follow from chains: a slot is stale where its later chain is."""

    def _stale(self, day: date, now: dict[str, Load], moment: datetime) -> tuple[list[str], int | None, int | None]:
        return sorted(derived.stale_slots(self._work, [load["load_id"] for load in now.values()])), None, None


def _columns(part: np.ndarray) -> dict[str, np.ndarray]:
    """contract, open_interest and volume as int64, -1 unknown."""
    return {name: part[name].astype(np.int64) for name in ("contract", "open_interest", "volume")}


def _rows(loads: dict[str, Load]) -> int:
    return sum(load["rows_published"] for load in loads.values())


def _expected(past: list[dict[str, Load]]) -> set[str]:
    """Slots that each of the last stored sessions had; none before there are enough of them."""
    latest = past[-STEADY_SESSIONS:]
    return set.intersection(*(set(loads) for loads in latest)) if len(latest) == STEADY_SESSIONS else set()
