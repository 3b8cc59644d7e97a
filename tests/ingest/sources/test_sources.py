"""What comes in: bytes, packed or not; and which source they are of."""

import gzip
import hashlib
import pkgutil
import random
import zlib
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest import sources
from ingest.sources import MOST_BYTES, MOST_MEMBERS, SLOTS, SOURCES, Raw, barchart, gunzip, load, recognise
from tests.ingest import barchart_files as files
from tests.ingest.wrong_files import wrong_files

LATER = datetime(2026, 11, 20, 18, tzinfo=UTC)
BODY = files.write("E", date(2024, 3, 14))


def raw(body: bytes, file_name: str = "x.csv") -> Raw:
    return Raw("", file_name, body, LATER)


def refusal(body: bytes, file_name: str = "x.csv") -> str:
    with pytest.raises(RefusedPayload) as error:
        recognise(raw(body, file_name)).parse(raw(body, file_name))
    return error.value.reason


def test_a_module_here_is_a_source_and_what_sources_share_has_its_folder():
    names = {module.name for module in pkgutil.iter_modules(sources.__path__)}
    assert names == {*SOURCES, "mapped", "futures", "frames", "reading"}


def test_a_file_and_its_gzip_are_one_payload():
    assert raw(gzip.compress(BODY)).content == raw(BODY).content
    assert raw(gzip.compress(BODY, 1)).sha256 == raw(BODY).sha256 == hashlib.sha256(BODY).hexdigest()


def test_gzip_may_have_several_members_and_padding():
    assert raw(gzip.compress(BODY[:500]) + gzip.compress(BODY[500:]) + b"\0" * 20).content == BODY


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_members_are_read_whole_wherever_they_end(length):
    parts = [random.Random(seed).randbytes(length) for seed in range(3)]
    packed = b"".join(gzip.compress(part) + b"\0" * length for part in parts)
    assert gunzip(packed, 2**20) == b"".join(parts)
    assert gunzip(packed, 3 * length) == b"".join(parts)


def test_gzip_of_very_many_members_is_refused_at_once():
    empty = gzip.compress(b"")
    assert raw(gzip.compress(BODY) + empty * (MOST_MEMBERS - 1)).content == BODY
    with pytest.raises(RefusedPayload, match="more than 1,000 members") as refused:
        gunzip(empty * 3_000_000, MOST_BYTES)
    assert refused.value.reason == "bad_gzip"


class Watched:
    """zlib's decompressor, and how many bytes all of them were given."""

    given = 0

    def __init__(self, wbits, make=zlib.decompressobj):
        self.inner = make(wbits)

    def decompress(self, piece, most):
        Watched.given += len(piece)
        return self.inner.decompress(piece, most)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def test_what_lies_behind_a_member_is_not_handed_over_with_it(monkeypatch):
    monkeypatch.setattr(zlib, "decompressobj", Watched)
    monkeypatch.setattr(Watched, "given", 0)
    much = random.Random(1).randbytes(2**23)
    assert gunzip(gzip.compress(b"") * (MOST_MEMBERS - 1) + gzip.compress(much, 1), MOST_BYTES) == much
    assert Watched.given < 2**27  # whole, it would be 2**33


def test_damaged_gzip_is_refused_and_named_by_its_bytes():
    damaged = gzip.compress(BODY)[:-9]
    assert refusal(damaged) == "bad_gzip"
    assert raw(damaged).sha256 == hashlib.sha256(damaged).hexdigest()


def test_a_gzip_bomb_is_refused_before_it_fills_the_memory():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"0" * 40_000_000) + packer.flush()
    with pytest.raises(RefusedPayload, match="larger than"):
        gunzip(bomb, 2**20)
    assert MOST_BYTES == 256 * 2**20


def test_a_source_is_recognised_by_its_content_alone():
    assert recognise(raw(BODY, "whatever.bin")) is barchart


@pytest.mark.parametrize("name", ["os", "twins", "../x", ""])
def test_only_sources_can_be_loaded(name):
    with pytest.raises(RefusedPayload, match="no source"):
        load(name)


def test_each_source_tells_the_slots_of_a_session():
    assert set(SLOTS) >= {"barchart", "simulated", "simulated_chain"}


def test_no_wrong_file_is_taken_for_a_right_one():
    wrong = list(wrong_files(seed=7, n=500))
    assert len(wrong) >= 500
    taken = [file for file in wrong if refusal(file.body, file.file_name) not in file.reasons]
    assert taken == []
