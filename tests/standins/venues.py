"""Five crypto venues in one: real paths, envelopes and errors, made-up figures. Over sockets, or straight to `requests`.

    world = World(coins=8)
    with served(world) as base: make_exchange(venue, base=f"{base}/{venue.name}")
    make_exchange(venue, Carried(world))

`World.open_coins` is the truth: what is open, in coins, one side of each position, whatever unit the venue shows it in.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

EXPIRY = 1_798_185_600_000  # 25 December 2026, 08:00 UTC
HOSTS = {"fapi.binance.com": "binance", "dapi.binance.com": "binance", "api.bybit.com": "bybit", "www.okx.com": "okx",
         "www.deribit.com": "deribit", "api.hyperliquid.xyz": "hyperliquid"}  # fmt: skip
Reply = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Contract:
    """One instrument: size is coins per contract, or dollars where inverse."""

    venue: str
    symbol: str
    coin: str
    inverse: bool = False
    dated: bool = False
    size: float = 1.0

    @property
    def listed_as(self) -> str:
        """The coin as the venue's list calls it."""
        return f"1000{self.coin}" if self.symbol.startswith("1000") else f"k{self.coin}" if self.symbol[0] == "k" else self.coin


@dataclass
class World:
    """coins: liquid ones at each venue, BTC and ETH first; quiet: those hardly traded. at: the venues' clock [s since 1970].

    failing: venue -> how it fails: 429, 500, 403, html, cut, drift, refused (no connection). silent: symbols left out of
    open-interest answers. gone: delisted. sizes: symbol -> factor on its contract size. restless: all changes each minute.
    """

    coins: int = 6
    quiet: int = 1
    at: float = 1_795_000_000.0
    restless: bool = True
    failing: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    sizes: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self):
        names = ["BTC", "ETH", "PEPE", *(f"AA{number:03d}" for number in range(self.coins))][: self.coins]
        self.names = names + [f"QQ{number:03d}" for number in range(self.quiet)]
        self.contracts = {(each.venue, each.symbol): each for each in _contracts(self.names)}

    def add(self, coin: str) -> None:
        """A coin that every venue lists from now on."""
        self.names.append(coin)
        self.contracts |= {(each.venue, each.symbol): each for each in _contracts([coin])}

    def listed(self, venue: str, inverse: bool | None = None, dated: bool | None = None) -> list[Contract]:
        return [each for each in self.contracts.values() if each.venue == venue and each.symbol not in self.gone
                and inverse in (None, each.inverse) and dated in (None, each.dated)]  # fmt: skip

    def open_now(self, venue: str, **kinds) -> list[Contract]:
        return [each for each in self.listed(venue, **kinds) if each.symbol not in self.silent]

    def size(self, contract: Contract) -> float:
        return contract.size * self.sizes.get(contract.symbol, 1.0)

    def price(self, coin: str) -> float:
        place = self.names.index(coin)
        start = {"BTC": 60_000.0, "ETH": 3_000.0, "PEPE": 0.00001}.get(coin, 1.0 + place)
        return start * (1 + 0.01 * math.sin(self.at / 5000 + place))

    def open_coins(self, contract: Contract) -> float:
        place = self.names.index(contract.coin)
        minute = self.at // (60 if self.restless else 60 * (1 + place % 30))
        dollars = 5e8 / (1 + place) * (1 + 0.05 * math.sin(minute / 90 + place) + 1e-6 * (minute % 997))
        return dollars / self.price(contract.coin) * (0.1 if contract.dated else 1.0)

    def dollars(self, contract: Contract) -> float:
        return self.open_coins(contract) * self.price(contract.coin)

    def volume(self, contract: Contract) -> float:
        return 1e5 if contract.coin.startswith("QQ") else 2e8

    def answer(self, venue: str, method: str, url: str, body: bytes) -> Reply:
        """What the venue answers; ConnectionError where it cannot be reached."""
        parts = urlsplit(url)
        self.asked.append(f"{venue} {parts.path.removeprefix('/' + venue)}")
        how = self.failing.get(venue)
        if how == "refused":
            raise requests.ConnectionError("nobody listens")
        if how in ("429", "500", "403"):
            told = _BUSY[venue] if how == "429" else {"error": "no"}
            return int(how), JSON | {"Retry-After": "1"}, json.dumps(told).encode()
        if how == "html":
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>maintenance</body></html>"
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told = _ANSWERS[venue](self, parts.path.removeprefix(f"/{venue}"), query, body)
        made = json.dumps(told).encode()
        if how == "drift":
            made = made.replace(b'penInterest"', b'penVolume"').replace(b'"oi"', b'"o"').replace(b'"open_interest"', b'"oi"')
        status = 400 if isinstance(told, dict) and told.get("code") == -1121 else 200
        return status, JSON, made[: len(made) // 2] if how == "cut" else made


_BUSY = {
    "binance": {"code": -1003, "msg": "Too many requests"},
    "bybit": {"retCode": 10006, "retMsg": "Too many visits!", "result": {}, "time": 0},
    "okx": {"code": "50011", "msg": "Too Many Requests", "data": []},
    "deribit": {"jsonrpc": "2.0", "error": {"code": 10028, "message": "too_many_requests"}},
    "hyperliquid": None,
}


def _contracts(names: list[str]) -> Iterator[Contract]:
    for coin in names:
        thousand = f"1000{coin}" if coin == "PEPE" else coin
        yield Contract("binance", f"{thousand}USDT", coin)
        yield Contract("bybit", f"{thousand}USDT", coin)
        yield Contract("okx", f"{coin}-USDT-SWAP", coin, size={"BTC": 0.01, "ETH": 0.1, "PEPE": 1e7}.get(coin, 10.0))
        yield Contract("deribit", f"{coin}_USDC-PERPETUAL", coin, size=0.001)
        yield Contract("hyperliquid", f"k{coin}" if coin == "PEPE" else coin, coin)
    if "BTC" not in names:
        return
    yield Contract("binance", "BTCUSD_PERP", "BTC", inverse=True, size=100)
    yield Contract("binance", "BTCUSDT_261225", "BTC", dated=True)
    yield Contract("bybit", "BTCUSD", "BTC", inverse=True)
    yield Contract("okx", "BTC-USD-SWAP", "BTC", inverse=True, size=100)
    yield Contract("okx", "BTC-USDT-261225", "BTC", dated=True, size=0.01)
    yield Contract("deribit", "BTC-PERPETUAL", "BTC", inverse=True, size=10)
    yield Contract("deribit", "BTC-25DEC26", "BTC", inverse=True, dated=True, size=10)


def _per(contract: Contract) -> float:
    """Coins in one priced unit of the venue: 1000 behind 1000PEPE and kPEPE."""
    return 1000.0 if contract.symbol.startswith(("1000", "k")) else 1.0


def _text(value: float) -> str:
    return f"{value:.12g}"


def _binance(world: World, path: str, query: dict[str, str], body: bytes) -> object:
    inverse = path.startswith("/dapi")
    if path.endswith("/exchangeInfo"):
        return {"timezone": "UTC", "serverTime": _ms(world), "rateLimits": [], "exchangeFilters": [],
                "symbols": [_binance_symbol(world, each) for each in world.listed("binance", inverse=inverse)]}  # fmt: skip
    if path.endswith("/openInterest"):
        found = [each for each in world.open_now("binance", inverse=inverse) if each.symbol == query["symbol"]]
        if not found:
            return {"code": -1121, "msg": "Invalid symbol."}
        native = world.dollars(found[0]) / world.size(found[0]) if inverse else world.open_coins(found[0]) / _per(found[0])
        return {"symbol": found[0].symbol, "openInterest": _text(native), "time": _ms(world)}
    made = []
    for each in world.listed("binance", inverse=inverse):
        price = _text(world.price(each.coin) * _per(each))
        if path.endswith("/premiumIndex"):
            made.append({"symbol": each.symbol, "markPrice": price, "indexPrice": price, "lastFundingRate": "0.0001",
                         "nextFundingTime": 0, "time": _ms(world)})  # fmt: skip
        else:
            traded = world.volume(each) / (world.size(each) if inverse else 1)
            made.append({"symbol": each.symbol, "lastPrice": price, "volume": _text(traded),
                         ("baseVolume" if inverse else "quoteVolume"): _text(traded)})  # fmt: skip
    return made


def _binance_symbol(world: World, each: Contract) -> dict[str, object]:
    made: dict[str, object] = {
        "symbol": each.symbol, "pair": "BTCUSD" if each.inverse else f"{each.listed_as}USDT",
        "contractType": "CURRENT_QUARTER" if each.dated else "PERPETUAL", "deliveryDate": EXPIRY if each.dated else 4133404800000,
        "onboardDate": 1569398400000, "baseAsset": each.listed_as, "quoteAsset": "USD" if each.inverse else "USDT",
        "marginAsset": "BTC" if each.inverse else "USDT", "pricePrecision": 2, "quantityPrecision": 3, "filters": [],
        "underlyingType": "COIN", ("contractStatus" if each.inverse else "status"): "TRADING",
    }  # fmt: skip
    return made | ({"contractSize": world.size(each)} if each.inverse else {})


def _bybit(world: World, path: str, query: dict[str, str], body: bytes) -> object:
    inverse = query["category"] == "inverse"
    if path.endswith("/instruments-info"):
        listed = [] if query.get("status") == "PreLaunch" else world.listed("bybit", inverse=inverse)
        found = [_bybit_symbol(each) for each in listed]
    else:
        found = [_bybit_ticker(world, each) for each in world.open_now("bybit", inverse=inverse)]
    return {"retCode": 0, "retMsg": "OK", "result": {"category": query["category"], "list": found, "nextPageCursor": ""},
            "retExtInfo": {}, "time": _ms(world)}  # fmt: skip


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


def _bybit_ticker(world: World, each: Contract) -> dict[str, object]:
    native, price = (
        (world.dollars(each) if each.inverse else world.open_coins(each) / _per(each)),
        world.price(each.coin) * _per(each),
    )
    single = {"singleOpenInterest": _text(native), "singleOpenInterestValue": _text(native * price)}
    volume = world.volume(each)
    return {
        "symbol": each.symbol, "lastPrice": _text(price), "indexPrice": _text(price), "markPrice": _text(price),
        "openInterest": _text(2 * native), "openInterestValue": _text(2 * native * price),
        "turnover24h": _text(volume / price if each.inverse else volume),
        "volume24h": _text(volume if each.inverse else volume / price),
        "fundingRate": "0.0001", "nextFundingTime": "0", "deliveryTime": "0", "ask1Size": "1", "bid1Price": _text(price),
        "ask1Price": _text(price), "bid1Size": "1", **({} if each.inverse else single),
    }  # fmt: skip


def _okx(world: World, path: str, query: dict[str, str], body: bytes) -> object:
    dated = query["instType"] == "FUTURES"
    make = {"/instruments": _okx_symbol, "/tickers": _okx_ticker, "/mark-price": _okx_mark, "/open-interest": _okx_open}
    build = make[path[path.rindex("/") :]]
    listed = world.open_now if build is _okx_open else world.listed
    found = [build(world, each) | {"instType": query["instType"], "instId": each.symbol} for each in listed("okx", dated=dated)]
    return {"code": "0", "msg": "", "data": found}


def _okx_symbol(world: World, each: Contract) -> dict[str, object]:
    quote = "USD" if each.inverse else "USDT"
    return {
        "alias": "quarter" if each.dated else "", "baseCcy": "", "quoteCcy": "", "category": "1", "ctMult": "1",
        "ctType": "inverse" if each.inverse else "linear", "ctVal": _text(world.size(each)),
        "ctValCcy": quote if each.inverse else each.coin, "expTime": str(EXPIRY) if each.dated else "", "lever": "100",
        "listTime": "1611916828000", "lotSz": "1", "minSz": "1",
        "settleCcy": each.coin if each.inverse else quote, "state": "live", "stk": "",
        "tickSz": "0.1", "uly": f"{each.coin}-{quote}",
    }  # fmt: skip


def _okx_ticker(world: World, each: Contract) -> dict[str, object]:
    price = world.price(each.coin)
    return {"last": _text(price), "vol24h": "1", "volCcy24h": _text(world.volume(each) / price), "ts": str(_ms(world))}


def _okx_mark(world: World, each: Contract) -> dict[str, object]:
    return {"markPx": _text(world.price(each.coin)), "ts": str(_ms(world))}


def _okx_open(world: World, each: Contract) -> dict[str, object]:
    face = world.dollars(each) if each.inverse else world.open_coins(each)
    return {"oi": _text(face / world.size(each)), "oiCcy": _text(world.open_coins(each)), "oiUsd": _text(world.dollars(each)),
            "ts": str(_ms(world))}  # fmt: skip


def _deribit(world: World, path: str, query: dict[str, str], body: bytes) -> object:
    listing = path.endswith("/get_instruments")
    found = world.listed("deribit") if listing else world.open_now("deribit")
    make = _deribit_symbol if listing else _deribit_summary
    wanted = [each for each in found if query["currency"] in ("any", "BTC" if each.inverse else "USDC")]
    return {
        "jsonrpc": "2.0",
        "result": [make(world, each) for each in wanted],
        "usIn": 0,
        "usOut": 0,
        "usDiff": 0,
        "testnet": False,
    }


def _deribit_symbol(world: World, each: Contract) -> dict[str, object]:
    return {
        "tick_size": 0.5, "taker_commission": 0.0005, "settlement_period": "month" if each.dated else "perpetual",
        "settlement_currency": "BTC" if each.inverse else "USDC", "quote_currency": "USD" if each.inverse else "USDC",
        "min_trade_amount": 10.0, "maker_commission": 0.0, "kind": "future", "is_active": True, "instrument_name": each.symbol,
        "future_type": "reversed" if each.inverse else "linear", "expiration_timestamp": EXPIRY if each.dated else 32503708800000,
        "creation_timestamp": 1534242287000, "counter_currency": "USD" if each.inverse else "USDC",
        "contract_size": world.size(each), "base_currency": each.coin,
    }  # fmt: skip


def _deribit_summary(world: World, each: Contract) -> dict[str, object]:
    price = world.price(each.coin)
    return {
        "instrument_name": each.symbol, "base_currency": each.coin, "quote_currency": "USD", "last": price,
        "mark_price": price * 1.001, "estimated_delivery_price": price,
        "open_interest": world.dollars(each) if each.inverse else world.open_coins(each),
        "creation_timestamp": _ms(world), "volume": 1.0, "volume_usd": world.volume(each), "bid_price": price, "ask_price": price,
        "mid_price": price, "current_funding": 0.0, "funding_8h": 0.0, "price_change": 0.0, "high": price, "low": price,
    }  # fmt: skip


def _hyperliquid(world: World, path: str, query: dict[str, str], body: bytes) -> object:
    assert json.loads(body)["type"] == "metaAndAssetCtxs"
    found = world.open_now("hyperliquid")
    names = [{"szDecimals": 2, "name": each.symbol, "maxLeverage": 50, "marginTableId": 56} for each in found]
    figures = []
    for each in found:
        price = _text(world.price(each.coin) * _per(each))
        figures.append({"funding": "0.0000125", "openInterest": _text(2 * world.open_coins(each) / _per(each)),
                        "prevDayPx": price, "dayNtlVlm": _text(world.volume(each)), "oraclePx": price, "markPx": price,
                        "midPx": price, "impactPxs": [price, price], "dayBaseVlm": "1"})  # fmt: skip
    return [{"universe": names, "marginTables": [], "collateralToken": 0}, figures]


def _ms(world: World) -> int:
    return int(world.at * 1000) - 400


_ANSWERS = {"binance": _binance, "bybit": _bybit, "okx": _okx, "deribit": _deribit, "hyperliquid": _hyperliquid}


class Carried(BaseAdapter):
    """A `requests` adapter that asks the world and no network."""

    def __init__(self, world: World):
        super().__init__()
        self.world = world

    def send(self, request, *_, **__):
        venue = HOSTS[urlsplit(request.url).hostname]
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        response = requests.Response()
        response.status_code, headers, response._content = self.world.answer(venue, request.method, request.url, body)
        response.headers.update(headers)
        response.reason = responses[response.status_code]
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


@contextmanager
def served(world: World) -> Iterator[str]:
    """The world on a loopback port; the address, below which each venue has its own folder."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version, disable_nagle_algorithm = "HTTP/1.1", True  # head and body are two packets

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, made = world.answer(self.path.split("/")[1], self.command, self.path, body)
            except requests.ConnectionError:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(made))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(made)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
