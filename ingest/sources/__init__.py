"""What a source is: a module that recognises its payloads by content and parses them; and what parsing gives.

    raw = Raw("", "download.csv.gz", body, received_at)
    payload = recognise(raw).parse(raw)        # or RefusedPayload, with a reason

A source module has `recognises(content) -> bool` and `parse(raw) -> Payload`, which touch neither network nor clock. One that
the collector fetches has `POLICY` and `make(...) -> Fetcher` beside; one of reference data also `names`, what to fetch of it.
SOURCES lists them; files read by a mapping, and venues of futures, have folders of their own (`mapped`, `futures`). What sources
share in reading, dating and checking what came is in `reading`; `frames` has the columns that they give.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from importlib import import_module
from typing import Literal, Protocol, cast

import polars as pl

from core.errors import RefusedPayload
from core.sources import About, Holds

SOURCES = (
    "cboe", "cboe_csv", "cboe_normalized", "yahoo", "barchart", "schwab", "massive", "occ", "deribit_options", "simulated",
    "treasury", "rates_file", "yahoo_actions", "actions_file", "adjustments_file", "nasdaq_names", "names_file",
)  # fmt: skip
"""Modules of this package that hold a source, in the order in which they are asked."""

_LISTS = ("stocks-increase", "stocks-decrease", "etfs-increase", "etfs-decrease")
SLOTS: dict[str, tuple[str, ...]] = {
    "barchart": _LISTS,
    "simulated": _LISTS,
    "simulated_chain": ("chains",),
}
"""The parts that make a source's session complete."""

MOST_BYTES = 256 * 1024 * 1024
"""A payload that is larger, once decompressed, is refused."""
MOST_MEMBERS = 1000
"""Gzip of more members is refused: each costs time, and empty ones never reach `MOST_BYTES`."""
_SLICE = 64 * 1024
_NOT_PADDING = re.compile(rb"[^\0]")


@dataclass(frozen=True)
class Raw:
    """Bytes as they came: `body` may be gzip, `content` is the text or table inside; `folder` the folders it lay in.

    read_as: the source or mapping that somebody named; '' where the content tells.
    """

    source: str
    file_name: str
    body: bytes
    received_at: datetime
    folder: str = ""
    read_as: str = ""

    @cached_property
    def content(self) -> bytes:
        """The decompressed bytes. Refused: `bad_gzip`, `too_large`."""
        content = gunzip(self.body, MOST_BYTES) if self.body[:2] == b"\x1f\x8b" else self.body
        if len(content) > MOST_BYTES:
            raise RefusedPayload("too_large", f"The file is larger than {MOST_BYTES >> 20} MB.")
        return content

    @cached_property
    def sha256(self) -> str:
        """Of `content`, so that a file and its gzip are one payload; of `body` where that cannot be decompressed."""
        try:
            return hashlib.sha256(self.content).hexdigest()
        except RefusedPayload:
            return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Payload:
    """One parsed payload: the rows of one slot and one session. rows_in = rows + quarantined + duplicates.

    holds: the kind of `rows`, columns of `frames.SCHEMAS`. read_aside: those quarantined rows that could be read, in columns
    like `rows`; what they say counts beside other slots. prices: symbol and what is known of its day; forwards: symbol,
    expiration and the source's price of the underlying for it. about: what is known of a source that the product does not
    know by itself.
    """

    source: str
    slot: str
    asset_class: Literal["stock", "etf"] | None
    session_date: date
    quote_session: date
    known_at: datetime
    coverage: Literal["full", "top_list"]
    volume_final: bool
    cut: bool
    rows_in: int
    duplicates: int
    rows: pl.DataFrame
    quarantined: pl.DataFrame
    warnings: tuple[str, ...] = ()
    daily: pl.DataFrame | None = None
    expirations: pl.DataFrame | None = None
    prices: pl.DataFrame | None = None
    read_aside: pl.DataFrame | None = None
    forwards: pl.DataFrame | None = None
    holds: Holds = "changes"
    market: str = "US"
    about: About | None = None


class Source(Protocol):
    """What a source module offers."""

    def recognises(self, content: bytes) -> bool:
        """Whether these bytes look like this source's."""

    def parse(self, raw: Raw) -> Payload | list[Payload]:
        """The payload, or one for each slot and session of a file that holds several; or RefusedPayload with a reason."""


class Fetcher(Protocol):
    """What `make(settings, client, clock)` of a source that the collector fetches gives: it asks, and understands nothing."""

    def fetch(self, symbol: str, nearest: int | None = None) -> Raw:
        """The bytes of one name's chain, of the nearest so many expirations or of all. Raises errors of ProviderError."""


def load(name: str) -> Source:
    """The source module of this name; only those in SOURCES."""
    if name not in SOURCES:
        raise RefusedPayload("unknown_source", f"There is no source named {name!r}; there are {', '.join(SOURCES)}.")
    return cast(Source, import_module(f"ingest.sources.{name}"))


def recognise(raw: Raw) -> Source:
    """The source that a payload comes from, by its content, never by its name. Refused: `sign_in_page`, `not_recognised`."""
    content = raw.content
    if not content.strip():
        raise RefusedPayload("empty_file", "The file is empty.")
    refuse_page(content)
    for name in SOURCES:
        source = load(name)
        if source.recognises(content):
            return source
    raise RefusedPayload("not_recognised", "No source knows this kind of file.")


def refuse_page(content: bytes) -> None:
    """Refuse HTML, as a site answers that wants a sign-in first. Refused: `sign_in_page`."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--", b"<script")) or b"<html" in start:
        raise RefusedPayload("sign_in_page", "This is a web page, most likely a sign-in page saved under the file's name.")


def gunzip(body: bytes, most: int) -> bytes:
    """Decompress gzip of one or more members, never holding more than `most` bytes. Refused: `bad_gzip`, `too_large`."""
    parts, size, start = [], 0, 0
    for _ in range(MOST_MEMBERS):
        member, start = _member(body, start, most - size)
        parts.append(member)
        size += len(member)
        if size > most:
            raise RefusedPayload("too_large", f"The file is larger than {most >> 20} MB once decompressed.")
        follows = _NOT_PADDING.search(body, start)
        if follows is None:
            return b"".join(parts)
        start = follows.start()
    raise RefusedPayload("bad_gzip", f"The gzip stream has more than {MOST_MEMBERS:,} members.")


def _member(body: bytes, start: int, most: int) -> tuple[bytes, int]:
    """One member of gzip, at most `most` + 1 bytes of it, and the place behind it.

    It is fed in slices, because zlib copies what it leaves: of a whole file, once for each member.
    """
    member, parts, room = zlib.decompressobj(wbits=31), [], most + 1
    while room and not member.eof:
        piece = body[start : start + _SLICE]
        if not piece:
            raise RefusedPayload("bad_gzip", "The gzip stream ends too early.")
        try:
            parts.append(member.decompress(piece, room))
        except zlib.error as error:
            raise RefusedPayload("bad_gzip", f"The gzip stream is damaged: {error}.") from error
        start += len(piece) - len(member.unconsumed_tail) - len(member.unused_data)
        room -= len(parts[-1])
    return b"".join(parts), start
