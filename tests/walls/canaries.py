"""R26: names and figures that only premium or admin may see, and a crawl that looks for them in every byte that others get."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from core.access import FEATURES
from core.clock import system_clock
from core.sessions import sessions_between
from db.read import ContractKey
from tests import visiting
from tests.usecases import market
from tests.usecases.market import Row
from tests.walls.frames import opened
from usecases import accounts
from webapp import menu

DAYS = sessions_between(date(2023, 9, 26), date(2023, 10, 5))  # eight sessions; the free tier keeps five
NEAR, FAR = date(2023, 10, 20), date(2024, 6, 21)
ADMIN_MAIL, ADMIN_WORDS = "canary-account@quarantined.test", "CANARYQUARANTINERAWTEXT"
_MEDIA = re.compile(rb"/(?:media|_stcore/media)/[\w./-]+")
_BEYOND_OPEN = "/flow_trend"  # shows any contract of the last five sessions to who asks for it


@dataclass
class Canaries:
    """What was planted. old: in sessions that left the latest five; beyond: outside what the open pages show of the latest."""

    old: set[bytes] = field(default_factory=set)
    beyond: set[bytes] = field(default_factory=set)
    admin: set[bytes] = field(default_factory=set)


def plant(databases: Any) -> Canaries:
    """Fill a database: in each session 24 tickers, the canaries among them."""
    found = Canaries()
    for at, day in enumerate(DAYS):
        rows = [_plain(place, at) for place in range(24)]
        if at < len(DAYS) - 5:
            rows += [row for place in range(3) for row in _old(found, at, place)]
        if at == len(DAYS) - 1:
            rows += _beyond(found)
        market.publish(databases, day, "stocks-increase", rows)
        market.publish_state(databases, day)
    market.flip(databases)
    accounts.add(databases.auth, "test", ADMIN_MAIL, "free", None, system_clock)
    with databases.ingest.transaction() as work, work.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO quarantine (load_id, payload_sha256, line_number, raw_text, reason) "
            "SELECT load_id, payload_sha256, 7, %s, 'bad_symbol' FROM loads ORDER BY load_id LIMIT 1",
            [ADMIN_WORDS],
        )
    found.admin = {ADMIN_MAIL.encode(), ADMIN_WORDS.encode()}
    return found


def _plain(place: int, at: int) -> Row:
    name = f"T{chr(65 + place)}"
    return Row(ContractKey(name, NEAR, "CP"[place % 2], 50_000), 3000 + 10 * at + place, 900 - 20 * place + at, 600 + place)


def _old(found: Canaries, at: int, place: int) -> Iterator[Row]:
    """A ticker of its own, with figures that stand nowhere else."""
    name = f"QZOLD{chr(65 + at)}{chr(65 + place)}"
    change, volume = 7_000_001 + 10_007 * (10 * at + place), 31_000_003 + 10_009 * (10 * at + place)
    found.old |= {name.encode(), *_forms(change), *_forms(volume), *_forms(change + 90_000_011)}
    yield Row(ContractKey(name, NEAR, "C", 61_000), change + 90_000_011, change, volume)


def _beyond(found: Canaries) -> Iterator[Row]:
    """Far expirations of shown tickers, and tickers that are too small for the twenty."""
    for place in range(6):
        change, volume = 5_000_011 + 10_037 * place, 47_000_017 + 10_039 * place
        found.beyond |= {*_forms(change), *_forms(volume), *_forms(change + 80_000_023)}
        yield Row(ContractKey(f"T{chr(65 + place)}", FAR, "P", 83_000), change + 80_000_023, change, volume)
    for place in range(6):  # the smallest changes, but volumes and levels of their own
        level, volume = 60_000_049 + 10_061 * place, 53_000_021 + 10_067 * place
        found.beyond |= {*_forms(level), *_forms(volume)}
        yield Row(ContractKey(f"QZSMALL{chr(65 + place)}", NEAR, "C", 20_000), level, 1 + place, volume)


def _forms(number: int) -> set[bytes]:
    """How a figure may travel: as digits, grouped, or as bytes of an array."""
    return {str(number).encode(), f"{number:,}".encode(), struct.pack("<q", number), struct.pack("<d", number)}


def addresses() -> Iterator[tuple[str, dict[str, str]]]:
    """Every page, plainly and with words that ask for what is closed."""
    old, last = str(DAYS[1]), str(DAYS[-1] - timedelta(1))
    asks: list[dict[str, str]] = [
        {},
        {"session": str(DAYS[0]), "flagged": "1"},
        {"session": old, "as_of": f"{DAYS[2]}T23:00:00Z", "columns": "All", "dte": "0-1200"},
        {"ticker": "QZOLDBA", "symbol": "QZOLDBA", "months": "60", "dte": "0-1200"},
        {"ticker": "TA", "dte": "0-1200", "listed_since": str(DAYS[0]), "session": last, "count": "30", "columns": "All"},
        {"symbol": "QZOLDBA", "expiration": str(NEAR), "strike": "61", "right": "C", "months": "60"},
        {"ticker": "QZSMALLA", "dte": "0-1200", "min_change": "0", "columns": "Bounds"},
    ]
    for path in menu.paths():
        for words in asks:
            yield f"/{path}", words


def hits(body: bytes, canaries: Canaries, path: str, kind: str) -> set[bytes]:
    """Canaries in an answer that this kind of visitor may not have."""
    wanted = set(canaries.old) | canaries.admin | (set() if path == _BEYOND_OPEN else canaries.beyond)
    if kind == "premium":
        wanted = canaries.admin
    return {canary for canary in wanted if canary in body}


@dataclass
class Crawl:
    """What a crawl read."""

    answers: int = 0
    unfinished: int = 0
    found: list[tuple[str, str, bytes]] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    media: set[str] = field(default_factory=set)


def crawl(served: Any, cookies: dict[str, str], canaries: Canaries, kinds: tuple[str, ...], every: int = 1) -> Crawl:
    """Every page, route, export and file for these kinds of visitors; `every`: only each nth address with words."""
    result = Crawl()
    for kind in kinds:
        for number, (path, words) in enumerate(addresses()):
            if words and number % every:
                continue
            told = _asked_for(words)
            shown = opened(served.url, cookies[kind], path, words)
            result.unfinished += not shown.finished
            _look(result, shown.everything, canaries, path, kind, shown.address, told)
        for address in _files(result.media):
            answer = visiting.get(served.url + address, cookies={"oiflow": cookies[kind]})
            body = answer.content + repr(answer.headers).encode()
            _look(result, body, canaries, address, kind, address, _asked_for({}))
    return result


def _asked_for(words: dict[str, str]) -> set[bytes]:
    """What the visitor typed and may therefore read back."""
    return {word.encode() for word in words.values()}


def _look(result: Crawl, body: bytes, canaries: Canaries, path: str, kind: str, address: str, told: set[bytes]) -> None:
    result.answers += 1
    if kind in ("premium", "admin"):
        result.seen |= {canary for canary in canaries.old | canaries.beyond | canaries.admin if canary in body}
        result.media |= {found.decode() for found in _MEDIA.findall(body)}
    if kind != "admin":
        result.found += [(kind, address, canary) for canary in hits(body, canaries, path, kind) - told]


def _files(media: set[str]) -> Iterator[str]:
    """Addresses beside the pages: exports, health, errors, files that a premium page named."""
    for feature in FEATURES:
        for form in ("csv", "parquet"):
            yield f"/export/{feature}.{form}"
            yield f"/export/{feature}.{form}?session={DAYS[0]}&dte=0-1200&symbol=QZOLDBA&months=60"
    yield from ("/", "/early.js", "/healthz", "/readyz", "/metrics", "/home", "/nothing/here", "/media/x.csv", "/_stcore/health")
    yield from ("/_stcore/host-config", "/static/nothing.js", "/export/changes.xlsx", "/component/x", "/%00", "/..%2f..%2fetc")
    yield from sorted(media)
