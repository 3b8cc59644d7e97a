"""The command `oiflow`: prints what use cases answer, starts what services do.

One module per subject; each imports its heavy parts inside the command, so that `oiflow --help` answers at once.
"""

import signal
import sys

import typer

from cli import accounts, collecting, database, imports, mappings, reading, replaying, service
from cli.base import complain
from core import log, private
from core.errors import PlatformError

app = typer.Typer(
    help="OI Flow: open-interest analytics.\n\nExample: oiflow import downloads/",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
accounts.add_to(app)
imports.add_to(app)
mappings.add_to(app)
collecting.add_to(app)
replaying.add_to(app)
reading.add_to(app)
service.add_to(app)
database.add_to(app)


def main() -> None:
    """Entry point: exit code 0 done, 1 failed with one line on standard error, 2 wrong usage."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what a command started is stopped
    private.mask()
    log.configure("WARNING", "command")  # to standard error: nothing but the answer belongs on standard output
    try:
        app()
    except PlatformError as error:
        complain(str(error))
        sys.exit(1)
