"""R34: hostile text in every place where a visitor's words come near a query: no error, the rows of the plain question."""

import math
from dataclasses import dataclass, field
from typing import Any

from core.clock import system_clock
from core.errors import PlatformError
from tests.usecases import market
from usecases import accounts, exports, operations, sign_in, trend_words
from usecases.audit import Visit, entries
from usecases.changes import view_changes
from usecases.contract_table import view_table
from usecases.filters import Filters
from usecases.flow_trend import view_trend

PARAMETERS = (*Filters.__dataclass_fields__, "unknown")
TREND = ("symbol", "expiration", "strike", "right", "deliverable", "months")
_TABLES = """
SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
 WHERE nspname IN ('public', 'facts', 'auth', 'limits') AND relkind = 'r' AND relname <> ALL(%s)
"""
_GROWING = ["attempts", "audit_log"]  # each attempt to sign in writes a line


@dataclass
class Injected:
    """Places tried and what went wrong there."""

    tried: int = 0
    errors: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def inject(databases: Any, payloads: list[str]) -> Injected:
    """Every payload in every place, over the small market."""
    result, before = Injected(), counts(databases)
    reader, plain = market.reader(databases), _plain(databases)
    for payload in payloads:
        _filters(result, reader, payload)
        if (now := _plain(databases)) != plain:
            result.differing.append(f"plain questions after {payload!r}: {plain} rows before, {now} after")
        _trends(result, reader, payload)
        _people(result, databases, payload)
        _admin(result, databases, payload)
    after = counts(databases)
    result.differing += [
        f"{name}: {before[name]} rows before, {after[name]} after" for name in before if before[name] != after[name]
    ]
    return result


def counts(databases: Any) -> dict[str, int]:
    """Rows of every table, asked by the owner."""
    with databases.owner.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(_TABLES, [_GROWING])
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            cursor.execute(f"SELECT count(*) FROM {name}")
            found[name] = int(cursor.fetchone()[0])
    return found


def _plain(databases: Any) -> dict[str, int]:
    """Rows of the plain questions, by a reader that remembers no answer."""
    reader = market.reader(databases)
    return {"table": len(view_table(reader, Filters()).contracts), "changes": len(view_changes(reader, Filters()).contracts)}


def _try(result: Injected, where: str, act: Any) -> Any:
    result.tried += 1
    try:
        return act()
    except PlatformError as error:
        if error.status >= 500:
            result.errors.append(f"{where}: {error!r}")
    except Exception as error:  # whatever comes here would have been shown as "Something went wrong"  # noqa: BLE001
        result.errors.append(f"{where}: {error!r}")
    return None


def _filters(result: Injected, reader: Any, payload: str) -> None:
    """Words of the address: ignored, or a filter of the declared kind whose rows pandas counts by itself."""
    everything = view_table(reader, Filters(dte=(0, 1200))).contracts
    for name in PARAMETERS:
        words = {name: payload}
        filters = _try(result, f"{name}={payload!r}", lambda words=words: exports.asked("table", words))
        if filters == Filters():
            continue
        found = _try(result, f"table {words}", lambda filters=filters: view_table(reader, filters).contracts)
        if name == "ticker" and found is not None and len(found) != (everything["symbol"] == filters.ticker).sum():
            result.differing.append(f"ticker={payload!r}: {len(found)} rows")
    direct = Filters(ticker=payload, dte=(0, 1200))  # past the reading of the address, straight into the use case
    if (found := _try(result, f"direct ticker {payload!r}", lambda: view_table(reader, direct).contracts)) is not None and len(
        found
    ):
        result.differing.append(f"direct ticker {payload!r}: {len(found)} rows")


def _trends(result: Injected, reader: Any, payload: str) -> None:
    for name in TREND:
        chosen = _try(result, f"trend {name}={payload!r}", lambda name=name: trend_words.asked({"symbol": "AAA", name: payload}))
        if chosen is None or (name not in ("symbol", "months") and not _harmless(chosen)):
            continue
        view = _try(result, f"trend {chosen}", lambda chosen=chosen: view_trend(reader, **chosen))
        if view is not None and chosen["symbol"] not in ("AAA", "BBB", "EEE") and len(view.sessions):
            result.differing.append(f"trend {name}={payload!r}: {len(view.sessions)} rows")


def _harmless(chosen: dict[str, Any]) -> bool:
    return chosen["strike"] is None or math.isfinite(chosen["strike"])


def _people(result: Injected, databases: Any, payload: str) -> None:
    """Sign-in, links, cookies, sign-up."""
    visit = Visit("203.0.113.9", payload[:2000], payload[:2000], payload[:2000], payload[:200])
    auth = databases.auth
    attempt = _try(result, f"sign-in {payload!r}", lambda: sign_in.begin_attempt(auth, payload, visit, system_clock))
    account = _try(result, f"cookie {payload!r}", lambda: sign_in.current_account(auth, payload, system_clock))
    ticket = _try(result, f"ticket {payload!r}", lambda: sign_in.redeem_ticket(auth, payload, visit, system_clock))
    link = _try(result, f"link {payload!r}", lambda: accounts.open_link(auth, payload, system_clock))
    disabled = _try(result, f"disable {payload!r}", lambda: accounts.end_sign_ins(auth, payload, payload, system_clock))
    if (attempt and attempt.account_id) or account or ticket or link or disabled:
        result.differing.append(f"somebody was found for {payload!r}")


def _admin(result: Injected, databases: Any, payload: str) -> None:
    """What admins type and pick."""
    db = databases.app_admin
    found = _try(result, f"loads {payload!r}", lambda: operations.loads(db, source=payload))
    states = _try(result, f"loads state {payload!r}", lambda: operations.loads(db, state=payload))
    for rows in (found, states):
        if rows is not None and len(rows):
            result.differing.append(f"loads of {payload!r}: {len(rows)}")
    _try(result, f"reason {payload!r}", lambda: operations.kept_aside(db, payload, 5))
    _try(result, f"audit {payload!r}", lambda: entries(databases.auth, payload))
