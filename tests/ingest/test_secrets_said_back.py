"""A provider that says its key back brings it into no reason, log, run, gap, payload or archive; by the real libraries."""

import random
from dataclasses import replace

import pytest
from pydantic import SecretStr
from pyrate_limiter import Duration, Rate

from ingest.packs import read_packs
from ingest.ready import Providers
from ingest.sources import massive, schwab
from ingest.timetable.collecting import Collecting
from ingest.timetable.plan import Plan
from tests.db.statements import say
from tests.ingest.sources.asked import SECRETS, look, token_file
from tests.ingest.sources.samples import schwab as made
from tests.ingest.timetable.driven import DAY, Moving, at
from tests.standins import brokers
from tests.standins.answering import answering
from usecases.collection import duties

KEY, SECRET, API_KEY, ACCESS, _REFRESH, _ANSWER = SECRETS
SAID = {schwab: (KEY, SECRET, ACCESS), massive: (API_KEY,)}
TABLES = ("loads", "quarantine", "runs", "duties", "raw_payloads")


def broker(folder, ways):
    """Settings and table of an account at Schwab whose chains are answered in one of these ways."""
    seen = look()
    chain = made.chain(seen, [made.option(each, seen, random.Random(1)) for each in seen.contracts])
    account = brokers.Schwab(chain, made.expirations(chain), {ACCESS})
    path = str(token_file(folder, ACCESS))
    given = {"schwab_app_key": SecretStr(KEY), "schwab_app_secret": SecretStr(SECRET), "schwab_token_file": path}
    return given, account.table() | {"/marketdata/v1/chains": ways}


def vendor(_folder, ways):
    return {"massive_api_key": SecretStr(API_KEY)}, {"/v3/snapshot/options/AAPL": ways}


def said_back(source, way):
    """What answers a request with whatever it was sent."""

    def answer(asked):
        said = f"Who is {':'.join(SAID[source])} with {asked.headers['Authorization']}?"
        return {
            "words": (200, {"errors": [{"title": said}], "status": "NO", "message": said}),
            "no JSON": (200, said.encode()),
            "status": (403, {"message": said}),
            "elsewhere": (302, {}, {"Location": f"http://elsewhere.test/{SAID[source][0]}?key={SAID[source][0]}"}),
        }[way]

    return answer


def collect(databases, source, given, table):
    """All that a collector wrote down when its only source answered so, from the first look to the gap."""
    name, moving = source.POLICY.source, Moving(at("17:30", DAY.replace(day=17)))
    with answering(table) as provider:
        urls = {"symbols": "AAPL", "source_urls": f"{name}={provider.url}"}
        settings = databases.settings.model_copy(update=given | urls)
        providers = Providers(settings, databases.ingest, moving, [name])
        plan = Plan((name,), (), (), ("AAPL",), {})
        work = Collecting(databases.ingest, settings.oiflow_home, moving, plan, providers.fetchers, providers.asked)
        for now in (moving.now, at("16:35"), at("19:30")):
            moving.to(now)
            work.tick()
        providers.close()
    (gap,) = [each for each in duties(databases.app_admin, moving) if (each.duty, each.session) == ("close", DAY)]
    url = databases.settings.database_url.get_secret_value()
    rows = {table: say(url, f"SELECT t::text FROM {table} t") for table in TABLES}
    packs = read_packs(settings.oiflow_home / "raw")
    return gap, f"{gap} {work.trouble} {rows} {packs} {[raw.body for pack in packs for raw in pack.raws()]}"


@pytest.mark.parametrize("way", ["words", "no JSON", "status", "elsewhere"])
@pytest.mark.parametrize(("source", "asked"), [(schwab, broker), (massive, vendor)], ids=["schwab", "massive"])
def test_what_a_provider_says_back_is_nowhere(databases, tmp_path, monkeypatch, capsys, source, asked, way):
    monkeypatch.setattr(source, "POLICY", replace(source.POLICY, rates=(Rate(1000, Duration.MINUTE),)))
    gap, written = collect(databases, source, *asked(tmp_path, said_back(source, way)))
    said = written + "".join(capsys.readouterr())
    assert (gap.state, source.POLICY.source in gap.reason, "***" in said) == ("gap", True, way != "status")
    assert [secret for secret in SAID[source] if secret in said] == []
