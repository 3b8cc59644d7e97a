"""R18: who asks for an earlier moment sees what was seen then; and what is published is never changed in place.

A random history of reported changes and chains: looks, files, corrections, doubts between slots, withdrawals, derivations. Told
twice: once as it happened, a snapshot after each event; once with files that came late and with withdrawals that were undone.
By the rules neither leaves a trace: a figure is known when its source had shown it, and a withdrawal that was undone never was.
"""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from core.clock import frozen
from ingest.pipeline import import_bodies, publish_payloads
from ingest.publishing.publish import derive_again, undo_withdrawal, withdraw
from ingest.sources import Raw, cboe
from ingest.sources.reading.stamps import LIVE
from tests.campaign._stores import count_row, database, server
from tests.db.statements import say
from tests.ingest import barchart_files as files
from tests.ingest.sources.samples import cboe as chains
from usecases.fingerprint import PARTS

COVERS = ("R18",)
DAYS = tuple(date(2026, 11, day) for day in (16, 17, 18, 19))
SLOTS = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")
NAMES = ("AAPL", "SPY")
TABLES = ("options_flow", "chain_snapshots", "oi_daily", "oi_expiration", "underlying_daily")
Seen = dict[str, str]


@dataclass(frozen=True)
class Event:
    """One thing that happens at an instant. kind: file, look, withdraw, undo or derive; name: of the payload concerned."""

    at: datetime
    kind: str
    name: str = ""
    body: bytes = b""


@dataclass
class Told:
    """What came of one telling. seen: instant -> what each session then showed; touched: rows changed in place, of `rows`."""

    seen: dict[datetime, dict[date, Seen]] = field(default_factory=dict)
    touched: int = 0
    rows: int = 0


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json."""
    pairs, touched, rows, events = 0, 0, 0, 0
    other = late = 0
    with server() as (started, home):
        for seed in range(1, 3 if full else 2):
            rng = random.Random(seed)
            history = list(_history(rng, 3 if full else 1))
            asked = _asked(rng, history, 100 if full else 10)
            with database(started, home, f"prompt_{seed}") as prompt, database(started, home, f"late_{seed}") as delayed:
                told = _tell(prompt, home / f"prompt_{seed}", history)
                again = _tell(delayed, home / f"late_{seed}", _delayed(rng, history))
                other += _other(prompt, told, asked, "prompt")
                late += _other(delayed, told, asked, "late")
            pairs, events, rows = pairs + len(asked), events + len(history), rows + told.rows + again.rows
            touched += told.touched + again.touched
    told_of = f"of {pairs} pairs of a session and a moment in histories of {events} events"
    return [
        count_row("R18", f"other than the snapshot taken then, {told_of}", other),
        count_row("R18", "the same, where files came late and withdrawals were undone", late),
        count_row("R18", f"published rows changed in place, of {rows:,}", touched),
    ]


def _history(rng: random.Random, times: int) -> Iterator[Event]:
    """What happens, in order. Files come with the minute of their footer, looks at once."""
    events: dict[datetime, Event] = {}
    for day in DAYS:
        for slot in SLOTS:
            for _ in range(rng.randint(1, times)):
                minute = rng.randrange(31, 300)
                at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC) + timedelta(minutes=minute)
                events[at] = Event(at, "file", f"{slot}-{day}-{at:%H%M}.csv", _list(rng, day, slot, at))
        for _ in range(4 * times):
            at = datetime(day.year, day.month, day.day, 14, 50, 7, tzinfo=UTC) + timedelta(minutes=rng.randrange(710))
            name = rng.choice(NAMES)
            events[at] = Event(at, "look", f"{name}-{at:%Y%m%dT%H%M}.json", _chain(rng, name, day, at))
    brought = sorted(events.values(), key=lambda event: event.at)
    for place, target in enumerate(rng.sample(brought, len(brought) // 6)):
        at = target.at + timedelta(minutes=rng.randrange(3, 2000), seconds=11 + place)
        events[at] = Event(at, "withdraw", target.name)
        if place % 2:
            back = at + timedelta(minutes=rng.randrange(2, 600), seconds=1)
            events[back] = Event(back, "undo", target.name)
    for _ in range(times):
        at = rng.choice(brought).at + timedelta(seconds=33)
        events[at] = Event(at, "derive")
    yield from sorted(events.values(), key=lambda event: event.at)


def _list(rng: random.Random, day: date, slot: str, at: datetime) -> bytes:
    """A file of a slot; one contract in some of them stands in other slots too, with the same figure or another."""
    rows = files.rows(day, slot, rng.randint(8, 12), rng.randrange(4))
    if rng.random() < 0.4 and slot.endswith("increase"):
        rows.append(files.row(day, symbol="XYZQ") | {"open_interest": rng.choice((5000, 5000, 9000))})
    stamp = f"{at - timedelta(hours=6):%I:%M%p}".lower()  # Chicago in winter
    return files.write("F", day, slot, rows, files.stamp(day, stamp))


def _chain(rng: random.Random, name: str, day: date, at: datetime) -> bytes:
    """What a site shows at an instant."""
    made = chains.make(random.Random(f"{name} {rng.randrange(6)}"), strikes=4, expirations=3, symbol=name, session=day, moment=0)
    return made.body.replace(made.body[15:34], f"{at:%Y-%m-%d %H:%M:%S}".encode(), 1)


def _delayed(rng: random.Random, history: list[Event]) -> list[Event]:
    """The same, but a third of what nobody withdraws comes up to two days late."""
    named = {event.name for event in history if event.kind == "withdraw"}
    late = [event for event in history if event.kind in ("file", "look") and event.name not in named and rng.random() < 0.33]
    come = {event.name: event.at + timedelta(minutes=rng.randrange(1, 2900)) for event in late}
    return sorted(history, key=lambda event: come.get(event.name, event.at) if event.kind in ("file", "look") else event.at)


def _tell(store: Any, home: Path, history: list[Event]) -> Told:
    """Let it happen. A telling in the order of the instants leaves out withdrawals that are undone, and takes snapshots."""
    told, before, url = Told(), dict[tuple[Any, ...], tuple[Any, ...]](), store.settings.database_url.get_secret_value()
    prompt = history == sorted(history, key=lambda event: event.at)
    undone = {event.name for event in history if event.kind == "undo"} if prompt else set()
    for event in history:
        if not (event.kind in ("withdraw", "undo") and event.name in undone):
            _happen(store, home, event)
            after = _published(url)
            told.touched += sum(key in after and after[key] != row for key, row in before.items())
            before, told.rows = after, max(told.rows, len(after))
        if prompt:
            told.seen[event.at] = {day: _shown(store, day, event.at) for day in DAYS}
    return told


def _happen(store: Any, home: Path, event: Event) -> None:
    clock = frozen(event.at)
    if event.kind == "file":
        import_bodies(store.ingest, home, [(event.name, event.body)], clock)
    elif event.kind == "look":
        raw = Raw("cboe", event.name, event.body, event.at, LIVE)
        publish_payloads(store.ingest, home, [(raw, cboe.parse(raw))], clock)
    elif event.kind == "derive":
        derive_again(store.ingest, clock, DAYS[0], DAYS[-1])
    else:
        _decide(store, home, event)


def _decide(store: Any, home: Path, event: Event) -> None:
    """Withdraw a payload's load, or bring it back."""
    wanted = ("published", "superseded") if event.kind == "withdraw" else ("withdrawn",)
    loads = [load for load in store.ingest.dicts("load_list", source=None, state=None, session_date=None, most=2000)
             if load["file_name"] == event.name and load["state"] in wanted]  # fmt: skip
    load_id = min(load["load_id"] for load in loads)
    if event.kind == "withdraw":
        withdraw(store.ingest, home, load_id, "wrong", frozen(event.at))
    else:
        undo_withdrawal(store.ingest, home, load_id, frozen(event.at))


def _asked(rng: random.Random, history: list[Event], count: int) -> list[tuple[date, datetime]]:
    """Random sessions, each at a random moment from its first event on."""
    first, last = history[0].at, history[-1].at
    return [
        (rng.choice(DAYS), first + timedelta(seconds=rng.randrange(int((last - first).total_seconds())))) for _ in range(count)
    ]


def _other(store: Any, told: Told, asked: list[tuple[date, datetime]], what: str) -> int:
    """How many pairs show other facts or flags than then; the first are printed."""
    found = 0
    for day, as_of in asked:
        then, now = _then(told, day, as_of), _shown(store, day, as_of)
        wrong = [part for part in then if then[part] != now[part]]
        found += bool(wrong)
        if wrong and found < 10:
            print(f"  {what}: session {day} as of {as_of}: {', '.join(wrong)}")
    return found


def _then(told: Told, day: date, as_of: datetime) -> Seen:
    """What the session showed after the last event up to a moment."""
    return told.seen[max(at for at in told.seen if at <= as_of)][day]


def _shown(store: Any, day: date, as_of: datetime) -> Seen:
    """All that a reader can see of a session at a moment, by kind of rows."""
    found = {}
    with store.app_admin.transaction() as work:
        for part in PARTS:
            into = io.BytesIO()
            work.copy_out(part, into, as_of=as_of, quote_session=day)
            found[part] = into.getvalue().decode()
    return found


def _published(url: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """(table, its partition, load, place) -> who wrote the row and what it says, of every row of loads that are not staged."""
    found = {}
    for table in TABLES:
        words = f"""SELECT f.tableoid::regclass::text, f.load_id, f.quote_session, f.xmin::text, f.ctid::text, md5(f::text),
            (to_jsonb(f) ->> 'contract_id'), to_jsonb(f) ->> 'underlying_id', to_jsonb(f) ->> 'expiration'
            FROM facts.{table} f JOIN loads l USING (load_id) WHERE l.state <> 'staged'"""
        for part, load, session, *row, contract, underlying, expiration in say(url, words):
            found[table, part, load, session, contract, underlying, expiration] = tuple(row)
    return found
