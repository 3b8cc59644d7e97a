"""The embedded server: who starts it, who stops it, what a crash leaves."""

import os
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg2
import pytest

from core.errors import DatabaseUnavailable
from db import binaries, cluster, embedded
from tests.db.statements import say

ROOT = Path(__file__).parents[2]
USER = (
    "import sys; from pathlib import Path; from db import embedded; server = embedded.start(Path(sys.argv[1]), durable=False); "
)
STAY = USER + "print(server.port, flush=True); sys.stdin.read()"
start = partial(embedded.start, durable=False)  # three times as fast where a disk is busy
LEAVE = USER + "print(server.port, flush=True)"


def spawn(script: str, home: Path, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    words = [*prefix, sys.executable, "-c", script, str(home)]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def data_of(home: Path) -> Path:
    return binaries.runner(home.resolve() / "postgres").folder / "data"


def running(home: Path) -> bool:
    return cluster.postmaster(data_of(home)) is not None


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    embedded.stop(tmp_path / "home", force=True)


def test_a_server_in_a_closed_folder_changes_no_permission(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    above = [closed, *closed.parents, binaries.packaged(), *binaries.packaged().parents]
    before = [mode(path) for path in above]
    with start(closed / "home") as server:
        assert say(server.superuser_url, "SELECT 1") == [(1,)]
        assert [mode(path) for path in above] == before
        assert mode(closed / "home" / "postgres") == 0o700
        assert mode(closed / "home" / "postgres" / "superuser") == 0o600


def test_it_listens_on_loopback_alone_and_asks_for_a_password(home):
    with embedded.start(home) as server:
        assert say(server.superuser_url, "SHOW listen_addresses") == [("127.0.0.1",)]
        assert say(server.superuser_url, "SHOW unix_socket_directories") == [("",)]
        assert say(server.superuser_url, "SHOW fsync") == [("on",)]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(f"postgresql://postgres:guessed@127.0.0.1:{server.port}/postgres")


def test_the_second_joins_and_the_last_stops(home):
    first, second = start(home), start(home)
    assert first.port == second.port
    first.close()
    assert running(home)
    second.close()
    assert not running(home)


def test_a_second_process_joins_and_stops_when_it_is_the_last(home):
    first = spawn(STAY, home)
    port = int(first.stdout.readline())
    with start(home) as server:
        assert server.port == port
        first.communicate()
        assert running(home)
    assert not running(home)


def test_a_user_that_was_killed_does_not_keep_the_server_up(home):
    first = spawn(STAY, home)
    port = int(first.stdout.readline())
    first.kill()
    first.communicate()
    assert running(home)
    with start(home) as server:
        assert server.port == port
    assert not running(home)


def test_four_that_start_at_once_share_one_server(home):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: spawn(LEAVE, home).communicate(timeout=60)[0].strip(), range(4)))
    assert all(answer.isdigit() for answer in answers)
    assert not running(home)


def test_four_that_stay_share_one_port(home):
    users = [spawn(STAY, home) for _ in range(4)]
    assert len({user.stdout.readline() for user in users}) == 1
    for user in users:
        user.communicate(timeout=60)
    assert not running(home)


def test_the_port_is_kept(home):
    with start(home) as server:
        port = server.port
    with start(home) as server:
        assert server.port == port == embedded.address(home).port


def test_a_port_that_somebody_took_is_given_up(home):
    with start(home) as server:
        port = server.port
    with socket.create_server(("127.0.0.1", port)), start(home) as server:
        assert server.port != port
        assert say(server.superuser_url, "SELECT 1") == [(1,)]


def test_a_killed_server_comes_back_with_what_was_committed(home):
    with start(home) as server:
        say(server.superuser_url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        cluster.postmaster(data_of(home)).kill()
        with start(home) as again:
            assert say(again.superuser_url, "SELECT count(*) FROM kept") == [(1000,)]


def test_a_pid_file_with_the_number_of_a_stranger_is_no_server(home):
    with start(home):
        data = data_of(home)
        left = (data / "postmaster.pid").read_text().split("\n")
    stranger = spawn("import sys; sys.stdin.read()", home)
    (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *left[1:]]))
    with start(home) as server:
        assert say(server.superuser_url, "SELECT 1") == [(1,)]
    assert stranger.poll() is None
    stranger.communicate()


def test_an_initdb_that_was_killed_is_done_again(home):
    half = home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with start(home) as server:
        assert say(server.superuser_url, "SELECT 1") == [(1,)]


def test_a_busy_server_stops_within_five_seconds(home):
    server = start(home)
    busy = [psycopg2.connect(server.superuser_url, async_=False) for _ in range(4)]
    say(server.superuser_url, "CREATE TABLE much (number int)")
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(connection.cursor().execute, "INSERT INTO much SELECT generate_series(1, 100000000)")
            for connection in busy
        ]
        time.sleep(0.5)
        begun = time.monotonic()
        server.close()
        assert time.monotonic() - begun < 5
        assert not running(home)
        assert all(isinstance(one.exception(), psycopg2.OperationalError) for one in asked)


def test_a_folder_of_another_major_version_is_refused_untouched(home):
    with start(home):
        data = data_of(home)
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseUnavailable, match=r"made by PostgreSQL 17.*oiflow db backup"):
        start(home)


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnavailable, match="Set OIFLOW_HOME"):
        start(tmp_path / "file" / "home")


def test_the_address_of_a_home_that_never_started_says_what_to_do(tmp_path):
    with pytest.raises(DatabaseUnavailable, match="make run"):
        embedded.address(tmp_path)


def test_an_ordinary_user_starts_it_directly(home):
    inside = binaries._namespace() if os.geteuid() == 0 else ()
    script = USER + "import os; from db import binaries; print(os.geteuid() != 0 and binaries.runner(Path('/')).prefix == ())"
    child = spawn(script, home, inside or ())
    assert child.communicate(timeout=60)[0].strip() == str(os.geteuid() != 0 or inside is not None)


@pytest.fixture
def no_namespaces(monkeypatch):
    """As in a container that may make no user namespaces; a folder that stands for /var/lib."""
    state = Path("/var/tmp") / f"oiflow-test-{os.getpid()}"
    state.mkdir()
    state.chmod(0o711)
    monkeypatch.setattr(binaries, "_namespace", lambda: None)
    monkeypatch.setattr(binaries, "_STATE", state)
    yield state
    subprocess.run(["rm", "-r", str(state)], check=True)


def test_where_namespaces_are_refused_another_account_runs_a_copy(tmp_path, no_namespaces, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with start(closed / "home") as server:
        say(server.superuser_url, "CREATE TABLE kept AS SELECT 1 AS number")
        assert cluster.postmaster(data_of(closed / "home")).uids().real != 0
        assert mode(data_of(closed / "home").parent) == 0o700
    monkeypatch.undo()  # namespaces are allowed again: the data stays where it is
    with start(closed / "home") as server:
        assert say(server.superuser_url, "SELECT number FROM kept") == [(1,)]
    assert mode(closed) == 0o700


def test_the_other_account_keeps_its_data_in_an_open_home(no_namespaces):
    home = no_namespaces / "home"
    with start(home):
        assert data_of(home).is_relative_to(home.resolve())
        assert mode(data_of(home).parent) == 0o700
        assert mode(home) == 0o711


def test_a_home_is_made_for_its_owner_and_one_that_exists_keeps_its_mode(home, tmp_path):
    start(home).close()
    assert mode(home) == 0o700
    for number in (0o700, 0o750, 0o755):
        kept = tmp_path / f"{number:o}"
        kept.mkdir()
        kept.chmod(number)
        start(kept).close()
        assert mode(kept) == number


def test_a_mask_that_closes_every_file_keeps_the_server_startable(no_namespaces):
    before = os.umask(0o077)
    try:
        with start(no_namespaces / "home") as server:
            assert say(server.superuser_url, "SELECT 1") == [(1,)]
            assert cluster.postmaster(data_of(no_namespaces / "home")).uids().real != 0
    finally:
        os.umask(before)


def test_data_of_a_namespace_is_never_passed_over(home, monkeypatch):
    start(home).close()
    monkeypatch.setattr(binaries, "_namespace", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(DatabaseUnavailable, match="allow user namespaces"):
        start(home)
    monkeypatch.undo()


def test_a_folder_with_any_name_will_do(tmp_path):
    name = "a b $(touch oops) `x` \"ü'"
    with start(tmp_path / name) as server:
        assert say(server.superuser_url, "SELECT 1") == [(1,)]
    with start(tmp_path / name) as server:
        assert say(server.superuser_url, "SELECT 1") == [(1,)]


def test_a_server_that_cannot_start_says_why(home):
    start(home).close()
    with (data_of(home) / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = nonsense\n")
    with pytest.raises(DatabaseUnavailable, match=r"did not start: .*shared_buffers"):
        start(home)
