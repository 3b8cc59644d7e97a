"""What an admin sees and asks of the collector: services, sessions, loads, rows kept aside, uploads, withdrawals."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import pandas as pd

from core.clock import Clock
from core.errors import LoadNotFound, NotAllowed, RefusedPayload
from core.sessions import sessions_between
from core.settings import Settings
from core.sources import ABOUT, About, lacking
from db import read
from db.database import Database
from usecases.freshness import slot_words
from usecases.futures import VenueHealth, futures_health

MOST_ROWS = 2000
DEMO_WORDS = (
    "A demo account changes nothing in the real market. Start `OIFLOW_DEMO=0 make run` and open the admin link that it prints."
)
MOST_UPLOAD = 64 * 1024 * 1024  # bytes
SERVICES = ("collector", "worker")
_SILENCE = timedelta(minutes=1)  # services report every few seconds; a restart takes less than this


class Admin(Protocol):
    """Whoever asks: an account with its e-mail."""

    @property
    def email(self) -> str:
        """Written beside the request."""

    @property
    def demo(self) -> bool:
        """Whether it is a demo account, which asks for nothing in the real market."""


@dataclass(frozen=True)
class SessionState:
    """One stored session of a source; `slots` of `slots_expected` are there."""

    source: str
    session_date: date
    quote_session: date
    known_at: datetime
    coverage: str
    volume_final: bool
    flags: tuple[str, ...]
    slots: int
    slots_expected: int
    missing: tuple[str, ...]
    contracts: int
    loads: tuple[int, ...]


@dataclass(frozen=True)
class SourceState:
    """One source: its rule for dates, its price, its rights, and what is stored of it. lacking: what keeps it from running.

    venue: how a venue of futures stands, once it was looked at.
    """

    source: str
    label: str
    preference: int
    coverage: str
    date_rule: str
    licence_note: str
    delay: str
    simulated: bool
    holds: str
    key_needed: str
    call_cost: str
    rate_limit: str
    can_be_scheduled: bool
    rights_needed: bool
    rights_confirmed: bool
    scheduled: bool
    lacking: str
    sessions: int
    loads_published: int
    payloads_refused: int
    latest_session: date | None
    venue: VenueHealth | None = None


@dataclass(frozen=True)
class ServiceState:
    """A service and when it last reported, None for never; late: it was expected to do so again at `expected_at`."""

    service: str
    reported_at: datetime | None
    expected_at: datetime | None
    late: bool


@dataclass(frozen=True)
class KeptAside:
    """What is not shown: rows by reason over all loads in view, then single rows and whole files, newest first."""

    reasons: dict[str, int]
    rows: list[dict[str, Any]]
    files: list[dict[str, Any]]


def services(db: Database, clock: Clock) -> list[ServiceState]:
    """The collector and the worker, whether or not they have ever reported."""
    reported = {row["service"]: row["beat_at"] for row in db.dicts("services_alive")}
    expected = {service: at + _SILENCE for service, at in reported.items()}
    return [
        ServiceState(
            service, reported.get(service), expected.get(service), late=service in expected and clock() > expected[service]
        )
        for service in SERVICES
    ]


def session_states(db: Database, clock: Clock) -> list[SessionState]:
    """Every stored session of every source as visible now, newest first."""
    return [_state(each) for each in reversed(read.sessions(db, clock()))]


def session_overview(db: Database, clock: Clock) -> pd.DataFrame:
    """The same as a table, one row a session and source."""
    names = list(SessionState.__dataclass_fields__)
    return pd.DataFrame([asdict(state) for state in session_states(db, clock)], columns=names)


def sources(db: Database, settings: Settings, clock: Clock) -> list[SourceState]:
    """Every source that the product knows, the most preferred first."""
    loads = {row["source"]: row for row in db.dicts("source_loads")}
    stored = pd.Series([each.source for each in read.sessions(db, clock())], dtype=object).value_counts()
    scheduled = {name.strip() for name in settings.sources.split(",")}
    mapped = {row["source"]: About(**row) for row in db.dicts("source_list") if row["source"] not in ABOUT}
    venues = {each.venue: each for each in futures_health(db, 0, clock()).venues}
    found = []
    for about in sorted((ABOUT | mapped).values(), key=lambda each: (each.preference, each.source)):
        name, of_source = about.source, loads.get(about.source, {})
        words = {key: getattr(about, key) for key in SourceState.__dataclass_fields__ if hasattr(about, key)}
        found.append(
            SourceState(
                **words | {"scheduled": name in scheduled},
                can_be_scheduled=about.scheduled,
                rights_needed=about.rights,
                rights_confirmed=about.simulated or getattr(settings, f"source_{name}_rights", "") == "confirmed",
                lacking=lacking(about, settings) if name in scheduled else "",
                sessions=int(stored.get(name, 0)),
                loads_published=of_source.get("published", 0),
                payloads_refused=of_source.get("refused", 0),
                latest_session=of_source.get("latest_session"),
                venue=venues.get(name),
            )
        )
    return found


def gaps_calendar(db: Database, clock: Clock) -> pd.DataFrame:
    """Each trading day between a source's first and last session: source, quote_session, flags, contracts, and the state.

    state: stored, flagged or gap.
    """
    rows: list[tuple[str, date, str, list[str], int | None]] = []
    stored = read.sessions(db, clock())
    for source in sorted({each.source for each in stored}):
        days = {each.quote_session: each for each in stored if each.source == source}
        for day in sessions_between(min(days), max(days)):
            here = days.get(day)
            state = "gap" if here is None else "flagged" if here.flags else "stored"
            rows.append((source, day, state, list(here.flags) if here else [], here.contracts if here else None))
    table = pd.DataFrame(rows, columns=["source", "quote_session", "state", "flags", "contracts"])
    return table.astype({"contracts": "Int64"})


def loads(db: Database, source: str | None = None, state: str | None = None, session: date | None = None) -> pd.DataFrame:
    """Loads, newest session first, at most 2,000. session: its session_date."""
    return db.frame("load_list", source=source, state=state, session_date=session, most=MOST_ROWS)


def quarantined(db: Database, load_id: int | None = None) -> pd.DataFrame:
    """Rows kept aside with reason and text, newest first, at most 2,000."""
    return db.frame("quarantine_list", load_id=load_id, reason=None, most=MOST_ROWS)


def quarantine_reasons(db: Database) -> pd.DataFrame:
    """How many rows each source keeps aside for which reason, over all loads in view."""
    return db.frame("quarantine_reasons")


def kept_aside(db: Database, reason: str | None, most: int) -> KeptAside:
    """Rows and files kept aside for a reason, or for any; at most `most` of each."""
    counts = quarantine_reasons(db).groupby("reason")["rows"].sum().sort_values(ascending=False)
    return KeptAside(
        reasons={str(name): int(rows) for name, rows in counts.items()},
        rows=db.dicts("quarantine_list", load_id=None, reason=reason, most=most),
        files=db.dicts("refused_loads", reason=reason, most=most),
    )


def reasons_kept(db: Database) -> list[str]:
    """Every reason for which some row or file is kept aside."""
    return [row[0] for row in db.rows("reasons_kept")]


def requests(db: Database) -> pd.DataFrame:
    """Uploads and withdrawals asked for, newest first, with the collector's answer."""
    return db.frame("request_list", most=MOST_ROWS)


def request_import(db: Database, account: Admin, file_name: str, body: bytes) -> int:
    """Hand a file to the collector; the number of the request. db: pool of app_admin. NotAllowed for demo accounts."""
    no_demo_in_real(db, account)
    if len(body) > MOST_UPLOAD:
        raise RefusedPayload(
            "too_large", f"The file has more than {MOST_UPLOAD // 2**20} MB. Put it into the inbox folder instead."
        )
    if not body:
        raise RefusedPayload("no_rows", "The file is empty.")
    plain_name = file_name.replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", "")[:200] or "upload"
    with db.transaction() as work:
        return int(work.value("ask_for_import", file_name=plain_name, body=body, requested_by=account.email))


def request_withdrawal(db: Database, account: Admin, load_id: int, why: str) -> int:
    """Ask the collector to take a published load out of view; the number of the request."""
    return _ask_about_load(db, account, load_id, why, "withdraw", ("published", "superseded"))


def request_undo(db: Database, account: Admin, load_id: int, why: str = "") -> int:
    """Ask the collector to bring a withdrawn load back; the number of the request."""
    return _ask_about_load(db, account, load_id, why, "undo_withdrawal", ("withdrawn",))


def _ask_about_load(db: Database, account: Admin, load_id: int, why: str, kind: str, states: tuple[str, ...]) -> int:
    no_demo_in_real(db, account)
    with db.transaction() as work:
        if work.value("load_state", load_id=load_id) not in states:
            raise LoadNotFound(f"Load {load_id} is not {' or '.join(states)}.")
        return int(work.value("ask_about_load", kind=kind, load_id=load_id, why=why or None, requested_by=account.email))


def no_demo_in_real(db: Database, account: Admin) -> None:
    """NotAllowed where a demo account asks for something in the real market."""
    if account.demo and not db.demo:
        raise NotAllowed(DEMO_WORDS)


def _state(session: read.StoredSession) -> SessionState:
    return SessionState(
        source=session.source,
        session_date=session.session_date,
        quote_session=session.quote_session,
        known_at=session.known_at,
        coverage=session.coverage,
        volume_final=session.volume_final,
        flags=session.flags,
        slots=len(session.slots),
        slots_expected=session.slots_wanted,
        missing=tuple(slot_words(slot) for slot in session.missing),
        contracts=session.contracts,
        loads=session.loads,
    )
