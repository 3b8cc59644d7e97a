"""What is traded and open at five crypto venues, all of it made up."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field


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
class Market:
    """coins: liquid ones at each venue, BTC and ETH first; quiet: those hardly traded. at: the venues' clock [s since 1970].

    silent: symbols left out of open-interest answers. gone: delisted. sizes: symbol -> factor on its contract size. restless:
    all changes each minute. `open_coins` is the truth: what is open, in coins, one side of each position, whatever unit the
    venue shows it in.
    """

    coins: int = 6
    quiet: int = 1
    at: float = 1_795_000_000.0
    restless: bool = True
    silent: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    sizes: dict[str, float] = field(default_factory=dict)

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
