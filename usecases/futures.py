"""Open interest of one coin over all venues: the latest of each instrument, the total through time, and who is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analytics.futures import HEARTBEAT, SWITCHED_OFF, Amounts, Instrument, Span, Total, Track, amounts, instants, series, total
from db import futures
from db.database import Database

_POINTS = 288  # of a series at most
_SHOWN = ("oi_native", "unit", "oi_base", "price_used", "price_kind", "side_convention", "venue_ts", "known_at")
_TERMS = [each.name for each in fields(Instrument)]


@dataclass(frozen=True)
class Latest:
    """The latest figure of one instrument. missing: why it is in no total, empty where it is in.

    oi_native in `unit`, as the venue counts (`side_convention`); oi_base in coins, oi_usd in dollars: one side of a position.
    """

    venue: str
    symbol: str
    missing: str
    oi_native: float = float("nan")
    unit: str = ""
    oi_base: float = float("nan")
    oi_usd: float = float("nan")
    price_used: float = float("nan")
    price_kind: str = ""
    side_convention: str = ""
    venue_ts: datetime | None = None
    known_at: datetime | None = None

    @property
    def member(self) -> str:
        """As totals name it."""
        return f"{self.venue} {self.symbol}"


@dataclass(frozen=True)
class FuturesView:
    """One coin at a moment of knowledge. by_venue: total of each venue. series: at, base, usd, members, missing, partial."""

    base: str
    as_of: datetime
    latest: tuple[Latest, ...]
    current: Total
    by_venue: dict[str, Total] = field(hash=False)
    series: pd.DataFrame = field(hash=False, repr=False)


@dataclass(frozen=True)
class Gap:
    """Due cycles without a value: of a venue, or of one symbol while its venue answered. ended_at None: it goes on."""

    venue: str
    symbol: str | None
    reason: str
    detail: str
    began_at: datetime
    latest_at: datetime
    ended_at: datetime | None
    cycles: int


@dataclass(frozen=True)
class VenueHealth:
    """How a venue stands. silent: the reason of the gap that goes on, empty without one. late: its last cycle is overdue."""

    venue: str
    interval_s: int
    instruments: int
    answered_at: datetime | None
    listed_at: datetime | None
    late: bool
    silent: str


@dataclass(frozen=True)
class FuturesHealth:
    """Every venue ever looked at, and the gaps of a window, oldest first."""

    venues: tuple[VenueHealth, ...]
    gaps: tuple[Gap, ...]


def view_futures(db: Database, base: str, hours: int, as_of: datetime) -> FuturesView:
    """What was known of a coin at `as_of`, and of the `hours` before. A venue that is down is named, never left out."""
    since = as_of - timedelta(hours=hours)
    found = _Found.of(db, base, since, as_of)
    step = timedelta(minutes=max(1, -(-hours * 60 // _POINTS)))
    moments = [as_of - place * step for place in range(int(timedelta(hours=hours) / step), -1, -1)]
    totals = series(found.tracks, found.listed, found.silent, found.off, instants(moments))
    rows = [{"at": at, **vars(each), "partial": each.partial} for at, each in zip(moments, totals, strict=True)]
    latest = found.latest(db, as_of)
    return FuturesView(
        base=base,
        as_of=as_of,
        latest=latest,
        current=totals[-1],
        by_venue={venue: _sum(latest, venue) for venue in sorted({each.venue for each in latest})},
        series=pd.DataFrame(rows),
    )


def futures_health(db: Database, hours: int, as_of: datetime) -> FuturesHealth:
    """How every venue stands, and the gaps of the `hours` before."""
    rows = futures.coverage(db)
    found = futures.gaps(db, [row["venue"] for row in rows], as_of - timedelta(hours=hours), as_of)
    gaps = tuple(Gap(**row) for row in found)
    silent = {each.venue: each.reason for each in gaps if each.symbol is None and each.ended_at is None}
    return FuturesHealth(tuple(_health(row, silent.get(row["venue"], ""), as_of) for row in rows), gaps)


def _health(row: dict[str, Any], silent: str, as_of: datetime) -> VenueHealth:
    overdue = row["cycle_at"] is None or as_of - row["cycle_at"] > timedelta(seconds=2 * row["interval_s"] + 60)
    names = ("venue", "interval_s", "instruments", "answered_at", "listed_at")
    return VenueHealth(**{name: row[name] for name in names}, late=overdue and silent != SWITCHED_OFF, silent=silent)


def _sum(latest: Sequence[Latest], venue: str) -> Total:
    mine = [each for each in latest if each.venue == venue]
    return total({each.member: (each.oi_base, each.oi_usd) for each in mine if not each.missing}, [each.member for each in mine])


@dataclass(frozen=True)
class _Found:
    """What is stored of a coin in a window, by member (venue and symbol). ids: of the member's terms in force, the latest."""

    ids: dict[str, int]
    tracks: dict[str, Track]
    longest: dict[str, timedelta]
    listed: list[Span]
    silent: list[Span]
    off: list[Span]
    reasons: dict[str, str]  # of members that are silent at the end of the window

    @classmethod
    def of(cls, db: Database, base: str, since: datetime, as_of: datetime) -> "_Found":
        members = futures.members(db, base, since, as_of)
        names = {row["instrument_id"]: f"{row['venue']} {row['symbol']}" for row in members}
        longest = {names[row["instrument_id"]]: HEARTBEAT + timedelta(seconds=2 * row["interval_s"] + 60) for row in members}
        values = futures.history(db, list(names), since - max(longest.values(), default=HEARTBEAT), as_of)
        gaps = futures.gaps(db, sorted({row["venue"] for row in members}), since, as_of)
        spans = [
            (gap, Span(name, gap["began_at"], gap["ended_at"])) for name in sorted(longest) for gap in gaps if _hits(gap, name)
        ]
        return cls(
            ids={name: each for each, name in names.items()},
            tracks=_tracks(members, names, values, longest),
            longest=longest,
            listed=[Span(names[row["instrument_id"]], row["first_seen"], row["ended"]) for row in members],
            silent=[span for gap, span in spans if gap["reason"] != SWITCHED_OFF],
            off=[span for gap, span in spans if gap["reason"] == SWITCHED_OFF],
            reasons={span.member: gap["reason"] for gap, span in spans if span.until is None},
        )

    def latest(self, db: Database, as_of: datetime) -> tuple[Latest, ...]:
        """The latest figure of each member listed at the end of the window, of venues that are switched on."""
        off = {span.member for span in self.off if span.until is None}
        names = sorted({span.member for span in self.listed if span.until is None} - off)
        rows = futures.latest(db, [self.ids[name] for name in names], as_of)
        return tuple(self._latest(name, rows.get(self.ids[name]), as_of) for name in names)

    def _latest(self, member: str, row: dict[str, Any] | None, as_of: datetime) -> Latest:
        venue, symbol = member.split(" ", 1)
        if row is None:
            return Latest(venue, symbol, missing=self.reasons.get(member, "not_seen_lately"))
        stale = "stale" if as_of - row["known_at"] > self.longest[member] else ""
        dollars = float("nan") if row["oi_usd"] is None else row["oi_usd"]
        shown = {name: row[name] for name in _SHOWN} | {"oi_usd": dollars}
        return Latest(venue, symbol, missing=self.reasons.get(member, stale), **shown)


def _tracks(
    members: list[dict[str, Any]], names: dict[int, str], values: dict[int, np.ndarray], longest: dict[str, timedelta]
) -> dict[str, Track]:
    """Coins and dollars of each member through time, by the terms that held."""
    parts: dict[str, list[tuple[np.ndarray, Amounts]]] = {}
    for row in members:
        found = values.get(row["instrument_id"])
        if found is not None:
            made = amounts(
                found["oi_native"], found["price_used"], found["sides"], Instrument(**{name: row[name] for name in _TERMS})
            )
            parts.setdefault(names[row["instrument_id"]], []).append((found["known_at"], made))
    return {
        name: Track(
            np.concatenate([known_at for known_at, _ in those]),
            np.concatenate([made.base for _, made in those]),
            np.concatenate([made.usd for _, made in those]),
            longest[name],
        )
        for name, those in parts.items()
    }


def _hits(gap: dict[str, Any], member: str) -> bool:
    """Whether a gap is of this member's venue, or of the member itself."""
    return member == f"{gap['venue']} {gap['symbol']}" or (gap["symbol"] is None and member.startswith(f"{gap['venue']} "))
