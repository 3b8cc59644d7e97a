"""JSON takes memory in proportion: what would take more than a GB is refused before it is read."""

import subprocess
import sys

import pytest

from core.errors import ProviderRefused, RefusedPayload
from ingest.json_size import MOST_BYTES, too_large
from ingest.sources.mapped.records import document
from ingest.sources.reading.records import load_json
from tests.ingest.providers.clients import client
from tests.standins.answering import answering

GB = 2**30
READ = """
import sys
from ingest.sources.reading.records import load_json
piece, count = sys.argv[1].encode(), int(sys.argv[2])
read = load_json(b"[" + (b"".join(piece % n for n in range(count)) if b"%" in piece else piece * count) + b"1]")
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
LARGE = {"longer": b'["' + b"x" * MOST_BYTES + b'"]', "fuller": b" \n" * 99 + b"[" + b"{}," * 4_000_000 + b"1]"}


def largest(piece):
    """How many of a piece, each with a comma, the largest document has that is read."""
    low, high = 1, MOST_BYTES // len(piece)
    while high - low > high // 100:
        middle = (low + high) // 2
        low, high = (low, middle) if too_large(b"[" + piece * middle + b"1]") else (middle, high)
    return low


@pytest.mark.parametrize("piece", ['{"a":1,"a":2},', '{"%09d":1.25},'])
def test_the_largest_document_that_is_read_takes_little_more_than_a_gigabyte(piece):
    given = [piece, str(largest(piece.encode()))]
    read = subprocess.run([sys.executable, "-c", READ, *given], capture_output=True, check=True)
    assert int(read.stdout) * 1024 < 1.25 * GB


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("read", [load_json, document])
def test_a_larger_document_is_refused_and_says_what_it_is(read, kind):
    with pytest.raises(RefusedPayload, match=r"larger than 64 MB|4,000,000 objects") as refused:
        read(LARGE[kind])
    assert refused.value.reason == "too_large"


def test_lines_of_json_are_one_document():
    with pytest.raises(RefusedPayload) as refused:
        document(b'{"a":1}\n' * 5_000_000)
    assert refused.value.reason == "too_large"


def test_an_answer_that_is_too_large_is_refused_before_a_library_reads_it():
    asked = client()
    with answering({"/chain": (200, LARGE["fuller"])}) as provider, pytest.raises(ProviderRefused, match="4,000,000 objects"):
        asked.send("GET", f"{provider.url}/chain")
    asked.close()
    assert len(provider.asked) == 1


def test_what_is_no_json_may_be_longer():
    assert too_large(b"symbol,strike\n" + b"," * MOST_BYTES) == ""
