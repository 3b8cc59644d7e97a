"""The supervisor: services are started again, stopped together, and never outlive it."""

import os
import signal
import socket
import subprocess
import sys
import threading

import psutil
import pytest

from cli.supervisor import Service, StopWish, Supervisor, check_ports, claim
from core import health
from core.errors import AlreadyRunning, PortTaken
from core.settings import load
from tests.waiting import wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def service(command, name="one"):
    return Service(name, command, lambda _service: None)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    made = Supervisor(tmp_path, dict(os.environ), said.append, lambda: None)
    yield made
    made.stop()
    made.dismiss_guard()


def log_of(supervisor):
    log = supervisor.home / "logs" / "one.log"
    return log.read_text() if log.exists() else ""


def test_home_belongs_to_one_at_a_time(tmp_path):
    with claim(tmp_path) as held:
        held.write("process 1, http://127.0.0.1:8501")
        held.flush()
        with pytest.raises(AlreadyRunning, match=r"already running .*process 1, http"):
            claim(tmp_path)
    claim(tmp_path).close()


def test_taken_port_is_named_with_the_setting_that_changes_it():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is taken: set WEB_PORT=... or stop the other program."):
            check_ports({"WEB_PORT": ("127.0.0.1", port)})


def test_service_that_dies_is_started_again_after_a_pause(supervisor, said):
    one = service(SLEEP)
    supervisor.start([one])
    first = one.process.pid
    one.process.kill()
    one.process.wait()
    supervisor._mend()
    assert one.process is None
    one.next_start = 0.0
    supervisor._mend()
    assert one.process.pid != first
    assert "one stopped by itself (code -9); it starts again in 1 s" in said[0]


def test_pause_doubles_with_each_failure_and_ends_at_half_a_minute(supervisor, said):
    one = service([sys.executable, "-c", ""])
    supervisor.start([one])
    for _ in range(7):
        one.process.wait()
        supervisor._mend()
        one.next_start = 0.0
        supervisor._mend()
    assert [line.split(" in ")[1].split(" s.")[0] for line in said] == ["1", "2", "4", "8", "16", "30", "30"]


def test_service_that_ignores_the_request_to_stop_is_killed(supervisor, monkeypatch):
    monkeypatch.setattr("cli.supervisor._LESS_PATIENCE", 0.3)
    one = service(STUBBORN)
    supervisor.start([one])
    assert wait_until(lambda: "up" in log_of(supervisor))
    supervisor.stop()
    assert one.process.returncode == -signal.SIGKILL


def test_readiness_is_asked_under_a_name_that_every_service_answers_to(supervisor, tmp_path):
    """BIND_ADDRESS may be one that is no name of the site."""
    fine = health.Health({})
    port = health.serve("one", lambda: fine, lambda: fine, load(oiflow_home=tmp_path), 0)
    one = Service("one", SLEEP, lambda _service: f"http://0.0.0.0:{port}/readyz")
    supervisor.start([one])
    assert one.readiness() == fine.body(detailed=True)


def test_output_of_a_service_lies_in_its_log(supervisor):
    supervisor.start([service([sys.executable, "-c", "print('hello')"])])
    assert wait_until(lambda: "hello\n" in log_of(supervisor))


def test_a_full_disk_costs_lines_of_a_log_and_nothing_else(supervisor, capsys):
    (supervisor.home / "logs" / "one.log").symlink_to("/dev/full")
    many = "for number in range(50_000): print(number)"  # more than a pipe holds: unread, it would stop the service
    supervisor.start([one := service([sys.executable, "-c", many])])
    assert one.process.wait(20) == 0
    assert capsys.readouterr().err == ""


PARENT = """
import os, sys, time
from pathlib import Path
from cli.supervisor import Service, Supervisor
made = Supervisor(Path(sys.argv[1]), dict(os.environ), print, lambda: None)
made.listen()
made.start([Service("one", [sys.executable, "-c", "import time; time.sleep(600)"], lambda _service: None)])
print(made.services[0].process.pid, made.guard.pid, flush=True)
time.sleep(600)
"""


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert all(psutil.pid_exists(pid) for pid in pids)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_until(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_signals_that_interrupt_one_another_do_not_wait_for_each_other():
    wish = StopWish()
    old = signal.signal(signal.SIGUSR1, lambda *_: wish.set())
    sender = threading.Thread(target=lambda: [os.kill(os.getpid(), signal.SIGUSR1) for _ in range(2000)])
    sender.start()
    while sender.is_alive():
        wish.set()
        assert wish.wait(0.01)
    sender.join()
    signal.signal(signal.SIGUSR1, old)
