"""What campaigns that move a collector's clock share: the true time, and a real collector that asks a site on loopback."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unittest.mock import patch

from pyrate_limiter import Duration, Rate

from core.settings import Settings
from ingest.collector import Collector
from ingest.providers.skew import Skew
from ingest.sources import cboe
from ingest.sources.futures import Venue, switched_on
from tests.ingest.timetable.driven import Source
from tests.standins.answering import Asked, answering

_ROOMY = (Rate(1_000_000, Duration.MINUTE),)


class Truth:
    """The true time, and a machine's clock that is off by some seconds."""

    def __init__(self, off: float = 0.0):
        self.now, self.off = datetime(2025, 1, 1, tzinfo=UTC), timedelta(seconds=off)

    def clock(self) -> datetime:
        """What the machine believes."""
        return self.now + self.off

    def skew(self) -> Skew:
        """What hears from replies whether it is right; time passes as it truly does."""
        return Skew(self.clock, lambda: self.now.timestamp())


def _hurried(settings: Settings) -> list[Venue]:
    """The venues of the settings, with limits that leave room for a day in a minute."""
    return [replace(venue, policy=replace(venue.policy, rates=_ROOMY)) for venue in switched_on(settings)]


@contextmanager
def collector(opened: Any, truth: Truth, names: Sequence[str] = ("SPY",), venues: str = "") -> Iterator[Collector]:
    """A collector of these names from a site that knows the time, under no limit. venues: base of venues of futures."""
    source = Source(truth)

    def chain(asked: Asked) -> tuple[int, Any, dict[str, str]]:
        body = source.fetch(asked.path.rpartition("/")[2].removesuffix(".json")).body
        source.asked.clear()
        site.asked.clear()  # what the site remembers is not the collector's
        return 200, body, {"Date": format_datetime(truth.now, usegmt=True)}

    table = {f"/api/global/delayed_quotes/options/{name}.json": chain for name in names}
    with (
        answering(table) as site,
        patch.object(cboe, "POLICY", replace(cboe.POLICY, rates=_ROOMY)),
        patch("ingest.collector.switched_on", _hurried),
    ):
        urls = f"cboe={site.url}" + (f",okx={venues}/okx,bybit={venues}/bybit" if venues else "")
        given = {"sources": "cboe,okx,bybit" if venues else "cboe", "source_urls": urls, "symbols": ",".join(names)}
        made = Collector(opened.settings.model_copy(update=given | {"oiflow_demo": False}), truth.clock)
        made.demo.close()
        made.demo, made.skew = made.real, truth.skew()  # there is no simulated market here
        made.venues._skew = made.skew
        try:
            yield made
        finally:
            made.close()
