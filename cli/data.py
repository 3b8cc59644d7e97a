"""Commands about what is stored: fingerprint, derive."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from cli.base import Demo, Json, answer, database


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the application."""
    app.command("fingerprint")(fingerprint)
    app.command("derive")(derive)


def fingerprint(
    session: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="One quote session only.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Moment of knowledge, UTC unless it says otherwise.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """A hash of everything visible, equal for equal data.

    Example: oiflow fingerprint --session 2023-09-28
    """
    from core.clock import system_clock
    from usecases.fingerprint import fingerprint as compute

    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=UTC)
    with database("app_admin", demo) as db:
        answer(compute(db, system_clock, session.date() if session else None, as_of), as_json, lambda found: found.fingerprint)


def derive(
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First quote session.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last quote session.")] = None,
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """Derive flags of sessions again from what is stored.

    Example: oiflow derive --from 2023-09-01 --to 2023-09-29
    """
    from core.clock import system_clock
    from ingest.derive import derive_again

    with database("ingest", demo) as db:
        found = derive_again(db, system_clock, first.date() if first else date.min, last.date() if last else date.max)
        answer(found, as_json, lambda answer: f"{answer.sessions} sessions derived in {answer.seconds:.1f} s")
