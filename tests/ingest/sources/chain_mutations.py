"""Payloads with a fault somewhere, by seed: for any source whose sample is JSON with records in lists, or CSV with a header.

A mutant may hold good rows: what has to hold is that every row is published, kept aside or a duplicate, and that nothing is read
as something else.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

from tests.ingest.sources import csv_mutations, json_mutations, tsv_mutations
from tests.ingest.sources.samples.market import Sample

OCC = re.compile(rb"([A-Z]{1,6}\d?)( *)(\d{6})([CP])(\d{8})")
Bytes = Callable[[random.Random, bytes], bytes]
MUTATORS: dict[str, Bytes] = {}
"""Changes of bytes, for every kind of payload."""


def mutator(change: Bytes) -> Bytes:
    MUTATORS[change.__name__] = change
    return change


def mutants(source: ModuleType, seed: int, n: int) -> Iterator[tuple[str, Sample]]:
    """`n` payloads of a source, each with one to three faults; the name says which."""
    rng = random.Random(f"{source.__name__}{seed}")
    known = mutators(source)
    names = sorted(known)
    for number in range(n):
        sample = _sample(source, rng)
        chosen = [names[number % len(names)], *rng.sample(names, rng.choice((0, 0, 1, 2)))]
        body = sample.body
        for name in chosen:
            body = known[name](rng, body)
        yield "+".join(chosen), replace(sample, body=body)


def _sample(source: ModuleType, rng: random.Random) -> Sample:
    """A sound payload: made up, or part of a real file where there are any."""
    real = source.make_real(rng) if hasattr(source, "make_real") and rng.random() < 0.2 else None
    made: Sample = real or source.make(rng, strikes=rng.choice((2, 4, 6)), expirations=rng.choice((2, 3)))
    return made


def mutators(source: ModuleType) -> dict[str, Bytes]:
    """Everything that can happen to payloads of this kind."""
    return MUTATORS | {"json": json_mutations.MUTATORS, "csv": csv_mutations.MUTATORS, "tsv": tsv_mutations.MUTATORS}[source.KIND]


def _symbols(rng: random.Random, body: bytes, make: Callable[[re.Match[bytes]], bytes]) -> bytes:
    """Change one of the OCC symbols, wherever it stands; without any, one of the dates."""
    found = list(OCC.finditer(body)) or list(re.finditer(rb"()()(\d{4}-\d\d-\d\d)()()", body))
    if not found:
        return body
    one = rng.choice(found)
    return body[: one.start()] + make(one) + body[one.end() :]


@mutator
def wrong_right(rng: random.Random, body: bytes) -> bytes:
    return _symbols(rng, body, lambda it: it[1] + it[2] + it[3] + rng.choice((b"X", b"c", b"", b"CP", b"P", b"C")) + it[5])


@mutator
def wrong_strike(rng: random.Random, body: bytes) -> bytes:
    odd = (b"00000000", b"0023A000", b"2310000", b"999999999", b"99999999", b"00231.00", b"-0231000")
    return _symbols(rng, body, lambda it: it[1] + it[2] + it[3] + it[4] + rng.choice(odd))


@mutator
def wrong_expiration(rng: random.Random, body: bytes) -> bytes:
    odd = (b"230231", b"991399", b"010119", b"991231", b"20261120", b"26112", b"2026-11-20", b"not-a-date")
    return _symbols(rng, body, lambda it: it[1] + it[2] + rng.choice(odd) + it[4] + it[5])


@mutator
def wrong_root(rng: random.Random, body: bytes) -> bytes:
    odd = (
        b"aapl",
        b"QQQQ",
        b"",
        b"TOOLONGROOT",
        b"AAPL1",
        b"A PL",
        "ÄAPL".encode(),
        "AAPL\u200b".encode(),
        b"=1+1",
        b"<b>A</b>",
        b"1AAPL",
    )
    return _symbols(rng, body, lambda it: rng.choice(odd) + it[2] + it[3] + it[4] + it[5])


@mutator
def byte_order_mark(rng: random.Random, body: bytes) -> bytes:
    return b"\xef\xbb\xbf" + body


@mutator
def another_encoding(rng: random.Random, body: bytes) -> bytes:
    return body.decode(errors="replace").encode(rng.choice(("utf-16", "utf-32", "latin-1")), "replace")


@mutator
def cut_short(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


@mutator
def cut_at_the_front(rng: random.Random, body: bytes) -> bytes:
    return body[rng.randrange(min(len(body), 400) + 1) :]


@mutator
def flipped_bit(rng: random.Random, body: bytes) -> bytes:
    whole = bytearray(body)
    if whole:
        whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return bytes(whole)


@mutator
def deleted_bytes(rng: random.Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + body[at + rng.randrange(1, 20) :]


@mutator
def inserted_bytes(rng: random.Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    odd = (
        b"\0",
        b"\xc3",
        b"\xe2\x80",
        b"\xff\xfe",
        b"\xf0\x9f",
        b"\n",
        b"\r",
        b'"',
        b",",
        b"}",
        b"]",
        b"{",
        b"\xed\xa0\x80",
        b"\x1b[2J",
        b"9",
        b".",
    )
    return body[:at] + rng.choice(odd) * rng.choice((1, 1, 3)) + body[at:]


@mutator
def twice_over(rng: random.Random, body: bytes) -> bytes:
    return body + rng.choice((b"", b"\n", b",")) + body


@mutator
def other_digits(rng: random.Random, body: bytes) -> bytes:
    """One figure in the digits of another script, or full width."""
    found = list(re.finditer(rb"(?<!\d)\d{1,20}\.\d+", body))
    if not found:
        return body
    one = rng.choice(found)
    shift = rng.choice((0x0660, 0xFF10, 0x0966))
    return (
        body[: one.start()]
        + "".join(chr(shift + int(x)) if x.isdigit() else x for x in one[0].decode()).encode()
        + body[one.end() :]
    )
