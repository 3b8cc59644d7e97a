"""The command that starts the product."""

import typer

from cli.base import register


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    register(app, {"up": up})


def up() -> None:
    """Start all of it: database, collector, worker, pages, API.

    Example: WEB_PORT=8600 oiflow up
    """
    from cli.up import run

    raise typer.Exit(run())
