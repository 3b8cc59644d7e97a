"""A collector's evenings: what the sites of reference show, and its work on it by a clock that is moved by hand."""

from datetime import date

from db import reference
from ingest.ready import Providers
from ingest.timetable.ask import ask
from ingest.timetable.plan import plan
from ingest.timetable.reference import Reference
from tests.ingest.sources.samples.reference import OTHER, chart, directory, yields
from tests.ingest.timetable.driven import DAY, Moving, at
from usecases.collection import duties, runs

YIELDS = "/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/all/202611"
LISTS = ("nasdaqlisted", "otherlisted")
EARLIER = DAY.replace(day=17)


def answers():
    """What the sites show on an evening."""
    nasdaq, other = directory("ACME|Acme Inc.|Q|N|N|100|N|N"), directory("B|B Inc.|N|B|N|100|N|B", header=OTHER)
    names = {f"/dynamic/SymDir/{name}.txt": (200, text.encode()) for name, text in zip(LISTS, (nasdaq, other), strict=True)}
    paid = {"AAPL": {date(2026, 11, 6): 0.26}, "COIN": {}}
    charts = {f"/v8/finance/chart/{name}": (200, chart(name, events)) for name, events in paid.items()}
    yahoo = {"/": (404, b"", {"Set-Cookie": "A3=cookie; Path=/"}), "/v1/test/getcrumb": (200, b"crumb")}
    return {YIELDS: (200, yields([EARLIER, DAY]).encode()), **names, **charts, **yahoo}


class Evenings:
    """A collector's work on reference, its clock moved by hand."""

    def __init__(self, databases, site, sources):
        urls = ",".join(f"{name}={site.url}" for name in ("treasury", "nasdaq_names", "yahoo_actions"))
        changes = {"sources": sources, "symbols": "AAPL,COIN", "source_urls": urls}
        self.settings = databases.settings.model_copy(update=changes)
        self.databases, self.moving, self.made = databases, Moving(at("18:35")), []
        self.again()

    def again(self):
        """The collector starts anew."""
        self.plan = plan(self.settings)
        self.made.append(Providers(self.settings, self.databases.ingest, self.moving, self.plan.reference))
        self.work = Reference(self.databases.ingest, self.settings.oiflow_home, self.moving, self.plan, self.made[-1])

    def tick(self, minutes=0):
        self.moving.on(minutes)
        self.work.tick()

    def states(self, source):
        return {each.session: each.state for each in duties(self.databases.app_admin, self.moving) if each.source == source}

    def tries(self, source):
        return [(run.status, run.names, run.names_expected) for run in runs(self.databases.app_admin, source=source)]

    def curve(self, session=DAY, moment=None):
        return reference.rate_curve(self.databases.ingest, session, moment or self.moving())

    def ask(self, source, **given):
        return ask(self.settings, self.databases.ingest, self.moving, source, **given)
