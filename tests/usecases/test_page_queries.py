"""Every question of a page is answered by an index and in less than 300 ms: 80 sessions of 6,500 contracts (R21)."""

import time
from datetime import date

import pytest

from core.access import Tier
from core.clock import frozen
from core.sessions import sessions_between
from db.database import Database, queries
from tests.usecases import market
from usecases.changes import view_changes
from usecases.contract_table import view_table
from usecases.display import view_display
from usecases.filters import Filters
from usecases.flow_trend import tickers, view_trend
from usecases.home import view_home
from usecases.new_positions import view_new_positions
from usecases.reader import Reader

SESSIONS = sessions_between(date(2023, 6, 1), date(2023, 12, 31))[:80]
NOW = market.EVENING.replace(month=10, year=2024)
MOST_MS = 300
VIEWS = {
    "home": view_home,
    "changes": lambda reader: view_changes(reader, Filters()),
    "changes of a ticker": lambda reader: view_changes(reader, Filters(ticker="T001", listed_since=SESSIONS[40])),
    "an earlier session": lambda reader: view_changes(reader, Filters(session=SESSIONS[30], as_of=NOW)),
    "display": lambda reader: view_display(reader, Filters(), 10),
    "new positions": lambda reader: view_new_positions(reader, Filters(share_new=0.1)),
    "table": lambda reader: view_table(reader, Filters()),
    "trend of a contract": lambda reader: view_trend(reader, "T001", date(2025, 1, 17), 2.0, "C", months=12),
    "trend of a ticker": lambda reader: view_trend(reader, "T001", months=12),
    "tickers": tickers,
}
FREE = ("home", "changes", "trend of a contract", "trend of a ticker", "tickers")

FILL = """
INSERT INTO underlyings (symbol) SELECT 'T' || lpad(n::text, 3, '0') FROM generate_series(1, 600) n;
INSERT INTO contracts (underlying_id, root, expiration, "right", strike_milli, multiplier)
SELECT u.underlying_id, u.symbol, date '2024-01-19' + 182 * e, r, k * 1000, 100
  FROM underlyings u, generate_series(0, 2) e, unnest(ARRAY['C', 'P']) r, generate_series(1, 15) k;
INSERT INTO raw_payloads VALUES (repeat('0', 64), 'made', 1, 'pack', 0, 1, now());
"""
SESSION = """
INSERT INTO {table}
SELECT %(day)s, c.contract_id, %(load)s, c.underlying_id, 1000 + c.contract_id %% 5000, c.contract_id %% 4001 - 2000,
       500 + c.contract_id %% 900, NULL, 50, 1, 1.2, 1.1, 1.1, 0.3, 0.5, 0, 0.5, 0.2, 0, 30, 1, 3
  FROM contracts c WHERE (c.contract_id * 7919 + %(number)s * 104729) %% 54000 < 6500
"""
ROLL_UP = """
INSERT INTO facts.oi_daily
SELECT quote_session, underlying_id, load_id, sum(open_interest), 0, sum(oi_change), 0, 0, 0, 0, 0, count(*)
  FROM facts.options_flow GROUP BY quote_session, underlying_id, load_id
"""


class Recording(Database):
    """A database that remembers what it was asked."""

    def __init__(self, url):
        super().__init__(url)
        self.asked = []

    def rows(self, name, **values):
        self.asked.append((name, values))
        return super().rows(name, **values)

    def dicts(self, name, **values):
        self.asked.append((name, values))
        return super().dicts(name, **values)

    def frame(self, name, **values):
        self.asked.append((name, values))
        return super().frame(name, **values)

    def value(self, name, **values):
        self.asked.append((name, values))
        return super().value(name, **values)


@pytest.fixture(scope="module")
def large_market(kept_databases):
    with kept_databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(FILL)
        months = {}
        for number, day in enumerate(SESSIONS):
            if (month := f"{day:%Y%m}") not in months:
                cursor.execute("SELECT facts.open_partition('options_flow', %s, true)", (day,))
                months[month] = (day, cursor.fetchone()[0])
            _session(cursor, months[month][1], day, number)
        for day, table in months.values():
            cursor.execute("SELECT facts.close_partition('options_flow', %s, %s)", (day, table))
        cursor.execute(ROLL_UP)
    market.flip(kept_databases, NOW)
    return kept_databases


def _session(cursor, table, day, number):
    load = {
        "source": "barchart", "slot": "stocks-increase", "asset_class": "stock", "coverage": "top_list", "cut": False,
        "session_date": market.previous_session(day), "quote_session": day, "known_at": market.closing(day), "volume_final": True,
        "rows": 6500, "sha": "0" * 64,
    }  # fmt: skip
    cursor.execute(market.LOAD, load)
    cursor.execute(SESSION.format(table=table), {"day": day, "load": cursor.fetchone()[0], "number": number})


def recorded(databases, tier, view):
    login = databases.app_free if tier is Tier.FREE else databases.app_premium
    recording = Recording(login.url)
    VIEWS[view](Reader(recording, tier, frozen(NOW)))
    recording.close()
    assert recording.asked
    return login, recording.asked


@pytest.mark.parametrize(("tier", "view"), [(Tier.PREMIUM, view) for view in VIEWS] + [(Tier.FREE, view) for view in FREE])
def test_every_question_of_a_page_goes_by_an_index_and_is_quick(large_market, tier, view):
    login, asked = recorded(large_market, tier, view)
    for name, values in asked:
        with login.transaction() as work, work.connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + queries()[name], values)
            plan = "\n".join(row[0] for row in cursor)
            assert "Seq Scan on options_flow" not in plan, f"{name}\n{plan}"
            assert "Seq Scan on oi_daily" not in plan, f"{name}\n{plan}"
        assert min(_ms(login, name, values) for _ in range(3)) < MOST_MS, name


def _ms(login, name, values):
    started = time.perf_counter()
    login.rows(name, **values)
    return 1000 * (time.perf_counter() - started)
