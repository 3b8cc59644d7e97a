"""A small market whose every sum is known by hand, written straight into the tables of a fresh database.

Seven contracts of three tickers, four sessions of quotes (2 to 5 October 2023), one load for stocks and one for ETFs in each.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np

from analytics import flow
from core.access import Tier
from core.clock import frozen
from core.sessions import previous_session
from db.free import rebuild_free
from db.read import ContractKey
from usecases.reader import Reader

Q1, Q2, Q3, Q4 = date(2023, 10, 2), date(2023, 10, 3), date(2023, 10, 4), date(2023, 10, 5)
D0, D1, D2, D3 = date(2023, 9, 29), Q1, Q2, Q3  # the sessions counted
EVENING = datetime(2023, 10, 5, 20, 0, tzinfo=UTC)  # Q4 after its load, before the next 07:00 ET

A_CALL = ContractKey("AAA", date(2023, 10, 20), "C", 50_000)
A_PUT = ContractKey("AAA", date(2023, 10, 20), "P", 45_000)
A_LATE = ContractKey("AAA", date(2024, 1, 19), "C", 60_000)
B_PUT = ContractKey("BBB", date(2023, 10, 6), "P", 20_000)
B_ADJUSTED = ContractKey("BBB", date(2023, 10, 20), "C", 4_000, "adjusted")
E_CALL = ContractKey("EEE", date(2023, 10, 20), "C", 100_000)
E_LEAP = ContractKey("EEE", date(2025, 1, 17), "P", 95_000)


@dataclass(frozen=True)
class Row:
    key: ContractKey
    open_interest: int
    oi_change: int
    volume: int
    bid: float = 1.0
    ask: float = 1.2
    last: float | None = 1.15
    spot: float | None = 50.0
    iv: float | None = 0.3
    delta: float | None = 0.5


STOCKS = {
    Q1: [Row(A_CALL, 150, 50, 500), Row(B_PUT, 300, -100, 600, spot=21.0)],
    Q2: [Row(A_CALL, 200, 50, 700), Row(A_LATE, 400, 100, 500)],
    Q3: [Row(A_CALL, 200, 0, 900), Row(A_PUT, 700, 100, 150)],
    Q4: [
        Row(A_CALL, 1000, 800, 700),
        Row(A_PUT, 500, -200, 600, bid=2.0, ask=2.2, last=1.9, delta=-0.4),
        Row(A_LATE, 1000, 600, 550, last=None, iv=None, delta=None),
        Row(B_PUT, 2000, 1900, 2500, bid=0.5, ask=0.5, last=0.5, spot=21.0, delta=-0.3),
        Row(B_ADJUSTED, 300, -50, 500, spot=21.0, delta=0.9),
    ],
}
ETFS = {
    Q1: [Row(E_CALL, 5000, 1000, 4000, spot=99.0)],
    Q2: [Row(E_CALL, 6000, 1000, 4000, spot=99.0)],
    Q3: [Row(E_CALL, 7000, 1000, 4000, spot=99.0)],
    Q4: [
        Row(E_CALL, 10_000, 3000, 4500, spot=99.0),
        Row(E_LEAP, 4000, 400, 800, bid=9.0, ask=9.4, last=9.5, spot=99.0, delta=-0.35),
    ],
}
SLOTS = ("etfs-increase", "stocks-increase")

_CONTRACT = """
WITH found AS (INSERT INTO underlyings (symbol) VALUES (%(symbol)s) ON CONFLICT DO NOTHING RETURNING underlying_id),
     known AS (SELECT underlying_id FROM found UNION ALL SELECT underlying_id FROM underlyings WHERE symbol = %(symbol)s),
     made AS (INSERT INTO contracts (underlying_id, root, expiration, "right", strike_milli, deliverable, multiplier)
              SELECT underlying_id, %(symbol)s, %(expiration)s, %(right)s, %(strike_milli)s, %(deliverable)s,
                     CASE %(deliverable)s WHEN 'standard' THEN 100 END
                FROM known
              ON CONFLICT DO NOTHING RETURNING contract_id, underlying_id)
SELECT * FROM made UNION ALL
SELECT contract_id, underlying_id FROM contracts JOIN underlyings USING (underlying_id)
 WHERE symbol = %(symbol)s AND expiration = %(expiration)s AND "right" = %(right)s AND strike_milli = %(strike_milli)s
   AND deliverable = %(deliverable)s
"""
LOAD = """
INSERT INTO loads (source, slot, asset_class, session_date, quote_session, known_at, received_at, state, coverage, volume_final,
                   cut, rows_in, rows_published, payload_sha256, file_name)
VALUES (%(source)s, %(slot)s, %(asset_class)s, %(session_date)s, %(quote_session)s, %(known_at)s, %(known_at)s, 'published',
        %(coverage)s, %(volume_final)s, %(cut)s, %(rows)s, %(rows)s, %(sha)s, 'made.csv') RETURNING load_id
"""
_RAW = "INSERT INTO raw_payloads VALUES (%s, 'made.csv', 1, 'pack', 0, 1, now()) ON CONFLICT DO NOTHING"


def closing(quote_session: date) -> datetime:
    """When a file of this session is downloaded: 15:41 in New York."""
    return datetime.combine(quote_session, time(19, 41), UTC)


def publish(
    databases,
    quote_session: date,
    slot: str,
    rows: list[Row],
    source: str = "barchart",
    known_at: datetime | None = None,
    volume_final: bool = True,
    cut: bool = False,
) -> int:
    """One load of one slot, visible at once; its number."""
    known_at = known_at or closing(quote_session)
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        sha = f"{abs(hash((quote_session, slot, source, known_at))):064x}"[-64:]
        cursor.execute(_RAW, (sha,))
        load = {
            "source": source, "slot": slot, "asset_class": "etf" if slot.startswith("etf") else "stock",
          "coverage": "top_list", "cut": cut,
            "session_date": previous_session(quote_session), "quote_session": quote_session, "known_at": known_at,
            "volume_final": volume_final, "rows": len(rows), "sha": sha,
        }  # fmt: skip
        cursor.execute(LOAD, load)
        load_id = cursor.fetchone()[0]
        ids = [_contract(cursor, row.key) for row in rows]
        _partition(cursor, quote_session)
        for row, (contract_id, underlying_id), features in zip(rows, ids, _features(rows, quote_session, known_at), strict=True):
            values = {
                "quote_session": quote_session, "contract_id": contract_id, "load_id": load_id, "underlying_id": underlying_id,
                **{name: getattr(row, name) for name in ("open_interest", "oi_change", "volume", "bid", "ask", "last", "spot",
          "iv", "delta")},
                **features,
            }  # fmt: skip
            _insert(cursor, "facts.options_flow", values)
        _roll_up(cursor, rows, ids, quote_session, load_id)
    return load_id


def publish_state(
    databases, quote_session: date, flags=(), known_at: datetime | None = None, source="barchart", **counts
) -> None:
    """The derived state of a session."""
    values = {
        "source": source, "quote_session": quote_session, "session_date": previous_session(quote_session),
        "known_at": known_at or closing(quote_session), "coverage": "top_list", "flags": list(flags),
        "slots_expected": list(SLOTS), **counts,
    }  # fmt: skip
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        _insert(cursor, "session_states", values)


def flip(databases, as_of: datetime = EVENING) -> None:
    """What every flip ends with: a new data version and the free tables."""
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute("UPDATE data_version SET version = version + 1, changed_at = now()")
        rebuild_free(work, as_of)


def fill(databases) -> None:
    """The whole small market: the volume of Q1 to Q3 is final, that of Q4 is not."""
    for day in (Q1, Q2, Q3, Q4):
        publish(databases, day, "stocks-increase", STOCKS[day], volume_final=day != Q4)
        publish(databases, day, "etfs-increase", ETFS[day], volume_final=day != Q4)
        publish_state(databases, day)
    flip(databases)


def reader(databases, tier: Tier = Tier.PREMIUM, at: datetime = EVENING) -> Reader:
    """A reader of a tier whose clock stands still."""
    login = {Tier.FREE: "app_free", Tier.PREMIUM: "app_premium", Tier.ADMIN: "app_admin"}[tier]
    return Reader(getattr(databases, login), tier, frozen(at))


def _contract(cursor, key: ContractKey) -> tuple[int, int]:
    cursor.execute(_CONTRACT, vars(key))
    return cursor.fetchone()


def _partition(cursor, day: date) -> None:
    cursor.execute("SELECT facts.open_partition('options_flow', %s, false)", (day,))
    made = cursor.fetchone()[0]
    if made:
        cursor.execute("SELECT facts.close_partition('options_flow', %s, %s)", (day, made))


def _features(rows: list[Row], quote_session: date, known_at: datetime) -> list[dict]:
    columns = {name: np.array([np.nan if (value := getattr(row, name)) is None else value for row in rows], float)
               for name in ("bid", "ask", "last", "spot", "iv", "delta")}  # fmt: skip
    columns |= {name: np.array([getattr(row, name) for row in rows]) for name in ("open_interest", "oi_change", "volume")}
    columns |= {
        "strike_milli": np.array([row.key.strike_milli for row in rows]), "mid": np.full(len(rows), np.nan),
        "expiration": np.array([row.key.expiration for row in rows], "datetime64[D]"),
        "trade_time": np.full(len(rows), np.datetime64(datetime.combine(quote_session, time(19, 20)), "us")),
    }  # fmt: skip
    found = flow.features(columns, quote_session, known_at)
    return [{name: _plain(values[place]) for name, values in found.items()} for place in range(len(rows))]


def _plain(value):
    value = value.item()
    return None if value == flow.UNKNOWN or value != value else value


def _roll_up(cursor, rows: list[Row], ids, quote_session: date, load_id: int) -> None:
    for underlying_id in sorted({underlying for _, underlying in ids}):
        mine = [row for row, (_, underlying) in zip(rows, ids, strict=True) if underlying == underlying_id]
        calls, puts = ([row for row in mine if row.key.right == right] for right in "CP")
        values = {"quote_session": quote_session, "underlying_id": underlying_id, "load_id": load_id, "contracts": len(mine)}
        for name, side in (("call", calls), ("put", puts)):
            values |= {
                f"{name}_{figure}": sum(getattr(row, figure) for row in side)
                for figure in ("open_interest", "oi_change", "volume")
            }
        _insert(cursor, "facts.oi_daily", values)
        price = {"quote_session": quote_session, "underlying_id": underlying_id, "load_id": load_id, "spot": mine[0].spot}
        _insert(cursor, "facts.underlying_daily", price)


def _insert(cursor, table: str, values: dict) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f"%({name})s" for name in values)
    cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
