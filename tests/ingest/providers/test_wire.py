"""One exchange ends in time and whole, or says why not."""

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.providers.replies import Broken, Hopeless, Request
from ingest.providers.wire import Wire
from tests.standins.answering import answering
from tests.standins.faults import HTML, faulty_provider


@pytest.fixture(scope="module")
def faulty():
    with faulty_provider() as provider:
        yield provider


@pytest.fixture
def wire():
    made = Wire(read_timeout=5)
    yield made
    made.close()


@pytest.mark.parametrize("body", ["html", "gzip"])
def test_a_whole_reply_comes_unpacked(faulty, wire, body):
    reply = wire.exchange(Request("GET", f"{faulty.url}/slicer/200/{body}/w"), 10)
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, HTML, "text/html")


@pytest.mark.parametrize("body", ["bad_gzip", "short_gzip", "short", "short_chunk"])
def test_a_body_that_is_not_whole_is_broken(faulty, wire, body):
    with pytest.raises(Broken):
        wire.exchange(Request("GET", f"{faulty.url}/plain/200/{body}/w"), 10)


@pytest.mark.parametrize("body", ["bad_gzip", "short", "short_chunk", "bomb"])
def test_a_body_nobody_wants_is_not_read(faulty, wire, body):
    assert wire.exchange(Request("GET", f"{faulty.url}/plain/403/{body}/w"), 10).status == 403


def test_a_bomb_ends_the_reply_for_good(faulty, wire):
    with pytest.raises(Hopeless, match="larger than 256 MB"):
        wire.exchange(Request("GET", f"{faulty.url}/plain/200/bomb/w"), 30)


@pytest.mark.parametrize("toxic", ["slow_head", "slow_body"])
def test_one_byte_a_second_does_not_last_beyond_the_end(faulty, wire, toxic):
    with pytest.raises(Broken, match="too slow"):
        wire.exchange(Request("GET", f"{faulty.url}/{toxic}/200/html/w"), 1.2)


def test_a_name_that_is_not_found_in_time_ends_too(wire, monkeypatch):
    found = threading.Event()
    monkeypatch.setattr("ingest.providers.wire.getaddrinfo", lambda *_given, **_more: found.wait(30) and [])
    with pytest.raises(Broken):
        wire.exchange(Request("GET", "http://slow.invalid/"), 0.3)
    found.set()


def test_a_name_that_nobody_has_is_said(wire, monkeypatch):
    def unknown(*_given, **_more):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("ingest.providers.wire.getaddrinfo", unknown)
    with pytest.raises(Broken, match=r"no connection \(Name or service not known\)"):
        wire.exchange(Request("GET", "http://nobody.invalid/"), 3)


def test_a_name_that_can_be_none_is_not_waited_for(wire):
    begun = time.monotonic()
    with pytest.raises(Broken, match="no connection"):
        wire.exchange(Request("GET", f"http://{'a' * 70}.invalid/"), 30)
    assert time.monotonic() - begun < 10


def test_the_next_address_is_tried_where_one_is_dead(faulty, wire, monkeypatch):
    entries = [(2, 1, 6, "", (address, 0)) for address in ("127.0.0.77", "127.0.0.1")]
    monkeypatch.setattr("ingest.providers.wire.getaddrinfo", lambda *_given, **_more: entries)
    assert wire.exchange(Request("GET", faulty.url.replace("127.0.0.1", "host.invalid") + "/plain/200/html/w"), 5).body == HTML


def test_connections_are_kept_for_the_next_exchange():
    with answering({"/a": (200, {"fine": True})}) as provider:
        wire = Wire(read_timeout=5)
        assert [wire.exchange(Request("GET", f"{provider.url}/a"), 5).status for _ in range(3)] == [200] * 3
        wire.close()
    assert provider.connections == 1


def test_what_is_sent_arrives_and_the_wires_own_headers_stay_its_own():
    headers = {"X-Key": "abc", "Host": "api.example.com", "Accept-Encoding": "br", "Content-Length": "99"}
    with answering({"/a": (200, {"fine": True})}) as provider:
        wire = Wire(read_timeout=5)
        wire.exchange(Request("POST", f"{provider.url}/a?b=%20c", headers, b"{}"), 5)
        wire.close()
    (asked,) = provider.asked
    assert (asked.method, asked.query, asked.body, asked.headers["X-Key"]) == ("POST", {"b": " c"}, b"{}", "abc")
    assert asked.headers["Accept-Encoding"] == "gzip, deflate"
    assert asked.headers["Host"] in provider.url


@pytest.fixture
def certificate(tmp_path):
    """A certificate that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1)).sign(
        key, hashes.SHA256()
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = tmp_path / "certificate.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain) + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_certificate_that_is_not_valid_is_no_matter_of_trying_again(wire, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with answering({}, context) as provider, pytest.raises(Hopeless, match="certificate is not valid"):
        wire.exchange(Request("GET", provider.url), 5)


def test_tls_is_spoken_with_who_is_trusted(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("ingest.providers.wire._tls", lambda: trusting)
    with answering({"/": (200, {"fine": True})}, context) as provider:
        wire = Wire(read_timeout=5)
        reply = wire.exchange(Request("GET", provider.url.replace("127.0.0.1", "localhost")), 5)
        wire.close()
    assert reply.status == 200
