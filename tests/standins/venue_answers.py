"""How five crypto venues answer: their own paths, envelopes and units for what a market holds."""

import json

from tests.standins.venue_market import Contract, Market

EXPIRY = 1_798_185_600_000  # 25 December 2026, 08:00 UTC


def _per(contract: Contract) -> float:
    """Coins in one priced unit of the venue: 1000 behind 1000PEPE and kPEPE."""
    return 1000.0 if contract.symbol.startswith(("1000", "k")) else 1.0


def _text(value: float) -> str:
    return f"{value:.12g}"


def _binance(market: Market, path: str, query: dict[str, str], body: bytes) -> object:
    inverse = path.startswith("/dapi")
    if path.endswith("/exchangeInfo"):
        return {"timezone": "UTC", "serverTime": _ms(market), "rateLimits": [], "exchangeFilters": [],
                "symbols": [_binance_symbol(market, each) for each in market.listed("binance", inverse=inverse)]}  # fmt: skip
    if path.endswith("/openInterest"):
        found = [each for each in market.open_now("binance", inverse=inverse) if each.symbol == query["symbol"]]
        if not found:
            return {"code": -1121, "msg": "Invalid symbol."}
        native = market.dollars(found[0]) / market.size(found[0]) if inverse else market.open_coins(found[0]) / _per(found[0])
        return {"symbol": found[0].symbol, "openInterest": _text(native), "time": _ms(market)}
    made = []
    for each in market.listed("binance", inverse=inverse):
        price = _text(market.price(each.coin) * _per(each))
        if path.endswith("/premiumIndex"):
            made.append({"symbol": each.symbol, "markPrice": price, "indexPrice": price, "lastFundingRate": "0.0001",
                         "nextFundingTime": 0, "time": _ms(market)})  # fmt: skip
        else:
            traded = market.volume(each) / (market.size(each) if inverse else 1)
            made.append({"symbol": each.symbol, "lastPrice": price, "volume": _text(traded),
                         ("baseVolume" if inverse else "quoteVolume"): _text(traded)})  # fmt: skip
    return made


def _binance_symbol(market: Market, each: Contract) -> dict[str, object]:
    made: dict[str, object] = {
        "symbol": each.symbol, "pair": "BTCUSD" if each.inverse else f"{each.listed_as}USDT",
        "contractType": "CURRENT_QUARTER" if each.dated else "PERPETUAL", "deliveryDate": EXPIRY if each.dated else 4133404800000,
        "onboardDate": 1569398400000, "baseAsset": each.listed_as, "quoteAsset": "USD" if each.inverse else "USDT",
        "marginAsset": "BTC" if each.inverse else "USDT", "pricePrecision": 2, "quantityPrecision": 3, "filters": [],
        "underlyingType": "COIN", ("contractStatus" if each.inverse else "status"): "TRADING",
    }  # fmt: skip
    return made | ({"contractSize": market.size(each)} if each.inverse else {})


def _bybit(market: Market, path: str, query: dict[str, str], body: bytes) -> object:
    inverse = query["category"] == "inverse"
    if path.endswith("/instruments-info"):
        listed = [] if query.get("status") == "PreLaunch" else market.listed("bybit", inverse=inverse)
        found = [_bybit_symbol(each) for each in listed]
    else:
        found = [_bybit_ticker(market, each) for each in market.open_now("bybit", inverse=inverse)]
    return {"retCode": 0, "retMsg": "OK", "result": {"category": query["category"], "list": found, "nextPageCursor": ""},
            "retExtInfo": {}, "time": _ms(market)}  # fmt: skip


def _bybit_symbol(each: Contract) -> dict[str, object]:
    return {
        "symbol": each.symbol, "contractType": "InversePerpetual" if each.inverse else "LinearPerpetual", "status": "Trading",
        "baseCoin": each.listed_as, "quoteCoin": "USD" if each.inverse else "USDT",
        "launchTime": "1585526400000", "deliveryTime": "0", "deliveryFeeRate": "", "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.1", "maxPrice": "1999999", "tickSize": "0.1"},
        "lotSizeFilter": {"maxOrderQty": "1190", "minOrderQty": "1", "qtyStep": "1"}, "unifiedMarginTrade": True,
        "fundingInterval": 480, "settleCoin": "BTC" if each.inverse else "USDT",
    }  # fmt: skip


def _bybit_ticker(market: Market, each: Contract) -> dict[str, object]:
    native, price = (
        (market.dollars(each) if each.inverse else market.open_coins(each) / _per(each)),
        market.price(each.coin) * _per(each),
    )
    single = {"singleOpenInterest": _text(native), "singleOpenInterestValue": _text(native * price)}
    volume = market.volume(each)
    return {
        "symbol": each.symbol, "lastPrice": _text(price), "indexPrice": _text(price), "markPrice": _text(price),
        "openInterest": _text(2 * native), "openInterestValue": _text(2 * native * price),
        "turnover24h": _text(volume / price if each.inverse else volume),
        "volume24h": _text(volume if each.inverse else volume / price),
        "fundingRate": "0.0001", "nextFundingTime": "0", "deliveryTime": "0", "ask1Size": "1", "bid1Price": _text(price),
        "ask1Price": _text(price), "bid1Size": "1", **({} if each.inverse else single),
    }  # fmt: skip


def _okx(market: Market, path: str, query: dict[str, str], body: bytes) -> object:
    dated = query["instType"] == "FUTURES"
    make = {"/instruments": _okx_symbol, "/tickers": _okx_ticker, "/mark-price": _okx_mark, "/open-interest": _okx_open}
    build = make[path[path.rindex("/") :]]
    listed = market.open_now if build is _okx_open else market.listed
    found = [build(market, each) | {"instType": query["instType"], "instId": each.symbol} for each in listed("okx", dated=dated)]
    return {"code": "0", "msg": "", "data": found}


def _okx_symbol(market: Market, each: Contract) -> dict[str, object]:
    quote = "USD" if each.inverse else "USDT"
    return {
        "alias": "quarter" if each.dated else "", "baseCcy": "", "quoteCcy": "", "category": "1", "ctMult": "1",
        "ctType": "inverse" if each.inverse else "linear", "ctVal": _text(market.size(each)),
        "ctValCcy": quote if each.inverse else each.coin, "expTime": str(EXPIRY) if each.dated else "", "lever": "100",
        "listTime": "1611916828000", "lotSz": "1", "minSz": "1",
        "settleCcy": each.coin if each.inverse else quote, "state": "live", "stk": "",
        "tickSz": "0.1", "uly": f"{each.coin}-{quote}",
    }  # fmt: skip


def _okx_ticker(market: Market, each: Contract) -> dict[str, object]:
    price = market.price(each.coin)
    return {"last": _text(price), "vol24h": "1", "volCcy24h": _text(market.volume(each) / price), "ts": str(_ms(market))}


def _okx_mark(market: Market, each: Contract) -> dict[str, object]:
    return {"markPx": _text(market.price(each.coin)), "ts": str(_ms(market))}


def _okx_open(market: Market, each: Contract) -> dict[str, object]:
    face = market.dollars(each) if each.inverse else market.open_coins(each)
    return {"oi": _text(face / market.size(each)), "oiCcy": _text(market.open_coins(each)), "oiUsd": _text(market.dollars(each)),
            "ts": str(_ms(market))}  # fmt: skip


def _deribit(market: Market, path: str, query: dict[str, str], body: bytes) -> object:
    listing = path.endswith("/get_instruments")
    found = market.listed("deribit") if listing else market.open_now("deribit")
    make = _deribit_symbol if listing else _deribit_summary
    wanted = [each for each in found if query["currency"] in ("any", "BTC" if each.inverse else "USDC")]
    return {
        "jsonrpc": "2.0",
        "result": [make(market, each) for each in wanted],
        "usIn": 0,
        "usOut": 0,
        "usDiff": 0,
        "testnet": False,
    }


def _deribit_symbol(market: Market, each: Contract) -> dict[str, object]:
    return {
        "tick_size": 0.5, "taker_commission": 0.0005, "settlement_period": "month" if each.dated else "perpetual",
        "settlement_currency": "BTC" if each.inverse else "USDC", "quote_currency": "USD" if each.inverse else "USDC",
        "min_trade_amount": 10.0, "maker_commission": 0.0, "kind": "future", "is_active": True, "instrument_name": each.symbol,
        "future_type": "reversed" if each.inverse else "linear", "expiration_timestamp": EXPIRY if each.dated else 32503708800000,
        "creation_timestamp": 1534242287000, "counter_currency": "USD" if each.inverse else "USDC",
        "contract_size": market.size(each), "base_currency": each.coin,
    }  # fmt: skip


def _deribit_summary(market: Market, each: Contract) -> dict[str, object]:
    price = market.price(each.coin)
    return {
        "instrument_name": each.symbol, "base_currency": each.coin, "quote_currency": "USD", "last": price,
        "mark_price": price * 1.001, "estimated_delivery_price": price,
        "open_interest": market.dollars(each) if each.inverse else market.open_coins(each),
        "creation_timestamp": _ms(market), "volume": 1.0, "volume_usd": market.volume(each), "bid_price": price,
        "ask_price": price, "mid_price": price, "current_funding": 0.0, "funding_8h": 0.0, "price_change": 0.0,
        "high": price, "low": price,
    }  # fmt: skip


def _hyperliquid(market: Market, path: str, query: dict[str, str], body: bytes) -> object:
    assert json.loads(body)["type"] == "metaAndAssetCtxs"
    found = market.open_now("hyperliquid")
    names = [{"szDecimals": 2, "name": each.symbol, "maxLeverage": 50, "marginTableId": 56} for each in found]
    figures = []
    for each in found:
        price = _text(market.price(each.coin) * _per(each))
        figures.append({"funding": "0.0000125", "openInterest": _text(2 * market.open_coins(each) / _per(each)),
                        "prevDayPx": price, "dayNtlVlm": _text(market.volume(each)), "oraclePx": price, "markPx": price,
                        "midPx": price, "impactPxs": [price, price], "dayBaseVlm": "1"})  # fmt: skip
    return [{"universe": names, "marginTables": [], "collateralToken": 0}, figures]


def _ms(market: Market) -> int:
    return int(market.at * 1000) - 400


ANSWERS = {"binance": _binance, "bybit": _bybit, "okx": _okx, "deribit": _deribit, "hyperliquid": _hyperliquid}


BUSY = {
    "binance": {"code": -1003, "msg": "Too many requests"},
    "bybit": {"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "time": 0},
    "okx": {"code": "50011", "msg": "Too Many Requests", "data": []},
    "deribit": {"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}},
    "hyperliquid": None,
}
"""What each says that has had too many requests."""
