"""Commands about accounts: add, list, set-tier, disable, enable, reset-link, end-sign-ins, first-admin, audit."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.base import TIME, Demo, Json, actor, aligned, answer, connected, counted, database, opened, register

if TYPE_CHECKING:
    import pandas as pd

    from core.clock import Clock
    from db.database import Database
    from usecases.accounts import Link

Email = Annotated[str, typer.Argument(help="E-mail of the account.")]
Tier = Annotated[str, typer.Option(help="free, premium or admin.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the tier, New York; none: no end.")]


def add_to(app: typer.Typer) -> None:
    """Put `oiflow accounts ...` into the application."""
    group = typer.Typer(help="Accounts: who may come in.\n\nExample: oiflow accounts list", no_args_is_help=True)
    register(group, {
        "add": add, "list": listed, "set-tier": set_tier, "disable": disable, "enable": enable, "reset-link": reset_link,
        "end-sign-ins": end_sign_ins, "first-admin": first_admin, "audit": audit_log,
    })  # fmt: skip
    app.add_typer(group, name="accounts")


def _end(day: datetime | None) -> datetime | None:
    from usecases.accounts import end_of

    return end_of(day.date()) if day else None


def _show_link(make: Callable[..., "Link"], demo: bool, as_json: bool, *values: Any) -> None:
    from core.clock import system_clock

    with opened() as settings, connected(settings, "auth", demo) as db:
        link = make(db, *values, system_clock)
    shown = {"email": link.email, "purpose": link.purpose, "url": link.url(settings.pages_url), "expires_at": link.expires_at}
    answer(shown, as_json, lambda found: f"{found['url']}\nGood once, until {found['expires_at']:{TIME}}.")


def _show_rows(rows: "pd.DataFrame", as_json: bool, none: str) -> None:
    known = rows.astype(object).where(rows.notna(), None)
    answer(known.to_dict("records"), as_json, lambda found: _table(found) if found else none)


def _table(rows: list[dict[str, Any]]) -> str:
    return aligned([list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)])


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return format(value, TIME)
    return "-" if value is None else str(value)


def _do(act: Callable[..., Any], demo: bool, *values: Any) -> Any:
    from core.clock import system_clock

    with database("auth", demo) as db:
        return act(db, *values, system_clock)


def add(email: Email, tier: Tier = "free", until: Until = None, demo: Demo = False, as_json: Json = False) -> None:
    """Make an account and print its link.

    Example: oiflow accounts add you@example.com --tier premium
    """
    from usecases import accounts

    _show_link(accounts.add, demo, as_json, actor(), email, tier, _end(until))


def listed(demo: Demo = False, as_json: Json = False) -> None:
    """All accounts with tier, state and open sign-ins.

    Example: oiflow accounts list --json
    """
    from usecases import accounts

    way = "add E-MAIL --demo` makes one" if demo else "first-admin` gives the link that makes the first admin"
    _show_rows(_do(accounts.listed, demo), as_json, f"There is no account. `oiflow accounts {way}.")


def set_tier(
    email: Email, tier: Annotated[str, typer.Argument(help="free, premium or admin.")], until: Until = None, demo: Demo = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Give an account a tier from now on.

    Example: oiflow accounts set-tier you@example.com premium --until 2027-01-31
    """
    from usecases import accounts

    _do(accounts.set_tier, demo, actor(), email, tier, _end(until))
    answer({"email": email, "tier": tier, "until": _end(until)}, as_json, lambda _: f"{email} is {tier}.")


def disable(email: Email, demo: Demo = False, as_json: Json = False) -> None:
    """No sign-in any more; open ones end.

    Example: oiflow accounts disable you@example.com
    """
    from usecases import accounts

    _do(accounts.disable, demo, actor(), email)
    answer({"email": email, "state": "disabled"}, as_json, lambda _: f"{email} is disabled.")


def enable(email: Email, demo: Demo = False, as_json: Json = False) -> None:
    """Let an account in again, or a sign-up for the first time.

    Example: oiflow accounts enable you@example.com
    """
    from usecases import accounts

    _do(accounts.enable, demo, actor(), email)
    answer({"email": email, "enabled": True}, as_json, lambda _: f"{email} may sign in.")


def reset_link(email: Email, demo: Demo = False, as_json: Json = False) -> None:
    """Print a link for a new password, 30 minutes.

    Example: oiflow accounts reset-link you@example.com
    """
    from usecases import accounts

    _show_link(accounts.reset_link, demo, as_json, actor(), email)


def end_sign_ins(email: Email, demo: Demo = False, as_json: Json = False) -> None:
    """Sign an account out everywhere.

    Example: oiflow accounts end-sign-ins you@example.com
    """
    from usecases import accounts

    ended = _do(accounts.end_sign_ins, demo, actor(), email)
    answer({"email": email, "ended": ended}, as_json, lambda _: f"{counted(ended, 'sign-in')} ended.")


def first_admin(demo: Demo = False, as_json: Json = False) -> None:
    """Print the link that makes the first admin, 30 minutes.

    Example: oiflow accounts first-admin
    """
    from core.errors import AccountError
    from usecases import accounts

    def make(db: "Database", clock: "Clock") -> "Link":
        link = accounts.first_admin_link(db, clock)
        if link is None:
            raise AccountError("There is an admin already.")
        return link

    _show_link(make, demo, as_json)


def audit_log(
    search: Annotated[str, typer.Option(help="Words in actor, action or subject.")] = "",
    demo: Demo = False,
    as_json: Json = False,
) -> None:
    """The newest lines of the audit log.

    Example: oiflow accounts audit --search sign_in
    """
    from usecases import audit

    with database("auth", demo) as db:
        found = audit.entries(db, search)
    none = f"No line of the audit log holds '{search}'." if search else "The audit log holds no line."
    _show_rows(found, as_json, none)
