"""What comes in: bytes, packed or not; and which source they are of."""

import gzip
import hashlib
import zlib
from datetime import UTC, date, datetime

import pytest

from core.errors import RefusedPayload
from ingest.sources import MOST_BYTES, SLOTS, Raw, barchart, gunzip, load, recognise
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


def test_a_file_and_its_gzip_are_one_payload():
    assert raw(gzip.compress(BODY)).content == raw(BODY).content
    assert raw(gzip.compress(BODY, 1)).sha256 == raw(BODY).sha256 == hashlib.sha256(BODY).hexdigest()


def test_gzip_may_have_several_members_and_padding():
    assert raw(gzip.compress(BODY[:500]) + gzip.compress(BODY[500:]) + b"\0" * 20).content == BODY


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


@pytest.mark.parametrize("name", ["os", "barchart_rows", "../x", ""])
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
