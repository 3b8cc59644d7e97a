"""What `oiflow up` starts: the database, the collector, the worker, the pages and the API, as one product."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli.supervisor import Service, Supervisor, check_ports, claim
from core import health
from core.errors import DatabaseFull, DatabaseTooSlow, DatabaseUnavailable
from core.settings import Settings, load
from db.binaries import make_home

_HOST = "127.0.0.1"
# Of the websocket: nothing is unpacked, and no message is longer than webapp/server/websocket.py lets through.
SOCKET = ("--ws-per-message-deflate", "false", "--ws-max-size", str(2**18))

_GONE = "The database does not answer; starting it again."
_CUT = "A connection to the database ended, as a restore ends them; the database runs, connecting again."


def run() -> int:
    """Start everything, tell where it is, keep it running until SIGTERM or Ctrl-C; the exit code."""
    from core.sources import scheduled

    began = time.monotonic()
    settings = load()
    scheduled(settings)  # a name that nobody knows ends the collector again and again: refused here, in one line
    with _claimed(settings):
        database = _Database(settings)
        supervisor = Supervisor(settings.oiflow_home, _environment(settings), _say, database.check)
        supervisor.listen()
        try:
            _keep_running(settings, database, supervisor, began)
        finally:
            supervisor.stop()
            supervisor.dismiss_guard()
    _say("Stopped.")
    return 0


@contextmanager
def _claimed(settings: Settings) -> Iterator[None]:
    """Inside, the home and its ports are ours, and whoever comes second is told where to find us."""
    if not settings.database_url.get_secret_value():
        make_home(settings.oiflow_home)
    with claim(settings.oiflow_home) as held:
        at = settings.bind_address
        check_ports({"WEB_PORT": (at, settings.web_port), "API_PORT": (at, settings.api_port)})
        held.write(f"process {os.getpid()}, {settings.pages_url}")
        held.flush()
        try:
            yield
        finally:
            held.truncate(0)


def _keep_running(settings: Settings, database: "_Database", supervisor: Supervisor, began: float) -> None:
    """The database up, then the services, until somebody wants them to stop. began: on the monotonic clock."""
    web, *others = _services(settings)
    _say("Starting the database ...")
    supervisor.start([web])  # it imports for seconds before it needs a database
    before = database.address()
    with database.running():
        if before not in (None, database.address()):
            supervisor.restart(web)  # it may have met the address of last time
        if not supervisor.stopping.is_set():
            _say("Starting collector, worker, pages and API ...")
            supervisor.start(others)
            words = [] if supervisor.stopping.is_set() else _accounts(settings)  # three hashes, while the services start
            if supervisor.wait_ready():
                _say(_welcome(settings, words, time.monotonic() - began))
                supervisor.watch()
        _say("Stopping ...")
        supervisor.stop()


class _Database:
    """The embedded server while the product runs, brought back when it dies; nothing to do for one given by DATABASE_URL."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._told = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inside, both databases stand and are migrated."""
        from db.connect import open_databases

        with open_databases(self.settings):
            yield

    def address(self) -> str | None:
        """Where the embedded server was last started; None where there is none."""
        from db import embedded
        from db.connect import is_embedded

        try:
            return embedded.address(self.settings.oiflow_home).superuser_url if is_embedded(self.settings) else None
        except DatabaseUnavailable:
            return None

    def check(self) -> None:
        """Start the embedded server again if it does not answer; where that fails, the next call tries again.

        Told of once, until it answers again.
        """
        from db import embedded
        from db.connect import connect, is_embedded

        if not is_embedded(self.settings):
            return
        try:
            if not hasattr(self, "_probe"):
                self._probe = connect(self.settings, "worker", most=1)
            self._probe.value("ping")
        except DatabaseUnavailable as error:
            if isinstance(error, DatabaseTooSlow | DatabaseFull):  # it does answer
                return
            if not self._told:  # a restore ends connections, and the server lives on
                runs = embedded.running(self.settings.oiflow_home)
                _say(f"  {_CUT if runs else _GONE}")
            self._told = True
            with suppress(DatabaseUnavailable):
                self._server = embedded.start(self.settings.oiflow_home)
        else:
            self._told = False


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of the services: ours, with every setting that was given, wherever it came from."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set} | {"oiflow_home": settings.oiflow_home}
    return os.environ | {name.upper(): _text(value) for name, value in given.items()} | {"PYTHONUNBUFFERED": "1"}


def _text(value: object) -> str:
    if hasattr(value, "get_secret_value"):
        return str(value.get_secret_value())
    return str(int(value)) if isinstance(value, bool) else str(value)


def _services(settings: Settings) -> list[Service]:
    """The four services; pages and API answer on the ports of the settings, the others on ports they choose."""

    def announced(name: str) -> Callable[[Service], str | None]:
        return lambda service: health.announced(settings.oiflow_home, name, service.process.pid) if service.process else None

    def server(name: str, application: str, port: int, *more: str) -> Service:
        words = ["-m", "uvicorn", application, "--host", settings.bind_address, "--port", str(port), "--no-access-log"]
        behind = "--proxy-headers" if settings.https else "--no-proxy-headers"  # who a visitor is, only a proxy of ours may say
        quiet = [behind, "--no-server-header", "--timeout-graceful-shutdown", "2", "--log-level", "warning"]
        host = _HOST if settings.bind_address in ("0.0.0.0", "::") else settings.bind_address  # noqa: S104 - compared, not bound
        return Service(name, [sys.executable, *words, *quiet, *more], lambda _service: f"http://{host}:{port}/readyz")

    return [
        server("web", "webapp.app:application", settings.web_port, *SOCKET),
        Service("collector", [sys.executable, "-m", "ingest"], announced("collector")),
        server("api", "api.app:application", settings.api_port),
        Service("worker", [sys.executable, "-m", "worker"], announced("worker")),
    ]


def _accounts(settings: Settings) -> list[str]:
    """Make the demo accounts, or a first admin's link where there is no admin yet; lines for the welcome."""
    from core.clock import system_clock
    from db.connect import connect
    from usecases import accounts

    auth = connect(settings, "auth", demo=settings.oiflow_demo)
    try:
        if settings.oiflow_demo and not settings.loopback_only:
            accounts.close_demo(auth, system_clock)
        elif settings.oiflow_demo:
            made = accounts.ensure_demo(auth, settings.oiflow_home, system_clock)
            return ["Demo accounts (this machine only):", *(f"  {email:<14} {password}" for email, password in made.items())]
        link = accounts.first_admin_link(auth, system_clock)
        return (
            ["No admin yet. Set the first admin's password within 30 minutes:", f"  {link.url(settings.pages_url)}"]
            if link
            else []
        )
    finally:
        auth.close()


def _collected(settings: Settings) -> list[str]:
    """Sources that are fetched, each with its licence note or what it still lacks."""
    from core.sources import ABOUT, lacking

    lines = []
    for name in filter(None, (part.strip() for part in settings.sources.split(","))):
        about = ABOUT.get(name)
        why = lacking(about, settings) if about else ""
        said = f"not running: {why}" if why else about.licence_note if about else "public market data of the venue"
        lines.append(f"  Source {about.label if about else name.capitalize()}: {said}")
    return lines


def _welcome(settings: Settings, accounts: list[str], seconds: float) -> str:
    """Addresses and accounts, printed once everything is ready."""
    logs = _short(settings.oiflow_home / "logs")
    shown = "the simulated market; OIFLOW_DEMO=0 shows the real one" if settings.oiflow_demo else "the real market"
    lines = [
        "",
        f"OI Flow is ready after {seconds:.0f} s, showing {shown}.",
        f"  Pages  {settings.pages_url}",
        f"  API    http://{_HOST}:{settings.api_port}/api/openapi.json",
        f"  Inbox  {_short(settings.oiflow_home / 'inbox')} (files for the real market)",
        f"  Logs   {logs}",
        *_collected(settings),
        *accounts,
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:  # whoever read our words is gone; the product goes on
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
