"""What a pack file of the raw archive looks like: payloads one behind the other, then an index that tells what they are.

So the folder alone is enough to bring everything back: names, folders and instants of receipt stand beside the bytes.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow

from core.errors import RawPayloadLost, RefusedPayload
from ingest.sources import Raw

_LEVEL = 1
_MARK = b"oiflow-pack-1"
_TOLD = ("payload_sha256", "file_name", "folder", "read_as", "received_at", "size_bytes", "pack_offset", "pack_length")
_HELD = "held"
"""The reason and words of a payload that was held back because of what stood when it came."""


@dataclass(frozen=True)
class Pack:
    """A sealed pack. demo: its payloads are the simulated market's; begun: when the first of them was received."""

    path: Path
    demo: bool
    entries: tuple[dict[str, Any], ...]

    @property
    def begun(self) -> datetime:
        """When the first of its payloads was here."""
        return min(datetime.fromisoformat(entry["received_at"]) for entry in self.entries)

    def raws(self) -> Iterator[Raw]:
        """Its payloads in the order in which they came, each checked against its hash. RawPayloadLost for a damaged one."""
        with self.path.open("rb") as file:
            for entry in self.entries:
                file.seek(entry["pack_offset"])
                yield _raw(self.path, entry, file.read(entry["pack_length"]))

    @property
    def held(self) -> dict[tuple[str, str], RefusedPayload]:
        """sha256 and file name of those that were held back -> why: what stood beside them then told it, not their bytes."""
        held = ((entry["payload_sha256"], entry["file_name"], *entry[_HELD]) for entry in self.entries if entry[_HELD])
        return {(sha256, name): RefusedPayload(reason, words, beside=True) for sha256, name, reason, words in held}


def packed(body: bytes) -> bytes:
    """Gzip stays as it came, all else is compressed; the first byte tells them apart."""
    if body[:2] == b"\x1f\x8b":
        return b"g" + body
    codec = pyarrow.Codec("zstd", compression_level=_LEVEL)
    return b"z" + len(body).to_bytes(8, "little") + codec.compress(body, asbytes=True)


def unpacked(whole: bytes, size: int) -> bytes:
    """The bytes of a payload of this size; the size that the pack says may be damaged. OSError where they are."""
    if whole[:1] == b"g":
        return whole[1:]
    return pyarrow.Codec("zstd").decompress(whole[9:], size, asbytes=True)


def index(entries: Iterable[Mapping[str, Any]], demo: bool) -> bytes:
    """What stands behind the payloads: a line of JSON for each, packed; its hash; its length in 8 bytes; the mark."""
    lines = [json.dumps({"demo": demo}), *(json.dumps(_entry(entry), default=str) for entry in entries)]
    whole = "\n".join(lines).encode()
    told = len(whole).to_bytes(8, "little") + packed(whole)
    return told + hashlib.sha256(told).digest() + len(told).to_bytes(8, "little") + _MARK


def read_pack(path: Path) -> Pack:
    """A sealed pack by its index. RawPayloadLost where that is missing or damaged."""
    behind = 32 + 8 + len(_MARK)
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - behind))
            end = file.read()
            if end[40:] != _MARK:
                raise RawPayloadLost(f"{path.name} has no index: it was cut off, or written before packs had one.")
            begin = size - behind - int.from_bytes(end[32:40], "little")
            file.seek(begin)
            told = file.read(size - behind - begin)
        if hashlib.sha256(told).digest() != end[:32]:
            raise ValueError("another hash")
        head, *lines = unpacked(told[8:], int.from_bytes(told[:8], "little")).decode().split("\n")
        found = Pack(path, json.loads(head)["demo"], tuple(_entry(json.loads(line)) for line in lines))
        found.begun  # noqa: B018 - it raises for an index without entries, or with one that has no instant
        return found
    except (OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError) as error:
        raise RawPayloadLost(f"The index of {path.name} is damaged ({type(error).__name__}).") from error


def _entry(told: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: told[name] for name in _TOLD}
    held = told.get(_HELD)  # packs of before have none
    if held is not None and not (isinstance(held, list) and [type(each) for each in held] == [str, str]):
        raise ValueError("no reason and words")
    return kept | {_HELD: held}


@lru_cache(maxsize=256)
def _named(path: Path) -> dict[str, str]:
    return {entry["payload_sha256"]: entry["read_as"] for entry in read_pack(path).entries if entry["read_as"]}


def read_as(path: Path, sha256: str) -> str:
    """The source or mapping that somebody named for a payload of a pack; '' where none was, or the pack does not say it."""
    try:
        return _named(path).get(sha256, "")
    except RawPayloadLost:  # in the making, or older than indexes: its bytes say what they are
        return ""


def read_packs(folder: Path) -> list[Pack]:
    """Every sealed pack below a folder, in the order in which they were begun."""
    return sorted((read_pack(path) for path in folder.rglob("*.pack")), key=lambda pack: (pack.begun, pack.path.name))


def _raw(path: Path, entry: Mapping[str, Any], whole: bytes) -> Raw:
    name = entry["file_name"]
    try:
        body = unpacked(whole, entry["size_bytes"])
    except (OSError, MemoryError) as error:
        raise RawPayloadLost(f"{path.name} is damaged: {name} cannot be decompressed.") from error
    raw = Raw("", name, body, datetime.fromisoformat(entry["received_at"]), entry["folder"], entry["read_as"] or "")
    if raw.sha256 != entry["payload_sha256"]:
        raise RawPayloadLost(f"{path.name} is damaged: {name} has another hash.")
    return raw
