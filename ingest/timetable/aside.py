"""Payloads that are held back: kept aside with their reason, and told of at once."""

from collections.abc import Iterable
from datetime import date

import structlog
from prometheus_client import Counter

from core.errors import RefusedPayload
from ingest.sources import Raw
from ingest.timetable.gather import Held

log = structlog.get_logger()
HELD = Counter("oiflow_payloads_held_back", "Payloads that were not believed, by source and reason", ["source", "reason"])
AWAITED = frozenset({"unsettled", "stale_payload", "wrong_session", "stamp_in_future", "no_open_interest"})
"""Reasons that go by themselves: the source has not come so far yet."""


class Aside:
    """What was held back, remembered so that a source that is asked again and again fills neither archive nor log."""

    def __init__(self) -> None:
        self._kept: set[tuple[str, str, date, str]] = set()
        self._told: set[tuple[str, date, str]] = set()

    def fresh(self, held: Iterable[Held], session: date) -> list[tuple[Raw, RefusedPayload]]:
        """Those to keep: one of each source, name, session and reason. Tells of a source's reason once a session."""
        news = {}
        for each in held:
            HELD.labels(each.source, each.refused.reason).inc()
            if each.refused.reason not in AWAITED:
                news[each.source, each.name, session, each.refused.reason] = each
        fresh = {key: each for key, each in news.items() if key not in self._kept}
        self._kept |= fresh.keys()
        self._tell(fresh.values(), session)
        return [(each.raw, each.refused) for each in fresh.values()]

    def _tell(self, fresh: Iterable[Held], session: date) -> None:
        by_reason: dict[tuple[str, str], list[Held]] = {}
        for each in fresh:
            by_reason.setdefault((each.source, each.refused.reason), []).append(each)
        for (source, reason), found in by_reason.items():
            if (source, session, reason) not in self._told:
                self._told.add((source, session, reason))
                words = {"source": source, "session": str(session), "reason": reason, "message": str(found[0].refused)}
                log.error("source_held_back", **words, names=sorted(each.name for each in found))
