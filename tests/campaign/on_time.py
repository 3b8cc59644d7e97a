"""R11: settled open interest is visible by 07:15 New York time, where the provider shows it from 06:45 on.

The provider is asked from 06:00 on, alternates between two days from 06:30 for 25 minutes, and fails for some names now and then.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core import sessions
from core.errors import ProviderUnreachable
from core.sessions import previous_session
from tests.campaign._stores import count_row, database, server
from tests.ingest.sources.samples.market import Market
from tests.ingest.timetable.driven import NAMES, Moving, at, collecting
from tests.ingest.timetable.quoted import Shows
from tests.standins.quoting import counted, settled

COVERS = ("R11",)
FIRST, SESSIONS, SHARE = date(2026, 8, 3), 60, 0.99
ALTERNATES = timedelta(minutes=25)
FAILS = 0.03
"""Share of the requests that fail, each with all its attempts."""
_SHOWN = """
SELECT symbol, root, expiration, "right", (strike * 1000)::integer, open_interest FROM chain_snapshots c
  JOIN loads USING (load_id) WHERE c.session_date = %(session)s AND c.known_at <= %(by)s AND published_at <= %(by)s
"""


class Alternating(Shows):
    """Shows open interest of two days by turns for a while each morning, as providers do, and does not always answer."""

    def __init__(self, clock: Moving, seed: int = 11):
        super().__init__(clock, strikes=3, expirations=4, counted=self._counted)
        self._rng = random.Random(seed)

    def fetch(self, symbol: str, nearest: int | None = None) -> Any:
        if self._rng.random() < FAILS:
            raise ProviderUnreachable("cboe", "HTTP 503, 5 attempts", 503, 5)
        return super().fetch(symbol, nearest)

    def _counted(self, now: datetime, _symbol: str) -> date:
        today = now.astimezone(sessions.EASTERN).date()
        begins = at("06:30", today)
        if sessions.is_session(today) and begins <= now < begins + ALTERNATES:
            latest = previous_session(today)
            return latest if self._rng.random() < 0.5 else previous_session(latest)
        return counted(now)


@dataclass
class Mornings:
    """What was seen of each session's open interest at 07:15."""

    late: list[date] = field(default_factory=list)
    wrong: int = 0
    contracts: int = 0
    visible_after: Counter[int] = field(default_factory=Counter)  # minutes after 07:00 -> sessions


def simulate(databases: Any, count: int) -> Mornings:
    """Let so many sessions pass: from 06:00 to 07:20 every 15 seconds, and the close."""
    days = sessions.sessions_between(FIRST, FIRST + timedelta(days=2 * count + 10))[: count + 1]
    moving = Moving(at("17:30", days[0]))
    source = Alternating(moving)
    work = collecting(databases, moving, cboe=source)
    work.tick()
    found = Mornings()
    for day in days[1:]:
        _morning(databases, moving, work, source, day, found)
        for clock in ("16:36", "16:38", "16:41"):
            moving.to(at(clock, day))
            work.tick()
    return found


def _morning(databases: Any, moving: Moving, work: Any, source: Alternating, day: date, found: Mornings) -> None:
    now = at("06:00", day)
    while now <= at("07:20", day):
        moving.to(now)
        work.tick()
        now += timedelta(seconds=15)
    session = previous_session(day)
    for minutes in range(16):
        if _whole(shown := _shown(databases, session, at(f"07:{minutes:02}", day))):
            found.visible_after[minutes] += 1
            break
    else:
        found.late.append(session)
    moving.to(at("07:15", day))
    honest = {(*key[1:],): level for symbol in NAMES for key, level in _honest(source.quoting.look(symbol), session)}
    found.contracts += len(shown)
    found.wrong += sum(
        honest.get((root, expiration, right, strike)) != level for _, root, expiration, right, strike, level in shown
    )


def _shown(databases: Any, session: date, by: datetime) -> list[tuple[Any, ...]]:
    with databases.app_premium.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_SHOWN, {"session": session, "by": by})
        return list(cursor.fetchall())


def _whole(shown: list[tuple[Any, ...]]) -> bool:
    return {row[0] for row in shown} == set(NAMES)


def _honest(seen: Market, session: date) -> list[tuple[tuple[Any, ...], int]]:
    return [
        ((seen.symbol, each.root, each.expiration, each.right, round(each.strike * 1000)), settled(each, session))
        for each in seen.contracts
    ]


def run(full: bool) -> list[dict[str, Any]]:
    """Rows for campaign.json: 60 sessions in full, else three."""
    count = SESSIONS if full else 3
    with server() as (started, home), database(started, home, "on_time") as databases:
        return rows(databases, count)


def rows(databases: Any, count: int) -> list[dict[str, Any]]:
    """The same over a database that is there."""
    found = simulate(databases, count)
    share = 1 - len(found.late) / count
    print(f"  minutes after 07:00 and sessions: {dict(sorted(found.visible_after.items()))}; late: {found.late}")
    return [
        {"bar": "R11", "what": f"share of {count} sessions whose open interest was visible by 07:15", "figure": round(share, 4),
         "target": "0.99 or more", "met": share >= SHARE},
        count_row("R11", f"of {found.contracts} contracts shown then, with open interest of another day", found.wrong),
    ]  # fmt: skip
