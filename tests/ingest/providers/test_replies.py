"""A reply is whole and unpacked, or says what is wrong with it; and asks to wait in two forms."""

import contextlib
import gzip
import zlib
from datetime import UTC, datetime

import httpx
import pytest

from core.clock import frozen
from ingest.providers import replies

TEXT = "".join(f"AAPL,{number * number},{number % 7}\n" for number in range(300)).encode()
CLOCK = frozen(datetime(2026, 11, 20, 14, 30, tzinfo=UTC))


def in_pieces(body, size=7):
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " X-GZIP"),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "gzip"),
        (zlib.compress(TEXT), "deflate"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_is_the_same_however_it_is_packed_and_cut(packed, encoding, size):
    assert replies.unpacked(in_pieces(packed, size), encoding) == TEXT


@pytest.mark.parametrize("lost", [1, 4, 8, 100, len(gzip.compress(TEXT)) - 1])
def test_a_gzip_stream_that_ends_early_is_broken(lost):
    with pytest.raises(replies.Broken, match="short gzip"):
        replies.unpacked(in_pieces(gzip.compress(TEXT)[:-lost]), "gzip")


@pytest.mark.parametrize("at", range(0, len(gzip.compress(TEXT)), 37))
def test_a_gzip_stream_with_a_wrong_byte_never_passes_for_another_body(at):
    damaged = bytearray(gzip.compress(TEXT))
    damaged[at] ^= 0x5A
    with contextlib.suppress(replies.Broken):  # but for a byte of the header that means nothing
        assert replies.unpacked([bytes(damaged)], "gzip") == TEXT


def test_an_empty_body_needs_no_packing():
    assert replies.unpacked([], "gzip") == b""


def test_an_unknown_packing_is_named():
    with pytest.raises(replies.Broken, match=r"unknown way \(zstd\)"):
        replies.unpacked([TEXT], "zstd")


def test_a_bomb_ends_before_it_is_unpacked():
    made = 0

    def bomb():
        nonlocal made
        machine = zlib.compressobj(9, zlib.DEFLATED, 31)
        for made in range(1000):  # noqa: B007
            yield machine.compress(bytes(2**20)) + machine.flush(zlib.Z_SYNC_FLUSH)

    with pytest.raises(replies.Hopeless, match="larger than 4 MB"):
        replies.unpacked(bomb(), "gzip", most=4 * 2**20)
    assert made < 6


@pytest.mark.parametrize(
    ("asked", "date", "seconds"),
    [
        ("7", "", 7.0),
        (" 0 ", "", 0.0),
        ("Fri, 20 Nov 2026 14:30:09 GMT", "", 9.25),
        ("Fri, 20 Nov 2026 14:30:09 GMT", "Fri, 20 Nov 2026 14:29:59 GMT", 9.25),
        ("Fri, 20 Nov 2026 14:30:09 GMT", "Fri, 20 Nov 2026 14:30:04 GMT", 5.0),
        ("Fri, 20 Nov 2026 14:30:09 GMT", "Fri, 20 Nov 2026 09:30:04 GMT", 18005.0),
        ("Fri, 20 Nov 2026 14:29:00 GMT", "", 0.0),
        ("Fri, 20 Nov 2026 14:30:09 -0000", "", 9.25),
        ("soon", "", None),
        ("-3", "", None),
        ("1e9", "", None),
        ("9" * 40, "", None),
        (f"Fri, 20 Nov {'9' * 40} 14:30:09 GMT", "", None),
        (f"Fri, 20 Nov 2026 14:30:09 +{'9' * 40}", "", None),
        ("Fri, 20 Nov 2026 14:30:09 GMT", f"Fri, 20 Nov {'9' * 40} 14:30:09 GMT", 9.25),
        ("", "", None),
    ],
)
def test_retry_after_has_two_forms(asked, date, seconds):
    assert replies.wait_asked(httpx.Headers({"Retry-After": asked, "Date": date}), CLOCK) == seconds


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_what_may_pass_is_asked_again(status):
    assert replies.transient(status)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 409, 410, 418, 422, 451, 501, 505])
def test_what_stays_is_not(status):
    assert not replies.transient(status)


def test_a_reply_and_a_request_show_no_secret():
    reply = replies.Reply(200, httpx.Headers({"Set-Cookie": "canary"}), b"canary", url="https://host/?key=canary")
    request = replies.Request("GET", "https://host/?key=canary", {"Authorization": "canary"}, b"canary")
    assert "canary" not in f"{reply!r} {request!r}"
