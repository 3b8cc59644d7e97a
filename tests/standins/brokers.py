"""Schwab, Massive, OCC and Deribit on loopback: their paths, sign-in, paging and errors, for tables of `answering`.

schwab = Schwab(chain)
with answering(schwab.table()) as provider: …, base=provider.url
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.standins.answering import Answer, Asked

Table = dict[str, Answer | Callable[[Asked], Answer]]
_UNKNOWN: Answer = (400, {"errors": [{"id": "1", "status": "400", "title": "Bad Request", "detail": "Check Param Values"}]})


@dataclass
class Busy:
    """Says 429 to the first `times` requests of a path."""

    paths: dict[str, int] = field(default_factory=dict)

    def turn(self, asked: Asked) -> Answer | None:
        left = self.paths.get(asked.path, 0)
        self.paths[asked.path] = left - 1
        return (429, {"error": "slow down"}, {"Retry-After": "3"}) if left > 0 else None


@dataclass
class Schwab:
    """One account. holds: access tokens that are accepted; renews: whether the sign-in still holds; carries: contracts that its
    gateway carries in one answer, more are cut short or, where `too_large`, refused with 502."""

    chain: dict[str, Any]
    listed: dict[str, Any]
    holds: set[str] = field(default_factory=lambda: {"first"})
    renews: bool = True
    carries: int = 10_000
    too_large: bool = False
    renewed: int = 0
    busy: Busy = field(default_factory=Busy)

    def table(self) -> Table:
        return {
            "/v1/oauth/token": self._token,
            "/marketdata/v1/chains": self._signed_in(self._chain),
            "/marketdata/v1/expirationchain": self._signed_in(self._expirations),
        }

    def shown(self, symbol: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The chain of a name and the list of its expirations; None where it has none."""
        return (self.chain, self.listed) if symbol == self.chain["symbol"] else None

    def _expirations(self, asked: Asked) -> Answer:
        found = self.shown(asked.query["symbol"])
        return (200, found[1]) if found else _UNKNOWN

    def _token(self, asked: Asked) -> Answer:
        form = parse_qs(asked.body.decode())
        if not self.renews or form["refresh_token"] != ["refresh"] or not asked.headers["Authorization"].startswith("Basic "):
            return 400, {"error": "unsupported_token_type", "error_description": "refresh token is canary-in-an-answer"}
        self.renewed += 1
        self.holds = {f"renewed-{self.renewed}"}
        return 200, {
            "expires_in": 1800, "token_type": "Bearer", "scope": "api", "refresh_token": "refresh",
            "access_token": f"renewed-{self.renewed}", "id_token": "id",
        }  # fmt: skip

    def _signed_in(self, answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
        def checked(asked: Asked) -> Answer:
            if asked.headers.get("Authorization", "").removeprefix("Bearer ") not in self.holds:
                return 401, {"errors": [{"id": "1", "status": 401, "title": "Unauthorized"}]}
            return self.busy.turn(asked) or answer(asked)

        return checked

    def _chain(self, asked: Asked) -> Answer:
        found = self.shown(asked.query["symbol"])
        if found is None:
            return _UNKNOWN
        first, last = asked.query.get("fromDate", ""), asked.query.get("toDate", "9999")
        told, count = dict(found[0]), 0
        for name in ("callExpDateMap", "putExpDateMap"):
            told[name] = {key: strikes for key, strikes in found[0][name].items() if first <= key.partition(":")[0] <= last}
            count += sum(len(listed) for strikes in told[name].values() for listed in strikes.values())
        if count > self.carries and self.too_large:
            return 502, {"fault": {"faultstring": "Body buffer overflow", "detail": {"errorcode": "protocol.http.TooBigBody"}}}
        return 200, told | {"numberOfContracts": count, "isChainTruncated": count > self.carries}


@dataclass
class Massive:
    """One subscription. contracts: those of a chain, shown `size` a page; fails: number of a page -> what stands in its place;
    behind: more of the address of the next page."""

    contracts: list[dict[str, Any]]
    listed: dict[str, Any] = field(default_factory=dict)
    size: int = 30
    symbol: str = "ACME"
    key: str = "key"
    fails: dict[int, Answer] = field(default_factory=dict)
    behind: str = ""
    busy: Busy = field(default_factory=Busy)

    def table(self) -> Table:
        return {
            f"/v3/snapshot/options/{self.symbol}": self._signed_in(self._page),
            "/v3/reference/options/contracts": self._signed_in(lambda _asked: (200, self.listed)),
        }

    def _signed_in(self, answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
        def checked(asked: Asked) -> Answer:
            if asked.headers.get("Authorization") != f"Bearer {self.key}":
                return 401, {"status": "ERROR", "request_id": "1", "error": "Unknown API Key"}
            return self.busy.turn(asked) or answer(asked)

        return checked

    def _page(self, asked: Asked) -> Answer:
        """A page; the cursor keeps what the first was asked for, as the real one does."""
        number, _, last = asked.query.get("cursor", f"0~{asked.query.get('expiration_date.lte', '9999')}").partition("~")
        place = int(number)
        shown = [each for each in self.contracts if each["details"]["expiration_date"] <= last]
        page = {"request_id": f"r{place}", "status": "OK", "results": shown[place * self.size : (place + 1) * self.size]}
        if (place + 1) * self.size < len(shown):
            page["next_url"] = f"https://api.massive.com/v3/snapshot/options/{self.symbol}?cursor={place + 1}~{last}{self.behind}"
        return self.fails.get(place) or (200, page)


def occ(text: bytes) -> Table:
    """The site's search, with one text for all names."""
    return {"/series-search": (200, text, {"Content-Type": "application/octet-stream"})}


def deribit(listed: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> Table:
    """The venue. listed: settlement currency -> answers on instruments and on the summary."""

    def of(place: int) -> Callable[[Asked], Answer]:
        def answer(asked: Asked) -> Answer:
            if asked.query.get("kind") != "option" or asked.query.get("currency") not in listed:
                return 400, {"jsonrpc": "2.0", "error": {"code": -32602, "message": "Invalid params"}}
            return 200, listed[asked.query["currency"]][place]

        return answer

    return {"/api/v2/public/get_instruments": of(0), "/api/v2/public/get_book_summary_by_currency": of(1)}
