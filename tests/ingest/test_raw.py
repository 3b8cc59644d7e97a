"""The raw archive: every payload comes back byte for byte, or the archive says that it is lost."""

import errno
import gzip
import random
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import DiskFull, RawPayloadLost
from db import write
from ingest.raw import Archive, read_raw, sweep
from ingest.sources import Raw
from tests.ingest.importing import NOW

TEXT = Raw("", "list.csv", b"Symbol,Strike\n" * 1000, NOW())
PACKED = Raw("", "list.csv.gz", gzip.compress(b"another list"), NOW())


def packs(home):
    return sorted(path.name.rpartition(".")[2] for path in (home / "raw").rglob("*") if path.is_file())


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path, NOW)
    yield made
    made.drop()


def noted(databases, *rows):
    with databases.ingest.transaction() as work:
        write.insert_raw_payloads(work, list(rows))


@pytest.mark.parametrize("raw", [TEXT, PACKED, Raw("", "nothing", b"", NOW())], ids=["text", "gzip", "no byte"])
def test_a_payload_comes_back_as_it_came(databases, archive, tmp_path, raw):
    noted(databases, archive.add(TEXT), archive.add(PACKED), archive.add(raw))
    archive.seal()
    found = read_raw(databases.ingest, tmp_path, raw.sha256)
    assert (found.body, found.file_name, found.received_at) == (raw.body, raw.file_name, raw.received_at)


class Filling:
    """A file on a disk that has room for some bytes more: as the system does, it takes what fits and says how much that was."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, packed):
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self.file.write(packed[: self.room])
        self.room -= taken
        return taken

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_write_that_a_full_disk_cuts_is_not_taken_for_a_whole_one(archive, tmp_path):
    archive.add(TEXT)
    archive._file = Filling(archive._file, 10)
    with pytest.raises(DiskFull, match="goes on by itself once there is space"):
        archive.add(PACKED)
    archive.drop()
    assert packs(tmp_path) == []


def test_a_write_in_several_parts_is_whole(databases, archive, tmp_path):
    archive.add(TEXT)
    archive._file = Filling(archive._file, 10)
    archive._file.__class__ = type("Slow", (Filling,), {"write": lambda self, packed: self.file.write(packed[:10])})
    noted(databases, archive.add(PACKED))
    archive.seal()
    assert read_raw(databases.ingest, tmp_path, PACKED.sha256).body == PACKED.body


def test_payloads_of_a_set_lie_in_one_pack_each_once_and_small(archive, tmp_path):
    again = [archive.add(TEXT), archive.add(PACKED), archive.add(TEXT)]
    archive.seal()
    assert again[0] == again[2]
    (pack,) = (tmp_path / "raw" / "2026" / "11").iterdir()
    assert str(pack.relative_to(tmp_path)) == again[0]["pack_file"] == again[1]["pack_file"]
    assert again[0]["pack_length"] + again[1]["pack_length"] < pack.stat().st_size < len(TEXT.body) / 10
    assert again[1]["pack_length"] == 1 + len(PACKED.body)


def test_a_pack_is_for_its_owner_alone(archive, tmp_path):
    archive.add(TEXT)
    archive.seal()
    made = [tmp_path / "raw", *(tmp_path / "raw").rglob("*")]
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_payload_can_be_read_again_before_its_pack_is_sealed(databases, archive, tmp_path):
    noted(databases, archive.add(TEXT))
    assert packs(tmp_path) == ["part"]
    assert read_raw(databases.ingest, tmp_path, TEXT.sha256).body == TEXT.body


def test_threads_may_add_at_once(databases, archive, tmp_path):
    raws = [Raw("", f"{number}", random.Random(number).randbytes(200_000), NOW()) for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        noted(databases, *pool.map(archive.add, raws))
    archive.seal()
    assert [read_raw(databases.ingest, tmp_path, raw.sha256).body for raw in raws] == [raw.body for raw in raws]


def test_an_archive_that_is_given_up_or_empty_leaves_no_file(archive, tmp_path):
    archive.seal()
    assert packs(tmp_path) == []
    archive.add(TEXT)
    archive.drop()
    assert packs(tmp_path) == []


def test_a_payload_that_nobody_noted_is_lost(databases, tmp_path):
    with pytest.raises(RawPayloadLost):
        read_raw(databases.ingest, tmp_path, TEXT.sha256)


@pytest.mark.parametrize("raw", [TEXT, PACKED], ids=["text", "gzip"])
def test_a_pack_that_is_gone_is_told(databases, archive, tmp_path, raw):
    noted(databases, row := archive.add(raw))
    archive.seal()
    (tmp_path / row["pack_file"]).unlink()
    with pytest.raises(RawPayloadLost, match="The raw archive lacks raw/2026/11/"):
        read_raw(databases.ingest, tmp_path, raw.sha256)


@pytest.mark.parametrize("raw", [TEXT, PACKED], ids=["text", "gzip"])
def test_damage_anywhere_in_a_pack_gives_the_payload_back_or_says_so(databases, archive, tmp_path, raw):
    noted(databases, row := archive.add(raw))
    archive.seal()
    pack, told = tmp_path / row["pack_file"], 0
    sound = pack.read_bytes()
    for place in range(row["pack_length"]):
        pack.write_bytes(sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :])
        try:
            assert read_raw(databases.ingest, tmp_path, raw.sha256).content == raw.content
        except RawPayloadLost as lost:
            told += "is damaged" in str(lost)
    assert told > row["pack_length"] / 2


def test_what_a_crash_left_unsealed_is_deleted_and_what_is_being_written_stays(archive, tmp_path):
    archive.add(TEXT)
    left = tmp_path / "raw" / "2026" / "10" / "20261001T000000-abc.part"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert sweep(tmp_path) == 1
    assert packs(tmp_path) == ["part"]
    archive.seal()
    assert (sweep(tmp_path), packs(tmp_path)) == (0, ["pack"])
