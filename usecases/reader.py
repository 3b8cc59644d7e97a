"""What a use case reads through: the tables and the moments that a tier may see."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeVar

import pandas as pd

from core.access import ALL, FEATURES, Limits, Tier, allows, limits
from core.clock import Clock
from core.errors import NotAllowed, SessionNotFound
from db import free, read
from db.database import Database
from db.read import ContractKey, StoredSession
from usecases.contract_rows import contract_frame
from usecases.freshness import Freshness, freshness

Answer = TypeVar("Answer")
_KEPT = 12  # answers; a session's table has a few megabytes


class Reader:
    """One for each tier and database, shared between threads. A free reader never asks for more than the free tables.

    db has to be the pool of the tier's login: app_free, app_premium or app_admin.
    """

    def __init__(self, db: Database, tier: Tier, clock: Clock):
        if tier is Tier.ANONYMOUS:
            raise NotAllowed
        self.db, self.tier, self.clock = db, tier, clock
        self._store: Any = free if tier is Tier.FREE else read
        self._kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = Lock()

    def limits(self, feature: str) -> Limits | None:
        """What the tier sees of a feature, None without limits; NotAllowed where it may not enter."""
        if not allows(self.tier, feature):
            raise NotAllowed(f"{FEATURES[feature].title} is not part of your tier.")
        found = limits(self.tier, feature)
        return None if found == ALL else found

    def data_version(self) -> tuple[int, datetime]:
        """Number and moment of the last change of what is visible; both belong into a cache key."""
        found: tuple[int, datetime] = self._store.data_version(self.db)
        return found

    def stored(self, as_of: datetime | None = None) -> list[StoredSession]:
        """Every session of every source visible at `as_of`, default now, oldest first."""
        instant = self._instant(as_of)
        moment = instant.replace(second=0, microsecond=0) if as_of is None else instant
        return self._remembered(("stored", moment), lambda: self._store.sessions(self.db, instant))

    def sessions(self, as_of: datetime | None = None) -> list[StoredSession]:
        """The sessions that pages show, oldest first: one source for each."""
        return read.preferred(self.stored(as_of))

    def session(self, session_date: date | None = None, as_of: datetime | None = None) -> StoredSession | None:
        """The session of a date, default the latest; None if nothing is stored. SessionNotFound where the date has none."""
        sessions = self.sessions(as_of)
        if not sessions or session_date is None:
            return sessions[-1] if sessions else None
        for session in sessions:
            if session.session_date == session_date:
                return session
        raise SessionNotFound

    def contracts(self, session: StoredSession, as_of: datetime | None = None) -> pd.DataFrame:
        """Contracts of a session by size of change, columns of vocabulary.CONTRACT. Do not change it: it is shared."""
        return self._remembered(
            ("contracts", session.quote_session, session.loads, as_of), lambda: self._contracts(session, as_of)
        )

    def _contracts(self, session: StoredSession, as_of: datetime | None) -> pd.DataFrame:
        earlier = self._earlier(session, as_of)
        made_in = {each.quote_session: each for each in (*earlier, session)}.get(session.session_date)
        rows = self._store.session_contracts(self.db, session)
        volumes = self._store.session_volumes(self.db, made_in) if made_in else None
        seen = set() if volumes is None or made_in is session else set(volumes["contract_id"])  # on the list the session before
        asked = [contract for contract in rows["contract_id"].tolist() if contract not in seen]
        found = self._store.listed_before(self.db, asked, earlier)
        return contract_frame(rows, volumes, None if found is None else found | seen)

    def listed_before(self, contracts: pd.DataFrame, session: StoredSession, since: date, as_of: datetime | None) -> set[int]:
        """Which of a session's contracts the same source listed in a session counted before `since`."""
        earlier = [each for each in self._earlier(session, as_of) if each.session_date < since]
        return self._store.listed_before(self.db, contracts["contract_id"].tolist(), earlier) or set()

    def _earlier(self, session: StoredSession, as_of: datetime | None) -> list[StoredSession]:
        """Sessions of the same source before this one."""
        return [
            each for each in self.stored(as_of) if each.source == session.source and each.quote_session < session.quote_session
        ]

    def balance(self, chosen: list[StoredSession]) -> pd.DataFrame:
        """quote_session, calls, puts: net changes on the list in each of the sessions."""
        return self._store.balance(self.db, chosen)

    def contract_history(self, key: ContractKey, chosen: list[StoredSession]) -> pd.DataFrame:
        """One row for each of the sessions that shows the contract."""
        return self._store.contract_history(self.db, key, chosen)

    def ticker_history(self, symbol: str, chosen: list[StoredSession]) -> pd.DataFrame:
        """Sums of a ticker for each of the sessions that shows it, calls and puts apart."""
        return self._store.ticker_history(self.db, symbol, chosen)

    def ticker_contracts(self, symbol: str, chosen: list[StoredSession]) -> list[ContractKey]:
        """Contracts of a ticker on the list of any of the sessions."""
        return self._store.ticker_contracts(self.db, symbol, chosen)

    def ticker_names(self, session: StoredSession) -> dict[str, str | None]:
        """Tickers of a session, in order of the alphabet, each with the name of its company or fund, None where unknown."""
        return self._store.ticker_names(self.db, session)

    def freshness(self, session: StoredSession, as_of: datetime | None = None) -> Freshness:
        """The badge of a session."""
        newest = max(each.quote_session for each in self.stored(as_of) if each.source == session.source)
        return freshness(session, session.quote_session == newest, self.data_version()[0], self._instant(as_of))

    def _instant(self, as_of: datetime | None) -> datetime:
        return as_of or self.clock()

    def _remembered(self, key: tuple[Any, ...], make: Callable[[], Answer]) -> Answer:
        """An answer of this data version, made once. What a flip overtook while it was made is given but not kept."""
        version = self.data_version()
        with self._lock:
            if (version, *key) in self._kept:
                self._kept.move_to_end((version, *key))
                return self._kept[(version, *key)]
        answer = make()
        if self.data_version() == version:
            with self._lock:
                self._kept[(version, *key)] = answer
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return answer
