"""The websocket as a stranger's program uses it: what it may not say, and what a page that is kept open may not tell."""

import time
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from core.access import Tier
from core.clock import system_clock
from tests import visiting
from usecases import accounts, operations, sign_in
from usecases.audit import Visit
from usecases.sign_in import Account
from webapp.server import websocket

CANARY = "canary_of_requests.csv"


def opened(served, cookie=""):
    headers = {"Cookie": f"oiflow={cookie}"} if cookie else {}
    address = f"ws://{urlsplit(served.url).netloc}/_stcore/stream"
    return connect(address, origin=served.url, subprotocols=["streamlit"], additional_headers=headers, max_size=2**26)


def said(**what):
    return BackMsg(**what).SerializeToString()


def asked(page="", fragment=""):
    message = BackMsg()
    message.rerun_script.page_name, message.rerun_script.fragment_id = page, fragment
    return message.SerializeToString()


def told(socket, seconds=6.0, until_drawn=True):
    """Messages of the server until a run has ended, or for some seconds."""
    found, end = [], time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            found.append(ForwardMsg.FromString(socket.recv(timeout=left)))
            if until_drawn and found[-1].WhichOneof("type") == "script_finished":
                break
    except TimeoutError:
        pass
    return found


def closing_code(socket, message):
    socket.send(message)
    try:
        while True:
            socket.recv(timeout=5)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    except TimeoutError:
        return "open"


FORBIDDEN = {
    "clear_cache": said(clear_cache=True),
    "set_run_on_save": said(set_run_on_save=True),
    "load_git_info": said(load_git_info=True),
    "disconnect": said(debug_disconnect_websocket=True),
    "shutdown": said(debug_shutdown_runtime=True),
    "install_skills": said(backend_operation_request={"request_id": "1", "install_skills": {}}),
    "nothing": b"",
    "no message": b"\xff\xff\xff",
}


@pytest.mark.parametrize("message", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_no_page_of_ours_says_ends_the_connection(served, message):
    with opened(served) as socket:
        assert closing_code(socket, message) == 1008


def test_text_and_endless_messages_end_the_connection(served):
    with opened(served) as socket:
        assert closing_code(socket, "clear the cache") == 1003
    with opened(served) as socket:
        assert closing_code(socket, b"x" * (websocket.MOST + 1)) == 1009
    with opened(served) as socket:
        widgets = [{"id": "a"}] * 1001
        assert closing_code(socket, said(rerun_script={"widget_states": {"widgets": widgets}})) == 1009
    assert "Traceback" not in served.log.read_text()


def gather(socket):
    """One message in pieces, 16 MB in all."""
    socket.send(bytes(2**14) for _ in range(2**10))
    socket.recv(timeout=5)


def test_nothing_packed_is_unpacked_and_no_pieces_are_gathered_beyond_the_longest_message(served):
    with opened(served) as socket:
        assert socket.protocol.extensions == []
        with pytest.raises(ConnectionClosed) as closed:
            gather(socket)
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_who_asks_without_end_is_cut_off_and_others_are_served(served, cookies):
    with opened(served, cookies["expired"]) as socket:
        for _ in range(400):
            socket.send(asked("glossary"))
        with pytest.raises(ConnectionClosed) as closed:
            list(iter(lambda: socket.recv(timeout=20), None))
    assert closed.value.rcvd.code == 1013
    assert visiting.get(f"{served.url}/early.js", timeout=5).status_code == 200


@pytest.mark.parametrize(("kind", "code"), [("anonymous", 1008), ("premium", 1008), ("admin", "open")])
def test_only_an_admin_asks_where_to_put_a_file(served, cookies, kind, code):
    with opened(served, cookies[kind]) as socket:
        assert closing_code(socket, said(file_urls_request={"request_id": "1", "file_names": ["a"]})) == code


def test_a_page_runs_stops_and_stays_awake(served):
    with opened(served) as socket:
        for message in (asked("glossary"), said(stop_script=True), said(app_heartbeat=True), asked("glossary")):
            socket.send(message)
        assert told(socket)


@pytest.mark.parametrize("event", ["sign_out", "demote", "disable"])
def test_who_is_no_admin_any_more_reads_nothing_by_asking_for_a_piece_of_the_page(served, event):
    auth = served.databases.auth
    cookie, account = admin(auth, f"{event}@walls.test")
    operations.request_import(served.databases.app_admin, account, CANARY, b"x")
    with opened(served, cookie) as socket:
        socket.send(asked("data"))
        drawn = told(socket, 20)
        assert CANARY.encode() in b"".join(message.SerializeToString() for message in drawn)
        again = [message.auto_rerun for message in drawn if message.WhichOneof("type") == "auto_rerun"]
        (piece,) = (found.fragment_id for found in again if found.interval == 3)  # not the one that looks who is there
        end(auth, cookie, account.email, event)
        socket.send(asked(fragment=piece))
        shown = b"".join(message.SerializeToString() for message in told(socket, 5, until_drawn=False))
        assert shown
        assert CANARY.encode() not in shown


def admin(auth, email):
    visit = Visit(address="198.51.100.7", pre_sign_in="pre")
    link = accounts.add(auth, "test", email, "admin", None, system_clock)
    account_id = accounts.use_link(auth, link.token, "", "a walk along the quay", visit, system_clock)
    ticket = sign_in.issue_ticket(auth, account_id, visit, system_clock)
    return sign_in.redeem_ticket(auth, ticket, visit, system_clock).cookie, Account(account_id, email, Tier.ADMIN)


def end(auth, cookie, email, event):
    if event == "sign_out":
        sign_in.sign_out(auth, cookie, Visit(), system_clock)
    elif event == "demote":
        accounts.set_tier(auth, "test", email, "free", None, system_clock)
    else:
        accounts.disable(auth, "test", email, system_clock)
