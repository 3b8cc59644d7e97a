"""A pack from somewhere else: an index of any shape is whole, or the pack is called damaged."""

import hashlib
import json

import pytest

from core.errors import RawPayloadLost
from ingest import packs

ENTRY = {
    "payload_sha256": "0" * 64, "file_name": "x", "folder": "", "read_as": "", "received_at": "2026-11-20T21:30:00+00:00",
    "size_bytes": 5, "pack_offset": 0, "pack_length": 50,
}  # fmt: skip


def forged(folder, *lines):
    """A pack with these lines in its index, and every sum of it right."""
    whole = "\n".join(json.dumps(line) for line in lines).encode()
    told = len(whole).to_bytes(8, "little") + packs.packed(whole)
    path = folder / "forged.pack"
    path.write_bytes(told + hashlib.sha256(told).digest() + len(told).to_bytes(8, "little") + b"oiflow-pack-1")
    return path


@pytest.mark.parametrize(
    "lines",
    [
        [[]],
        ["x"],
        [{}],
        [{"demo": False}],
        *([{"demo": False}, odd] for odd in ([], {}, 5, ENTRY | {"received_at": "soon"}, ENTRY | {"held": "no"})),
    ],
)
def test_an_index_of_another_shape_is_damaged(tmp_path, lines):
    with pytest.raises(RawPayloadLost, match=r"The index of forged\.pack is damaged"):
        packs.read_pack(forged(tmp_path, *lines))


def test_a_payload_that_says_to_be_larger_than_memory_is_damaged(tmp_path):
    pack = packs.read_pack(forged(tmp_path, {"demo": False}, ENTRY | {"size_bytes": 2**50}))
    with pytest.raises(RawPayloadLost, match=r"forged\.pack is damaged: x cannot be decompressed"):
        list(pack.raws())
