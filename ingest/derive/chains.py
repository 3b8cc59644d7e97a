"""States of sessions of chains: what is there of each, against the sessions before.

A chain is looked at again and again, so a session is walked through moment by moment: each step touches the slots that were
looked at, and a state is kept where it says something else than the one before.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from statistics import median
from typing import Any

import numpy as np

from analytics.quality import PARTIAL_SHARE, TRAILING_SESSIONS, repeats
from core.sessions import previous_session
from db import derived
from db.database import Transaction
from ingest.derive.changes import kept, moments, sees

STEADY_SESSIONS = 3
"""A slot that each of so many stored sessions had is expected in the next."""
_COMPARED = ("contract", "open_interest", "volume")
Load = Mapping[str, Any]
Slots = Mapping[str, list[Load]]
Pair = tuple[int, int]
"""Two loads of a slot: the later chain, and the one of the session before."""


class Chains:
    """The loads of one source of chains between two sessions."""

    def __init__(self, work: Transaction, source: str, first: date, last: date):
        self._work, self.source = work, source
        self.loads: dict[date, dict[str, list[Load]]] = {}
        self._inputs: dict[int, Pair] = {}
        for load in derived.loads_between(work, source, first, last):
            self.loads.setdefault(load["quote_session"], {}).setdefault(load["slot"], []).append(load)
        self.sessions = sorted(self.loads)

    def states(self, day: date) -> list[dict[str, Any]]:
        """The states of one session, one for each moment at which what is known of it becomes another."""
        return kept(self._walk(day))

    def _walk(self, day: date) -> Iterator[dict[str, Any]]:
        place = self.sessions.index(day)
        past = [self.loads[near] for near in self.sessions[max(0, place - TRAILING_SESSIONS) : place]]
        mine, before = self.loads[day], self.loads.get(previous_session(day), {})
        repeated, named, now = self._repeated(day), self._named(day), _Standing()
        for moment, slots in _steps(mine, past):
            if slots is None:
                seen = [loads for near in past if (loads := _visible(near, moment))]
                then = _visible(before, moment)
                now.expect(_expected(seen), _usual(seen))
            for slot in slots or mine:
                load = _seen(mine[slot], moment)
                now.put(slot, load, load is not None and self._pair(load, then.get(slot)) in repeated)
            yield named | {"known_at": moment} | now.state()

    def _named(self, day: date) -> dict[str, Any]:
        """What names a state. Chains report no changes to hold against each other."""
        load = next(iter(self.loads[day].values()))[0]
        names = {name: load[name] for name in ("quote_session", "session_date", "coverage")}
        return names | {"source": self.source} | dict.fromkeys(("pairs", "continuous", "common", "unchanged", "outliers"))

    def _repeated(self, day: date) -> set[Pair]:
        """The pairs of a session whose later chain repeats the earlier. What was compared once stays known: loads never change,
        and the contracts of a scan go one day."""
        wanted = set(self._pairs(day))
        known = derived.comparisons(self._work, sorted({later for later, _ in wanted}))
        fresh = self._compare(day, sorted(wanted - known.keys()))
        derived.keep_comparisons(self._work, fresh)
        found = known | {pair: repeated for pair, (repeated, _, _) in fresh.items()}
        return {pair for pair in wanted if found.get(pair)}

    def _compare(self, day: date, pairs: list[Pair]) -> dict[Pair, tuple[bool, int, int]]:
        """What comes of comparing pairs; nothing is said of a load whose contracts went."""
        loads = sorted({load for pair in pairs for load in pair})
        rows = derived.chain_rows(self._work, previous_session(day), day, loads) if loads else {}
        columns = {load: {name: part[name].astype(np.int64) for name in _COMPARED} for load, part in rows.items()}
        both = (pair for pair in pairs if columns.keys() >= {*pair})
        return {(later, earlier): repeats(columns[earlier], columns[later]) for later, earlier in both}

    def _pairs(self, day: date) -> Iterator[Pair]:
        """Each load of a session with each of the session before that is seen beside it at some moment."""
        mine, before = self.loads[day], self.loads.get(previous_session(day), {})
        for slot in mine.keys() & before.keys():
            for moment in moments([*mine[slot], *before[slot]]):
                now = _seen(mine[slot], moment)
                if now and (pair := self._pair(now, _seen(before[slot], moment))):
                    yield pair

    def _pair(self, now: Load, then: Load | None) -> Pair | None:
        """The pair that tells whether a load repeats what was there in the session before."""
        return (now["load_id"], then["load_id"]) if then else None


class Between(Chains):
    """The same of the changes that follow from chains: a slot is stale where its later chain repeats its earlier."""

    def _pairs(self, day: date) -> Iterator[Pair]:
        self._inputs = derived.inputs(self._work, [load["load_id"] for loads in self.loads[day].values() for load in loads])
        yield from self._inputs.values()

    def _pair(self, now: Load, then: Load | None) -> Pair | None:
        return self._inputs[now["load_id"]]


class _Standing:
    """What is seen of a session, as moments pass."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._stale: set[str] = set()
        self._missing: set[str] = set()
        self._names: set[str] = set()
        self._expected: list[str] = []
        self._usual: int | None = None
        self._contracts = 0

    def expect(self, slots: set[str], usual: int | None) -> None:
        """What the sessions before make expect: slots, and a number of contracts."""
        self._names, self._expected, self._usual = slots, sorted(slots), usual
        self._missing = slots - self._rows.keys()

    def put(self, slot: str, load: Load | None, stale: bool) -> None:
        """A slot shows this load from now on."""
        self._contracts -= self._rows.pop(slot, 0)
        self._stale.discard(slot)
        if slot in self._names:
            self._missing.add(slot)
        if load:
            self._missing.discard(slot)
            self._rows[slot] = load["rows_published"]
            self._contracts += self._rows[slot]
        if stale:
            self._stale.add(slot)

    def state(self) -> dict[str, Any]:
        """Flags, and what they were held against; no flag where nothing is seen."""
        few = self._usual is not None and self._contracts < PARTIAL_SHARE * self._usual
        flags = {"stale": len(self._stale) > len(self._rows) / 2, "partial": few or bool(self._missing)}
        return {
            "flags": [flag for flag, up in flags.items() if up and self._rows],
            "slots_expected": self._expected,
            "trailing_median": self._usual,
        }


def _steps(mine: Slots, past: Sequence[Slots]) -> Iterator[tuple[datetime, set[str] | None]]:
    """The moments at which a session or those before it show something else: (moment, its slots; None: all, at the first moment
    and where a session before it changed)."""
    begins = min(load["known_at"] for loads in mine.values() for load in loads)
    changed: dict[datetime, set[str]] = {}
    for slot, loads in mine.items():
        for moment in moments(loads):
            if moment > begins:  # a load may be withdrawn before it is known
                changed.setdefault(moment, set()).add(slot)
    others = {at for near in past for loads in near.values() for at in moments(loads) if at > begins} | {begins}
    for moment in sorted(others | changed.keys()):
        yield moment, None if moment in others else changed[moment]


def _seen(loads: list[Load], moment: datetime) -> Load | None:
    """The load of a slot that a reader sees at a moment: of those known by then the last; they come sorted by stamp."""
    return next((load for load in reversed(loads) if sees(load, moment)), None)


def _visible(slots: Slots, moment: datetime) -> dict[str, Load]:
    return {slot: load for slot, loads in slots.items() if (load := _seen(loads, moment))}


def _usual(past: list[dict[str, Load]]) -> int | None:
    """The median of what the sessions before had; None where there are none."""
    return int(median(sum(load["rows_published"] for load in loads.values()) for loads in past)) if past else None


def _expected(past: list[dict[str, Load]]) -> set[str]:
    """Slots that each of the last stored sessions had; none before there are enough of them."""
    latest = past[-STEADY_SESSIONS:]
    return set.intersection(*(set(loads) for loads in latest)) if len(latest) == STEADY_SESSIONS else set()
