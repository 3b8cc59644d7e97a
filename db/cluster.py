"""One data folder of PostgreSQL and the processes that belong to it: made, configured, started, cleared, halted.

A process is ours when its name is postgres and it works in this data folder. Its number alone proves nothing: after a crash
the number may belong to a stranger.
"""

import os
import secrets
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil

from core.errors import DatabaseUnavailable
from db.binaries import Runner

HOST = "127.0.0.1"
_HBA = f"# written at each start\nhost all all {HOST}/32 scram-sha-256\n"
_MAJOR = "18"


def initialise(way: Runner, password: str, durable: bool) -> None:
    """Make the data folder: initdb beside it, then one rename, so that a killed initdb leaves nothing that looks finished.

    Paths are relative to the folder, because initdb and pg_ctl hand them to a shell.
    """
    half, given, log = way.folder / "data.new", way.folder / "password.new", way.folder / "initdb.log"
    shutil.rmtree(half, ignore_errors=True)
    write_private(given, password)
    way.hand_over(given)
    code = way.run(
        "initdb", "-D", half.name, "-U", "postgres", f"--pwfile={given.name}", "--auth=scram-sha-256", "--encoding=UTF8",
        "--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums", *([] if durable else ["--no-sync"]), log=log,
    )  # fmt: skip
    given.unlink()
    if code != 0:
        raise DatabaseUnavailable(f"PostgreSQL could not set up its folder: {_last_words(log)}")
    with (half / "postgresql.conf").open("a") as file:  # what initdb found out about the machine stays above it
        file.write("\n# written at each start; what you add below it wins\ninclude = 'oiflow.conf'\n")
    half.rename(way.folder / "data")


def check_version(data: Path) -> None:
    """Refuse a folder made by another major version before the server writes to it."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != _MAJOR:
        raise DatabaseUnavailable(
            f"{data} was made by PostgreSQL {found}, this OI Flow brings {_MAJOR}. Back up with the version of OI Flow that "
            "made it (`oiflow db backup`), move the folder away, and restore (`oiflow db restore`)."
        )


def configure(way: Runner, port: int, durable: bool) -> None:
    """Write our part of the configuration: loopback only, sized by the machine's memory."""
    data = way.folder / "data"
    lines = "".join(f"{name} = {value}\n" for name, value in _configuration(port, durable).items())
    for name, body in (("oiflow.conf", f"# written at each start\n{lines}"), ("pg_hba.conf", _HBA)):
        write_private(data / name, body)
        way.hand_over(data / name)


def _configuration(port: int, durable: bool) -> dict[str, str]:
    total = psutil.virtual_memory().total // 2**20
    return {
        "listen_addresses": f"'{HOST}'", "port": str(port), "unix_socket_directories": "''", "max_connections": "100",
        "shared_buffers": f"'{min(1024, max(64, total // 32))}MB'", "effective_cache_size": f"'{max(128, total // 2)}MB'",
        "work_mem": f"'{min(32, max(4, total // 512))}MB'", "maintenance_work_mem": f"'{min(256, max(32, total // 64))}MB'",
        "max_wal_size": "'2GB'" if total > 4096 else "'512MB'", "checkpoint_timeout": "'15min'", "wal_level": "minimal",
        "max_wal_senders": "0", "jit": "off", "max_parallel_workers_per_gather": "1", "io_method": "sync",
        "password_encryption": "'scram-sha-256'", "timezone": "'UTC'", "log_timezone": "'UTC'",
        "logging_collector": "on", "log_directory": "'log'", "log_filename": "'%a.log'", "log_truncate_on_rotation": "on",
        "log_rotation_size": "0", "log_line_prefix": "'%m [%p] %u@%d '", "log_checkpoints": "off",
        # a failed statement would carry bound values, password hashes among them, into the log
        "log_min_error_statement": "panic", "log_parameter_max_length_on_error": "0",
        "fsync": "on" if durable else "off", "full_page_writes": "on" if durable else "off",
    }  # fmt: skip


def launch(way: Runner, seconds: int) -> int:
    """Start the server and wait until it says that it is ready; pg_ctl's exit code."""
    words = way.folder / "first_words.log"
    words.unlink(missing_ok=True)
    return way.run("pg_ctl", "start", "-w", "-t", str(seconds), "-D", "data", "-l", words.name, log=way.folder / "pg_ctl.log")


def why_not(way: Runner) -> str:
    """What a server that did not start said last."""
    return _last_words(way.folder / "first_words.log") or _last_words(way.folder / "pg_ctl.log")


def _last_words(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split()[-40:]) if log.exists() else ""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    half = path.with_name(f"{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)


def free_port(wanted: int | None) -> int:
    """The wanted port if it is free, so that addresses stay; else one below those that outgoing connections are given."""
    if wanted is not None and port_is_free(wanted):
        return wanted
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def postmaster(data: Path) -> psutil.Process | None:
    """The server's first process if it lives."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
    except (OSError, ValueError, psutil.Error):
        return None
    return process if _ours(process, data) else None


def _ours(process: psutil.Process, data: Path) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres" and Path(process.cwd()) == data
    except psutil.Error:
        return False


def clear_leftovers(data: Path) -> None:
    """End backends whose server was killed, and drop a pid file whose number may belong to a stranger by now."""
    if postmaster(data) is not None:
        raise DatabaseUnavailable(f"The embedded PostgreSQL runs but does not answer; see {data / 'log'}.")
    left = [process for process in psutil.process_iter() if _ours(process, data)]
    _, stubborn = psutil.wait_procs(left, timeout=5)  # they notice by themselves that their server is gone
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    (data / "postmaster.pid").unlink(missing_ok=True)


def halt(data: Path) -> None:
    """Fast shutdown; after three seconds the immediate one, from which PostgreSQL recovers at the next start."""
    process = postmaster(data)
    for number, patience in ((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 1.0)):
        if process is None or not _ours(process, data):
            return
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        end = time.monotonic() + patience
        while _ours(process, data) and time.monotonic() < end:
            time.sleep(0.02)
