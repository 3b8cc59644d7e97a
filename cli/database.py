"""Commands about PostgreSQL itself: db url, serve, migrate, backup, restore, roles; doctor."""

import shlex
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from cli.base import Demo, Json, answer, counted, note, opened, register

_STARTED = "the server runs; Ctrl-C or SIGTERM stops it, unless others use it by then."
_JOINED = "the server was running already and is kept up from now on; it stops when its last user ends. Ctrl-C ends this command."
_GIVEN = "the server is the one of DATABASE_URL; nothing here starts or stops it. Ctrl-C ends this command."


def add_to(app: typer.Typer) -> None:
    """Put `oiflow db ...` and `oiflow doctor` into the application."""
    group = typer.Typer(
        help="PostgreSQL: address, schema, backups, logins.\n\nExample: oiflow db backup oiflow.backup", no_args_is_help=True
    )
    register(group, {"url": url, "serve": serve, "migrate": migrate, "backup": backup, "restore": restore, "roles": roles})
    app.add_typer(group, name="db")
    register(app, {"doctor": doctor})


def url(
    login: Annotated[str, typer.Option(help="Which login, see `oiflow db roles`.")] = "app_admin",
    env: Annotated[
        bool, typer.Option("--env", help="Print lines for a shell instead, so that no command line shows the password.")
    ] = False,
    demo: Demo = False,
) -> None:
    """Print the address of the database, password included.

    Example: eval "$(oiflow db url --env)"; psql
    """
    from core.settings import LOGINS
    from db import embedded
    from db.address import is_embedded, login_url, variables

    if login not in LOGINS:
        raise typer.BadParameter(f"one of {', '.join(LOGINS)}", param_hint="--login")
    with opened() as settings:
        address = login_url(settings, login, demo)
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables(address).items()]
        print("\n".join(lines) if env else address)
    if is_embedded(settings) and not embedded.running(settings.oiflow_home):
        print("oiflow: this server stopped with the command; `make run` or `oiflow db serve` keeps it up.", file=sys.stderr)


def serve() -> None:
    """Print the full address; keep the database up till Ctrl-C.

    Example: oiflow db serve   (the address has the password of app_admin in it; SIGTERM ends it too)
    """
    from core.settings import load
    from db import embedded
    from db.address import is_embedded, login_url

    joins = is_embedded(known := load()) and embedded.running(known.oiflow_home)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with opened() as settings:
        print(login_url(settings, "app_admin"), flush=True)
        print(f"oiflow: {_JOINED if joins else _STARTED if is_embedded(settings) else _GIVEN}", file=sys.stderr, flush=True)
        while not ended.wait(3600):
            pass
    goes_on = not is_embedded(settings) or embedded.running(settings.oiflow_home)
    print(f"oiflow: {'this command ended; the server goes on.' if goes_on else 'the server is stopped.'}", file=sys.stderr)


def migrate(as_json: Json = False) -> None:
    """Bring logins and both databases up to date.

    Example: oiflow db migrate
    """
    from db.migrate import migrations

    with opened(upgrade=True):
        steps = [step.name for step in migrations()]
    answer({"migrations": steps}, as_json, lambda _: f"Up to date: {steps[-1]}")


def backup(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a file that is there.")] = False,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Write one database to a file, raw files left out.

    Example: oiflow db backup oiflow.backup
    """
    from db.backup import back_up

    with opened() as settings:
        done = back_up(settings, file, demo, replace)
        note(settings, demo, "database_backed_up", file.name, tables=done.tables, size_bytes=done.size_bytes)
    answer(done, as_json, lambda _: f"{done.database}: {done.size_bytes / 1e6:.1f} MB in {done.file}, {done.seconds:.1f} s")


def restore(
    file: Annotated[Path, typer.Argument(help="File that `oiflow db backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of a database that holds rows.")] = False,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Read a backup in; a wrong file changes nothing.

    Example: oiflow db restore oiflow.backup
    """
    from db.backup import restore as read_back
    from db.doctor import missing_packs

    with opened() as settings:
        done = read_back(settings, file, demo, replace)
        note(settings, demo, "database_restored", file.name, tables=done.tables)
        lacking = missing_packs(settings, demo)
    tables = counted(done.tables, "table")
    answer(done, as_json, lambda _: f"{done.database}: {tables} back from {done.file}, {done.seconds:.1f} s")
    if lacking:
        print("oiflow: The raw archive lies in OIFLOW_HOME/raw and is not in this file; copy it too.", file=sys.stderr)


def roles(
    script: Annotated[
        bool, typer.Option("--sql", help="Print the statements for an operator instead; asks no database.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make or repair the logins and list their time limits.

    Example: oiflow db roles
    """
    from core.settings import load
    from db import roles as logins
    from db.address import server_url

    if script:
        print("\n".join(logins.script(load())))
        return
    with opened() as settings:
        found = logins.report(server_url(settings))
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction")
    rows = [{"login": one.login} | dict(zip(names, one.limits, strict=True)) for one in found]
    lines = [f"{row['login']:<12} cut after {row['statement_timeout']}" for row in rows]
    answer({"logins": rows}, as_json, lambda _: "\n".join(lines))


def doctor(as_json: Json = False) -> None:
    """Look for what stands in the way and say the remedy.

    Example: oiflow doctor
    """
    from core.clock import system_clock
    from core.errors import PlatformError
    from db.doctor import examine

    with opened() as settings:
        checks = examine(settings, system_clock)
    rows = [{"check": check.name, "good": check.good, "found": check.found} for check in checks]
    answer(
        {"checks": rows},
        as_json,
        lambda _: "\n".join(f"{'ok ' if row['good'] else 'BAD'}  {row['check']}: {row['found']}" for row in rows),
    )
    bad = [check.name for check in checks if not check.good]
    if bad:
        raise PlatformError(f"{len(bad)} of {len(checks)} checks found a fault: {', '.join(dict.fromkeys(bad))}.")
