"""Schwab, Massive, OCC and Deribit from their stand-ins, through their client libraries, into the store."""

import json
import random
from datetime import date, timedelta

import pytest

from core.clock import frozen
from ingest.pipeline import import_bodies, publish_payloads
from ingest.raw import read_raw
from ingest.sources import deribit_options, load, massive, occ, schwab
from tests.ingest.sources.asked import asked, later, look, token_file
from tests.ingest.sources.samples import deribit_options as coins
from tests.ingest.sources.samples import massive as pages
from tests.ingest.sources.samples import occ as series
from tests.ingest.sources.samples import schwab as chains
from tests.standins import brokers

SEEN = look()
MORNING = SEEN.stamp.replace(hour=12)
OPTIONS = coins.coin(random.Random(1), "SOL", "USDC", SEEN.stamp, 11, 4)


def schwab_asked(folder):
    chain = chains.chain(SEEN, [chains.option(each, SEEN, random.Random(1)) for each in SEEN.contracts])
    account = brokers.Schwab(chain, chains.expirations(chain))
    given = {"schwab_token_file": str(token_file(folder)), "schwab_app_key": "key", "schwab_app_secret": "secret"}
    return asked(schwab, account.table(), later(SEEN), given), "AAPL"


def massive_asked(_folder):
    account = brokers.Massive([pages.option(each, SEEN) for each in SEEN.contracts], symbol="AAPL")
    return asked(massive, account.table(), later(SEEN), {"massive_api_key": "key"}), "AAPL"


def occ_asked(_folder):
    lines = [series.line(each.root, each.expiration, round(each.strike * 1000)) for each in SEEN.contracts[::2]]
    return asked(occ, brokers.occ(series.site(lines, "AAPL")), MORNING), "AAPL"


def deribit_asked(_folder):
    return asked(
        deribit_options, brokers.deribit({"USDC": coins.answers(OPTIONS)}), SEEN.stamp + timedelta(seconds=2)
    ), "SOL_USDC"


@pytest.mark.parametrize("way", [schwab_asked, massive_asked, occ_asked, deribit_asked])
def test_what_is_fetched_is_published_and_read_again_from_the_archive(kept_databases, tmp_path, way):
    opened, name = way(tmp_path)
    with opened as (fetcher, _):
        raw = fetcher.fetch(name)
    payload = load(raw.source).parse(raw)
    db, now = kept_databases.ingest, frozen(later(SEEN, 60))
    report = publish_payloads(db, tmp_path, [(raw, payload)], now)
    assert (report.published, report.quarantined, report.refused) == (88, 0, 0)
    again = load(raw.source).parse(read_raw(db, tmp_path, raw.sha256))
    assert (again.known_at, again.rows.equals(payload.rows)) == (payload.known_at, True)


def stored(databases, source):
    columns = "session_date, quote_session, symbol, market, sum(open_interest), min(multiplier), max(multiplier), count(bid)"
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM chain_snapshots WHERE source = %s GROUP BY 1, 2, 3, 4", (source,))
        return cursor.fetchall()


def test_coins_are_stored_in_contracts_of_their_market(databases, tmp_path):
    opened, name = deribit_asked(tmp_path)
    with opened as (fetcher, _):
        raw = fetcher.fetch(name)
    publish_payloads(databases.ingest, tmp_path, [(raw, load(raw.source).parse(raw))], frozen(later(SEEN, 60)))
    contracts = sum(shown["open_interest"] for _, shown in OPTIONS) / 10
    quoted = sum(shown["bid_price"] is not None for _, shown in OPTIONS)
    day = SEEN.stamp.date()
    assert stored(databases, "deribit_options") == [
        (day, day, "SOL_USDC", "DERIBIT", pytest.approx(contracts), 10.0, 10.0, quoted)
    ]


def test_open_interest_of_the_morning_has_no_quotes(databases, tmp_path):
    opened, name = occ_asked(tmp_path)
    with opened as (fetcher, _):
        raw = fetcher.fetch(name)
    publish_payloads(databases.ingest, tmp_path, [(raw, load(raw.source).parse(raw))], frozen(later(SEEN, 60)))
    assert stored(databases, "occ") == [(date(2026, 11, 17), date(2026, 11, 18), "AAPL", "US", 44 * 30, 100.0, 100.0, 0)]


def test_candles_are_imported_by_session(databases, tmp_path):
    quarters = [MORNING.replace(hour=15) + timedelta(minutes=5 * part, days=day) for day in (0, 1) for part in range(9)]
    body = json.dumps(chains.history(quarters)).encode()
    report = import_bodies(databases.ingest, tmp_path, [("history.json", body)], frozen(later(SEEN, 6000)))
    assert (report.published, report.sessions, report.reasons) == (18, 2, {})
