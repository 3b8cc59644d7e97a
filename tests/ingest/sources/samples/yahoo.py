"""Yahoo's option chains: one body an expiration, several in an array."""

import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.ingest.slow_calendar import EASTERN, close_of, session_before
from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.market import Contract, Market, Sample, content, market, real_files
from tests.ingest.sources.samples.slow import Aside, Told, contract, epoch, figure, told

KIND = "json"
FIELDS = {
    "occ_symbol": "contractSymbol", "strike": "strike", "expiration": "expiration", "bid": "bid", "ask": "ask",
    "last": "lastPrice", "iv": "impliedVolatility", "volume": "volume",
    "open_interest": "openInterest", "trade_time": "lastTradeDate",
}  # fmt: skip
NO_QUOTE_IV = 1.0000000000000003e-05


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    parts = [body(seen, day, rng) for day in seen.by_expiration()]
    if rng.random() < 0.2 and not given:
        return Sample(f"options-{seen.symbol}.json", json.dumps(parts[-1]).encode())
    return Sample(f"{seen.symbol}.json", b"[" + b",".join(json.dumps(part).encode() for part in parts) + b"]")


def make_real(rng: random.Random) -> Sample | None:
    """A real body, with or without contracts."""
    paths = real_files("yahoo_v7_options_json/*.json")
    return Sample("real.json", content(rng.choice(paths))) if paths else None


def body(seen: Market, day: date, rng: random.Random) -> dict[str, Any]:
    """The answer for one expiration."""
    listed, name = [_midnight(each) for each in seen.by_expiration()], name_of(seen)
    here = [(each, option(each, rng)) for each in seen.by_expiration()[day]]
    sides = {side: [made for each, made in here if each.right == right] for side, right in (("calls", "C"), ("puts", "P"))}
    result = {
        "underlyingSymbol": name, "expirationDates": listed, "strikes": sorted({each.strike for each in seen.contracts}),
        "hasMiniOptions": False, "quote": quote(seen, name),
        "options": [{"expirationDate": _midnight(day), "hasMiniOptions": False, **sides}],
    }  # fmt: skip
    return {"optionChain": {"result": [result], "error": None}}


def name_of(seen: Market) -> str:
    """Yahoo's name of an underlying."""
    return f"^{seen.symbol}" if seen.symbol in ("SPX", "NDX") else seen.symbol


def quote(seen: Market, name: str) -> dict[str, Any]:
    """The underlying: its session's last price, and a later one where it has traded since."""
    close = close_of(seen.session)
    found = {
        "quoteType": "EQUITY", "currency": "USD", "exchangeTimezoneName": "America/New_York", "regularMarketPrice": seen.spot,
        "regularMarketTime": int(min(seen.stamp, close).timestamp()), "marketState": "REGULAR", "symbol": name,
    }  # fmt: skip
    if seen.stamp > close:
        found["preMarketTime" if seen.stamp.astimezone(EASTERN).date() > seen.session else "postMarketTime"] = int(
            seen.stamp.timestamp()
        )
    return found


def option(each: Contract, rng: random.Random) -> dict[str, Any]:
    quoted = rng.random() < 0.95
    found = {
        "contractSymbol": each.occ, "strike": each.strike, "currency": "USD", "lastPrice": each.last, "change": 0,
        "percentChange": 0,
        "volume": each.volume or rng.randrange(1, 90), "openInterest": each.open_interest, "bid": each.bid if quoted else 0,
        "ask": each.ask if quoted else 0, "contractSize": "REGULAR", "expiration": _midnight(each.expiration),
        "lastTradeDate": int(each.traded_at.timestamp()) if each.traded_at else 1_600_000_000,
        "impliedVolatility": each.iv if quoted and each.iv else NO_QUOTE_IV, "inTheMoney": True,
    }  # fmt: skip
    if not each.volume and rng.random() < 0.3:
        del found["volume"]
    return found


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400


def read(sample: Sample) -> Told:
    document = slow.load(sample.body)
    results = [body["optionChain"]["result"][0] for body in (document if isinstance(document, list) else [document])]
    records = [
        (record, right, option["expirationDate"])
        for result in results
        for option in result["options"]
        for name, right in (("calls", "C"), ("puts", "P"))
        for record in option[name]
    ]
    stamp = max(at for result in results for at in _times(result))
    found = told(results[0]["underlyingSymbol"].lstrip("^").replace("-", "."), stamp)
    latest = max(reversed(results), key=lambda result: max(_times(result)))
    found.spot = figure(latest["quote"].get("regularMarketPrice"))
    silent = _silent([record for record, _, _ in records])
    for number, each in enumerate(records, start=1):
        found.add(number, lambda each=each: _row(found, silent, *each))
    return found


def _times(result: dict[str, Any]) -> list[datetime]:
    """Instants of the underlying's prices."""
    times = [epoch(result["quote"].get(f"{when}MarketTime")) for when in ("regular", "pre", "post")]
    return [at for at in times if at]


def _silent(records: list[Any]) -> bool:
    """Whether a zero for open interest says nothing: hardly anything has some, although it trades."""
    levels, traded = (
        [_or_none(record.get(key)) for record in records if isinstance(record, dict)] for key in ("openInterest", "volume")
    )
    known = [level for level in levels if level is not None]
    return bool(known) and sum(level > 0 for level in known) * 20 <= len(known) and sum(count or 0 for count in traded) > 0


def _or_none(value: Any) -> Decimal | None:
    try:
        return figure(value)
    except Aside:
        return None


def _row(chain: Told, silent: bool, record: dict[str, Any], right: str, listed: Any) -> dict[str, Any]:
    found = contract(chain.slot, record["contractSymbol"])
    expires, strike = epoch(record["expiration"]), figure(record["strike"])
    if record["currency"] != "USD" or record["contractSize"] not in ("REGULAR", "MINI") or expires is None or strike is None:
        raise Aside("field")
    if (found["right"], found["expiration"], expires) != (right, expires.date(), epoch(listed)) or strike * 1000 != found[
        "strike_milli"
    ]:
        raise Aside("disagrees")
    bid, ask, volume, level = (figure(record.get(name)) for name in ("bid", "ask", "volume", "openInterest"))
    at, iv = epoch(record.get("lastTradeDate")), figure(record.get("impliedVolatility"))
    over = close_of(session_before(chain.quoted)) + timedelta(hours=2)
    return found | {
        "multiplier": Decimal(10) if record["contractSize"] == "MINI" else None, "bid": bid, "ask": ask,
        "last": figure(record.get("lastPrice")) or None, "trade_time": at, "volume": Decimal(0) if at and at < over else volume,
        "open_interest": None if silent and level == 0 else level,
        "iv": iv if iv is not None and iv > Decimal("0.000010001") and (bid or ask) else None,
    } | dict.fromkeys(("delta", "gamma", "theta", "vega", "rho"))  # fmt: skip
