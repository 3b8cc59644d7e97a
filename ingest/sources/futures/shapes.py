"""What passes between the parts of a venue: answers as they came, rows as the venue words them, readings in our words."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from analytics.futures import Instrument
from ingest.providers.policy import Policy

Exchange = Any
"""An exchange of ccxt; the library has no types of its own."""
PriceKind = Literal["mark", "index"]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: the address asked with its query, what was sent, the status, the bytes, and when they were here."""

    url: str
    sent: str
    status: int
    body: bytes
    seen_at: datetime

    @property
    def path(self) -> str:
        """The address without host and query."""
        return urlsplit(self.url).path


@dataclass(frozen=True)
class Trouble:
    """Why a venue gave nothing, or not all: a stable reason and words."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Raw:
    """All answers of one look at a venue, in order, and what went wrong in the end."""

    venue: str
    what: Literal["instruments", "open_interest"]
    answers: tuple[Answer, ...]
    trouble: Trouble | None = None

    def packed(self) -> bytes:
        """As bytes, for the raw archive; `unpacked` gives the same back."""
        answers = [{**asdict(each), "body": base64.b64encode(each.body).decode()} for each in self.answers]
        return json.dumps(asdict(self) | {"answers": answers}, default=datetime.isoformat).encode()


def unpacked(body: bytes) -> Raw:
    """What `Raw.packed` made bytes of."""
    read = json.loads(body)
    answers = tuple(
        Answer(**each | {"body": base64.b64decode(each["body"]), "seen_at": datetime.fromisoformat(each["seen_at"])})
        for each in read["answers"]
    )
    return Raw(read["venue"], read["what"], answers, Trouble(**read["trouble"]) if read["trouble"] else None)


class Row(NamedTuple):
    """One instrument's figures as the venue words them, unread: text, numbers or None. `told`: the whole, for the record."""

    symbol: str
    native: object
    price: object
    price_kind: PriceKind
    sides: int
    venue_ms: object
    seen_at: datetime
    told: object
    stated_base: object = None


@dataclass(frozen=True)
class Reading:
    """One open interest. native: in the instrument's unit, counting `sides` of each position. price: of one priced unit.

    venue_ts: what the venue says it describes, None where it does not say. seen_at: when we had it.
    """

    symbol: str
    native: float
    price: float
    price_kind: PriceKind
    sides: int
    venue_ts: datetime | None
    seen_at: datetime


@dataclass(frozen=True)
class Refused:
    """A row kept aside: its reason code and its text."""

    symbol: str
    reason: str
    text: str


@dataclass(frozen=True)
class Parsed:
    """rows_in = readings + refused + duplicates + untracked (rows of instruments that are not followed)."""

    readings: tuple[Reading, ...]
    refused: tuple[Refused, ...]
    rows_in: int
    duplicates: int
    untracked: int
    trouble: Trouble | None


@dataclass(frozen=True)
class Listed:
    """An instrument that a venue lists, and what was traded in it in 24 hours. [USD], None where the list does not say."""

    instrument: Instrument
    volume_usd: float | None


@dataclass(frozen=True)
class Venue:
    """One line of the table of venues. name: as SOURCES and ccxt call it. interval: seconds between looks.

    ask_list: ask for every future and perpetual and what was traded; listed: what those answers list. ask: ask for the open
    interest of some; rows: the rows of those answers.
    """

    name: str
    interval: int
    policy: Policy
    ask_list: Callable[[Exchange], None]
    listed: Callable[[Sequence[Answer]], Iterator[Listed]]
    ask: Callable[[Exchange, Sequence[Instrument]], None]
    rows: Callable[[Sequence[Answer], Mapping[str, Instrument]], Iterator[Row]]
