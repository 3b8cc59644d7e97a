"""Schwab's chains: one document, or what a fetch puts together; price histories beside them."""

import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.ingest.slow_calendar import close_of
from tests.ingest.sources.samples import slow
from tests.ingest.sources.samples.market import Contract, Market, Sample, market
from tests.ingest.sources.samples.slow import Aside, Told, epoch, figure, told
from tests.ingest.sources.samples.slow import contract as from_symbol

KIND = "json"
FIELDS = {
    "occ_symbol": "symbol", "right": "putCall", "strike": "strikePrice", "expiration": "expirationDate", "bid": "bid",
    "ask": "ask", "last": "last", "mark": "mark", "volume": "totalVolume", "open_interest": "openInterest", "iv": "volatility",
    "delta": "delta", "gamma": "gamma", "theta": "theta", "vega": "vega", "rho": "rho", "trade_time": "tradeTimeInLong",
    "multiplier": "multiplier",
}  # fmt: skip
MODEL = ("delta", "gamma", "theta", "vega", "rho")
SIDES = {"callExpDateMap": "CALL", "putExpDateMap": "PUT"}


def make(rng: random.Random, strikes: int = 5, expirations: int = 3, **given: Any) -> Sample:
    seen = market(rng, strikes, expirations, **given)
    contracts = [option(each, seen, rng) for each in seen.contracts]
    if rng.random() < 0.2 and not given:
        contracts += [adjusted(contracts[0], seen.symbol)]
    if rng.random() < 0.3 and not given:
        half = len(contracts) // 2
        parts = [chain(seen, contracts[:half]), chain(seen, contracts[half:])]
        return Sample(f"{seen.symbol}.json", json.dumps({"nearest": rng.choice([None, 4]), "chains": parts}).encode())
    return Sample(f"{seen.symbol}.json", json.dumps(chain(seen, contracts)).encode())


def milliseconds(instant: datetime | None) -> int:
    return round(instant.timestamp() * 1000) if instant else 0


def quoted(seen: Market) -> datetime:
    """The last quote of a look: it stops at the close."""
    return min(seen.stamp, close_of(seen.session) + timedelta(seconds=2))


def option(each: Contract, seen: Market, rng: random.Random, **other: Any) -> dict[str, Any]:
    """A contract as Schwab shows it; `other` replaces fields."""
    known = -999.0 if each.iv == 0 else None
    mark = round((each.bid + each.ask) / 2, 2)
    return {
        "putCall": "CALL" if each.right == "C" else "PUT", "symbol": f"{each.root:6}{each.occ[len(each.root) :]}",
        "description": f"{each.root} {each.expiration:%m/%d/%Y} {each.strike:.2f} {each.right}", "exchangeName": "OPR",
        "bid": each.bid, "ask": each.ask, "last": each.last, "mark": mark, "bidSize": 10, "askSize": 12, "bidAskSize": "10X12",
        "lastSize": 0, "highPrice": 0.0, "lowPrice": 0.0, "openPrice": 0.0, "closePrice": mark, "totalVolume": each.volume,
        "tradeTimeInLong": milliseconds(each.traded_at) if each.last else 0,
        "quoteTimeInLong": milliseconds(quoted(seen)) - rng.choice((0, 0, 1700, 90_000)), "netChange": 0.0,
        "volatility": known or round(each.iv * 100, 3), **{name: known or getattr(each, name) for name in MODEL},
        "openInterest": each.open_interest, "timeValue": 0.1, "theoreticalOptionValue": mark, "theoreticalVolatility": 29.0,
        "optionDeliverablesList": [{"symbol": each.root, "assetType": "STOCK", "deliverableUnits": 100.0}],
        "strikePrice": each.strike, "expirationDate": f"{each.expiration}T21:00:00.000+00:00",
        "daysToExpiration": (each.expiration - seen.session).days, "expirationType": "W", "lastTradingDay": 1795000000000,
        "multiplier": 100.0, "settlementType": "P", "deliverableNote": f"100 {each.root}", "percentChange": 0.0,
        "markChange": 0.0, "markPercentChange": 0.0, "intrinsicValue": 1.0, "extrinsicValue": 1.0, "optionRoot": each.root,
        "exerciseType": "A",
        "high52Week": 0.0, "low52Week": 0.0, "pennyPilot": True, "inTheMoney": True, "mini": False, "nonStandard": False, **other,
    }  # fmt: skip


def adjusted(standard: dict[str, Any], symbol: str) -> dict[str, Any]:
    """The same after a split of 3 for 2: another root, 150 shares, no model."""
    root = f"{symbol}1"
    delivers = [{"symbol": symbol, "assetType": "STOCK", "deliverableUnits": 150.0}]
    return standard | dict.fromkeys((*MODEL, "volatility"), -999.0) | {
        "symbol": f"{root:6}{standard['symbol'][6:]}", "nonStandard": True, "optionDeliverablesList": delivers,
    }  # fmt: skip


def chain(seen: Market, contracts: list[dict[str, Any]], **other: Any) -> dict[str, Any]:
    """A document of contracts; `other` replaces fields beside them."""
    maps: dict[str, dict[str, dict[str, list[Any]]]] = {name: {} for name in SIDES}
    for each in contracts:
        name = next(name for name, side in SIDES.items() if side == each["putCall"])
        days = maps[name].setdefault(f"{each['expirationDate'][:10]}:{each['daysToExpiration']}", {})
        days.setdefault(str(each["strikePrice"]), []).append(each)
    index = seen.symbol in ("SPX", "NDX")
    return {
        "symbol": f"${seen.symbol}" if index else seen.symbol, "status": "SUCCESS", "underlying": None, "strategy": "SINGLE",
        "interval": 0.0, "isDelayed": False, "isIndex": index, "interestRate": 4.25, "underlyingPrice": seen.spot,
        "volatility": 29.0, "daysToExpiration": 0.0, "dividendYield": 0.0, "numberOfContracts": len(contracts),
        "assetMainType": "EQUITY", "assetSubType": "COE", "isChainTruncated": False, **maps, **other,
    }  # fmt: skip


def expirations(told: dict[str, Any]) -> dict[str, Any]:
    """The list of a chain's expirations."""
    days = sorted({key.partition(":")[0] for key in told["callExpDateMap"]})
    more = {"daysToExpiration": 0, "expirationType": "W", "settlementType": "P", "optionRoots": "X", "standard": True}
    return {"status": "SUCCESS", "expirationList": [{"expirationDate": day, **more} for day in days]}


def history(begins: list[datetime], **other: Any) -> dict[str, Any]:
    """Candles that begin at these instants."""
    candles = [
        {"open": 10.0, "high": 10.5, "low": 9.5, "close": 10.25, "volume": 100 + place, "datetime": milliseconds(begin)}
        for place, begin in enumerate(begins)
    ]
    return {"candles": candles, "symbol": "ACME", "empty": False, **other}


def read(sample: Sample) -> Told:
    document = slow.load(sample.body)
    parts = document.get("chains", [document])
    symbol = parts[0]["symbol"].removeprefix("$").replace("/", ".")
    records = [
        (side, record)
        for part in parts
        for name, side in SIDES.items()
        for strikes in part[name].values()
        for listed in strikes.values()
        for record in listed
    ]
    found = told(symbol, max(filter(None, (_quoted(record) for _, record in records))), timedelta(0))
    for number, (side, record) in enumerate(records, start=1):
        found.add(number, lambda record=record, side=side: _row(symbol, side, record))
    return found


def _quoted(record: Any) -> datetime | None:
    try:
        return _instant(record["quoteTimeInLong"])
    except (Aside, KeyError, TypeError, OverflowError):
        return None


def _instant(value: Any) -> datetime | None:
    found = figure(value)
    return None if found is None else epoch(found / 1000)


def _row(symbol: str, side: str, record: dict[str, Any]) -> dict[str, Any]:
    found = from_symbol(symbol, record["symbol"])
    right = "CALL" if found["right"] == "C" else "PUT"
    strike, expires = figure(record["strikePrice"]), date.fromisoformat(record["expirationDate"][:10])
    if {record["putCall"], side} != {right} or strike is None or abs(strike * 1000 - found["strike_milli"]) > Decimal("0.5"):
        raise Aside("disagrees")
    if abs((expires - found["expiration"]).days) > 1 or not isinstance(record["nonStandard"], bool):
        raise Aside("disagrees")
    model = {name: None if record[name] in (-999, "NaN") else figure(record[name]) for name in (*MODEL, "volatility")}
    delta, iv = model["delta"], model.pop("volatility")
    if delta is not None and 1 < abs(delta) <= Decimal("1.01"):
        model["delta"] = None
    odd = found["deliverable"] == "adjusted" or record["nonStandard"]
    numbers = {
        ours: figure(record[theirs]) for ours, theirs in FIELDS.items() if ours in ("bid", "ask", "volume", "open_interest")
    }
    return found | model | numbers | {
        "deliverable": "adjusted" if odd else "standard", "iv": float(iv) / 100 if iv else None,
        "last": figure(record["last"]) or None, "mark": figure(record["mark"]) or None,
        "trade_time": _instant(record["tradeTimeInLong"]),
        "multiplier": _shares(record["optionDeliverablesList"]) if odd else figure(record["multiplier"]),
    }  # fmt: skip


def _shares(delivers: list[dict[str, Any]]) -> Decimal | None:
    alone = len(delivers) == 1 and delivers[0]["assetType"] == "STOCK"
    return figure(delivers[0]["deliverableUnits"]) if alone else None
