"""A provider's reply: whole and unpacked, or an error that says what is wrong with it."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from core.clock import Clock
from ingest.providers.masking import masked, masked_body

MOST = 256 * 2**20  # bytes of one body, unpacked
_STEP = 2**18  # bytes unpacked at a time: a bomb ends after one step too many
_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_FOR_GOOD = {501, 505, 511}  # of the 5xx, those that say "never"


class Broken(Exception):
    """No whole reply; another attempt may bring one. The text names no secret."""


class Hopeless(Exception):
    """No reply, and no other attempt will bring one. The text names no secret."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. accept: statuses beside 2xx whose body is wanted too."""

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    accept: frozenset[int] = frozenset()

    def wants(self, status: int) -> bool:
        """Whether a body with this status is read; all others end with their status."""
        return 200 <= status < 300 or status in self.accept


@dataclass(frozen=True)
class Reply:
    """A whole reply. headers as sent, body unpacked; attempts: how many requests it took; url: where it came from in the end."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int = 1
    url: str = field(default="", repr=False)

    @property
    def redirects(self) -> bool:
        """Whether it only says where else to ask."""
        return self.status in (301, 302, 303, 307, 308) and "location" in self.headers

    def without(self, secrets: tuple[str, ...]) -> "Reply":
        """The same, with whatever it says back of these secrets hidden."""
        if not secrets:
            return self
        body = masked_body(self.body, secrets)
        headers = httpx.Headers([(name, masked(value, secrets)) for name, value in self.headers.multi_items()])
        return self if (body, headers) == (self.body, self.headers) else replace(self, body=body, headers=headers)


def transient(status: int) -> bool:
    """Whether the same request may be answered otherwise in a while."""
    return status in (408, 425, 429) or (status >= 500 and status not in _FOR_GOOD)


def unpacked(chunks: Iterable[bytes], encoding: str, most: int = MOST) -> bytes:
    """A body from its pieces as they arrive. Broken for a damaged or short one, Hopeless for more than `most` bytes."""
    name = encoding.strip().lower()
    if name not in ("", "identity", *_BITS):
        raise Broken(f"the body is packed in an unknown way ({re.sub('[^a-z0-9, -]', '', name)[:30]})")
    whole = bytearray()
    for piece in chunks if name in ("", "identity") else _inflated(chunks, _BITS[name]):
        whole += piece
        if len(whole) > most:
            raise Hopeless(f"the body is larger than {most // 2**20} MB")
    return bytes(whole)


def _inflated(chunks: Iterable[bytes], bits: int) -> Iterator[bytes]:
    """Pieces of at most _STEP bytes; a stream of several gzip members is one body."""
    machine = zlib.decompressobj(bits)
    begun = False
    try:
        for chunk in chunks:
            while chunk:
                begun = True
                if machine.eof:
                    machine = zlib.decompressobj(bits)
                yield machine.decompress(chunk, _STEP)
                chunk = machine.unconsumed_tail or machine.unused_data
        yield machine.flush()
    except zlib.error:
        raise Broken("the body is damaged (bad gzip)") from None
    if begun and not machine.eof:
        raise Broken("the body ends too early (short gzip)")


def wait_asked(headers: httpx.Headers, clock: Clock) -> float | None:
    """Seconds that Retry-After asks for, in either of its forms, or None."""
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", asked):
        return float(asked)
    until = instant(asked)
    return None if until is None else max(0.0, (until - _their_now(headers, clock)).total_seconds())


def _their_now(headers: httpx.Headers, clock: Clock) -> datetime:
    """The provider's time. Its Date has whole seconds, so our clock counts where both agree, and a little less than that."""
    ours, theirs = clock(), instant(headers.get("date", ""))
    if theirs is None or timedelta(0) <= ours - theirs < timedelta(seconds=1.5):
        return ours - timedelta(seconds=0.25)
    return theirs


def instant(text: str) -> datetime | None:
    """The instant that a header names (UTC where it names no zone), or None."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of thirty digits
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
