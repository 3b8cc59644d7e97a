"""How old the shown figures are, where they come from and what is wrong with them: beside every answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from core.sessions import next_session, settled_at
from core.vocabulary import FLAGS
from db.read import StoredSession

_LEFT_OUT = frozenset({"stale", "discontinuous", "outlier"})
_SLOT_WORDS = {"stocks": "stocks", "etfs": "ETFs"}


@dataclass(frozen=True)
class Freshness:
    """What the badge says. late: newer open interest was expected at `expected_at` (07:00 ET) and has not come."""

    session_date: date
    quote_session: date
    known_at: datetime
    source: str
    source_label: str
    coverage: str
    volume_final: bool
    flags: tuple[str, ...]
    flag_details: dict[str, str] = field(hash=False)
    late: bool
    expected_at: datetime | None
    simulated: bool
    data_version: int


def freshness(session: StoredSession, is_latest: bool, version: int, instant: datetime) -> Freshness:
    """The badge of a session at an instant. Only the latest one can be late, and a simulated market never is."""
    expected = None if session.simulated or not is_latest else settled_at(next_session(session.session_date))
    return Freshness(
        session_date=session.session_date,
        quote_session=session.quote_session,
        known_at=session.known_at,
        source=session.source,
        source_label=session.source_label,
        coverage=session.coverage,
        volume_final=session.volume_final,
        flags=session.flags,
        flag_details={flag: _detail(flag, session) for flag in session.flags},
        late=expected is not None and instant > expected,
        expected_at=expected,
        simulated=session.simulated,
        data_version=version,
    )


def is_left_out(flags: Iterable[str]) -> bool:
    """Whether a session with these flags is shown and marked, but left out of rankings over sessions unless asked for."""
    return not _LEFT_OUT.isdisjoint(flags)


def slot_words(slot: str) -> str:
    """A slot as the badge names it: 'etfs-decrease' is 'ETFs, decrease'."""
    return ", ".join(_SLOT_WORDS.get(part, part) for part in slot.split("-"))


def _detail(flag: str, session: StoredSession) -> str:
    if flag == "partial":
        return _partial(session)
    if flag == "discontinuous" and session.pairs and session.continuous is not None:
        share = 100 * (session.pairs - session.continuous) / session.pairs
        return f"{share:.0f}\u202f% of contracts disagree with the session before"
    return FLAGS[flag][1] if flag in FLAGS else flag


def _partial(session: StoredSession) -> str:
    if session.missing:
        words = "; ".join(slot_words(slot) for slot in session.missing)
        return f"{len(session.slots)} of {session.slots_wanted} slots, missing: {words}"
    if session.trailing_median:
        return f"{session.contracts:,} contracts, usually {session.trailing_median:,}"
    return "unusually few contracts"
