"""Dividends and splits as Yahoo shows them: the events of `/v8/finance/chart/<symbol>`, and the next ex-date it has announced.

    {"chart": {"result": [{"meta": {"symbol": "AAPL", "currency": "USD", "exchangeTimezoneName": "America/New_York", ...},
                           "events": {"dividends": {"1762525800": {"amount": 0.26, "date": 1762525800}},
                                      "splits": {"1598880600": {"date": ..., "numerator": 4.0, "denominator": 1.0}}}}]}}
    {"quoteSummary": {"result": [{"calendarEvents": {"exDividendDate": 1770336000}}]}}

A payload is a JSON array of these bodies of one name, as they came. Events carry the open of their ex-date. Yahoo divides amounts
by every later split; here they are multiplied back, so that an amount is what a share of then was paid. Spin-offs stand among the
splits with odd ratios. The announced date says no amount: it is unknown until Yahoo shows the dividend itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, Rate

from core.clock import Clock
from core.errors import RefusedPayload
from core.roots import INDEXES
from core.sessions import EASTERN
from core.settings import Settings
from ingest.providers.policy import Policy
from ingest.sources import Payload, Raw
from ingest.sources.reading.chain_rows import bare_symbol
from ingest.sources.reading.facts import BadFact, Fact, Record, facts, open_of, payloads
from ingest.sources.reading.records import REPEATED, entry, load_json, number, texts
from ingest.sources.yahoo.bodies import answered

if TYPE_CHECKING:
    from ingest.providers.client import Client
    from ingest.sources.yahoo.fetching import Actions

POLICY = Policy("yahoo_actions", rates=(Rate(30, Duration.MINUTE),), redirects_to=(".yahoo.com",))
_ZONES = ("America/New_York", "US/Eastern")
_KINDS = ("dividends", "splits")
_KNOWN = ("capitalGains",)
_AROUND = {"meta", "timestamp", "events", "indicators", "comparisons"}
_MOST = 100_000.0
_EARLIEST = datetime(1962, 1, 1, tzinfo=UTC)


def names(_session: date, symbols: Sequence[str]) -> tuple[str, ...]:
    """What is fetched each day: every name that is collected but indexes, which pay nothing."""
    return tuple(name for name in symbols if name not in INDEXES)


def make(settings: Settings, client: "Client", clock: Clock, base: str = "") -> "Actions":
    """What fetches. base: another address than Yahoo's own."""
    from ingest.sources.yahoo.fetching import Actions, session

    return Actions(session(settings, client, base), clock)


def recognises(content: bytes) -> bool:
    """A chart, alone or first in an array."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n[")
    return start.startswith((b'{"chart"', b'{ "chart"'))


def parse(raw: Raw) -> list[Payload]:
    """All dividends and splits of one name; there may be none.

    Refused: `not_json`, `schema_drift`, `provider_error`, `no_rows`, `other_currency`.
    """
    told = load_json(raw.content)
    bodies = told if isinstance(told, list) else [told]
    chart = _chart(next((each for each in bodies if isinstance(each, dict) and "chart" in each), None))
    symbol = bare_symbol(entry(entry(chart, "meta", dict), "symbol", str).replace("-", "."))
    read = partial(_fact, symbol=symbol, received_at=raw.received_at)
    sorted_out = facts(_records(chart, bodies), read, ("kind", "ex_date"))
    splits = [(row["ex_date"], row["ratio"]) for row in sorted_out.rows if row["kind"] == "split"]
    for row in sorted_out.rows:
        if row["amount"] is not None:
            row["amount"] *= prod(ratio for ex_date, ratio in splits if ex_date > row["ex_date"])
    return payloads(raw, "yahoo_actions", "actions", sorted_out, lambda _: symbol, empty=symbol)


def _chart(body: Any) -> dict[str, Any]:
    results = answered(body, "chart")
    if len(results) != 1 or not isinstance(results[0], dict):
        raise RefusedPayload("schema_drift", f"There are {len(results)} results in one body and not one.")
    chart: dict[str, Any] = results[0]
    meta = entry(chart, "meta", dict)
    if entry(meta, "currency", str) != "USD":
        raise RefusedPayload("other_currency", f"Its prices are in {meta['currency'][:20]}; only dollars are stored.")
    if entry(meta, "exchangeTimezoneName", str) not in _ZONES:
        raise RefusedPayload("schema_drift", "Its exchange is not in the time of New York, so the days of its events are unsure.")
    return chart


def _records(chart: Mapping[str, Any], bodies: Sequence[Any]) -> Iterator[Record]:
    """Each event, and the announced date unless a dividend of it is shown."""
    events = entry(chart, "events", dict) if "events" in chart else {}  # left out where there is none
    strange = sorted(set(chart) - _AROUND | set(events) - {*_KINDS, *_KNOWN})
    if strange:
        raise RefusedPayload("schema_drift", f"The source changed its format: nobody knows {', '.join(strange)[:60]}.")
    listed: list[Any] = []
    for kind in (kind for kind in _KINDS if kind in events):
        if REPEATED in entry(events, kind, dict):
            raise RefusedPayload("schema_drift", f"The source changed its format: two of its {kind} have one key.")
        listed += [each | {"kind": kind} if isinstance(each, dict) else each for each in entry(events, kind, dict).values()]
    paid = {_day_of(each.get("date")) for each in listed if isinstance(each, dict) and each["kind"] == "dividends"}
    announced = _announced(bodies)
    if announced is not None and announced not in paid:
        listed.append({"kind": "announced", "day": announced.isoformat()})
    text = texts(listed)
    for line, each in enumerate(listed, start=1):
        yield line, text([line])[0], each if isinstance(each, dict) and REPEATED not in each else None


def _announced(bodies: Sequence[Any]) -> date | None:
    """The ex-date that Yahoo shows beside, a date at midnight UTC; None where it shows none."""
    for body in (body for body in bodies if isinstance(body, dict) and "quoteSummary" in body):
        results = body["quoteSummary"].get("result") if isinstance(body["quoteSummary"], dict) else None
        beside = (
            results[0].get("calendarEvents") if isinstance(results, list) and results and isinstance(results[0], dict) else None
        )
        said = beside.get("exDividendDate") if isinstance(beside, dict) else None
        said = said.get("raw") if isinstance(said, dict) else said
        if isinstance(said, int) and not isinstance(said, bool) and 0 < said < 2**33:
            return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=said)).date()
    return None


def _day_of(said: Any) -> date | None:
    """The date in New York of an event's instant."""
    if not isinstance(said, int) or isinstance(said, bool) or not _EARLIEST.timestamp() <= said < 2**33:
        return None
    return datetime.fromtimestamp(said, UTC).astimezone(EASTERN).date()


def _fact(event: Mapping[str, Any], symbol: str, received_at: datetime) -> Fact:
    announced = event["kind"] == "announced"
    ex_date = date.fromisoformat(event["day"]) if announced else _day_of(event.get("date"))
    if ex_date is None:
        raise BadFact("bad_value:date")
    fact = {"symbol": symbol, "kind": "dividend", "ex_date": ex_date, "amount": None, "ratio": None, "quoted": None,
            "known_at": min(received_at, open_of(ex_date))}  # fmt: skip
    if event["kind"] == "dividends":
        amount = _positive(event.get("amount"), "amount")
        return fact | {"amount": amount, "quoted": amount}
    if event["kind"] == "splits":
        ratio = _positive(event.get("numerator"), "ratio") / _positive(event.get("denominator"), "ratio")
        return fact | {"kind": "split", "ratio": ratio, "quoted": ratio}
    return fact


def _positive(said: Any, name: str) -> float:
    try:
        found = number(said)
    except ValueError:
        found = None
    if found is None or not 0 < found <= _MOST:
        raise BadFact(f"bad_value:{name}")
    return found
