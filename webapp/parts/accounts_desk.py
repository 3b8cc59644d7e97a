"""What an admin sees and does on the accounts page. Each act is at most three clicks; what destroys asks first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.access import Tier
from core.clock import system_clock
from core.sessions import EASTERN
from usecases import accounts, audit
from usecases.accounts import Link
from usecases.sign_in import Account
from webapp import pools
from webapp.failure import attempt
from webapp.look import formats, markup
from webapp.parts import cards, tables

TIERS = [tier.value for tier in Tier if tier is not Tier.ANONYMOUS]
_LINES = 500  # of the audit log
STATES = ["invited", "waiting", "active", "disabled"]


@dataclass(frozen=True)
class Chosen:
    """The filters of the page."""

    tiers: tuple[str, ...]
    states: tuple[str, ...]
    search: str


def filters() -> Chosen:
    """Tier, state, search: in this order."""
    tier, state, search = st.columns([1, 1, 1])
    return Chosen(
        tuple(tier.multiselect("Tier", TIERS, placeholder="All")),
        tuple(state.multiselect("State", STATES, placeholder="All")),
        search.text_input("Search", placeholder="E-mail, action").strip(),
    )


def listed(chosen: Chosen) -> dict[str, Any] | None:
    """The accounts that pass the filters; the one picked in the table."""
    rows = accounts.listed(pools.database("auth"), system_clock)
    keep = rows["email"].str.contains(chosen.search.lower(), regex=False)
    keep &= rows["tier"].isin(chosen.tiers or TIERS) & rows["state"].isin(chosen.states or STATES)
    shown = rows[keep].drop(columns=["account_id"]).reset_index(drop=True)
    event = st.dataframe(
        _words(shown),
        hide_index=True,
        key="accounts",
        on_select="rerun",
        selection_mode="single-row",
        row_height=tables.ROW,
    )
    st.caption(f"{len(shown)} of {len(rows)} accounts. Pick a row to change it.")
    return tables.picked(event, shown)


def _words(rows: pd.DataFrame) -> pd.DataFrame:
    """The table as it is read: times in New York, a dash for what has not been."""
    times = {"Tier until": rows["tier_until"], "Last seen": rows["seen_at"], "Since": rows["created_at"]}
    words = {name: column.map(formats.clock_table) for name, column in times.items()}
    plain = {"E-mail": rows["email"], "Tier": rows["tier"], "State": rows["state"], "Signed in": rows["sign_ins"]}
    return pd.DataFrame({**plain, **words, "Demo": rows["demo"].map({True: "demo", False: ""})})


def _until(day: date | None) -> datetime | None:
    return accounts.end_of(day) if day else None


def _hand_over(link: Link | None) -> None:
    if link is not None:
        st.code(link.url(pools.settings().pages_url), language=None)
        st.caption(f"Shown once, good once, until {formats.clock(link.expires_at)}. Hand it over by a way you trust.")


def tools(admin: Account) -> None:
    """What stands above the table: invite, and the file of all accounts."""
    with st.container(horizontal=True, key="tools_accounts", vertical_alignment="center", gap="small"):
        invite(admin)
        markup.show(markup.fill('<a class="of-button" href="/export/accounts.csv" download title="All accounts as CSV">CSV</a>'))


def invite(admin: Account) -> None:
    """A new account by a link."""
    with st.popover("Invite", type="primary", key="invite_open"), st.form("invite", border=False):
        if admin.demo:
            st.caption("A demo account invites demo accounts: they sign in on this machine alone.")
        email = st.text_input("E-mail")
        tier = st.selectbox("Tier", TIERS)
        day = st.date_input("Tier until (empty: no end)", None)
        if st.form_submit_button("Invite", type="primary"):
            link = attempt(
                lambda: accounts.add(pools.database("auth"), admin.email, email, tier, _until(day), system_clock),
                "Invited. Give this link to its owner:",
            )
            _hand_over(link)


def act(admin: Account, picked: dict[str, Any]) -> None:
    """What can be done with the account picked in the table.

    The pick is the number of a row. Every key holds the e-mail, so a click does nothing once another account has that row.
    """
    database, email = pools.database("auth"), str(picked["email"])
    with st.container(key="card_act"):
        cards.heading(email)
        if admin.demo and not picked["demo"]:
            st.caption(accounts.DEMO_WORDS)
            return
        tier, until, save = st.columns([1, 1, 1], vertical_alignment="bottom")
        new_tier = tier.selectbox("Tier", TIERS, TIERS.index(picked["tier"]), key=f"tier {email}")
        present = None if pd.isna(picked["tier_until"]) else picked["tier_until"].astimezone(EASTERN).date()
        day = until.date_input("Until (empty: no end)", present, key=f"until {email}")
        if save.button("Save tier", type="primary", key=f"save {email}"):
            attempt(
                lambda: accounts.set_tier(database, admin.email, email, new_tier, _until(day), system_clock),
                "Saved. It counts from now on.",
            )
        _let_in_or_out(admin, email, str(picked["state"]))


def _let_in_or_out(admin: Account, email: str, state: str) -> None:
    database, who = pools.database("auth"), (admin.email, email)
    reset, end, change = st.columns(3)
    if reset.button("Reset link", key=f"reset {email}"):
        _hand_over(attempt(lambda: accounts.reset_link(database, *who, system_clock), "Give this link to its owner:"))
    _confirm(end, "End sign-ins", email, lambda: accounts.end_sign_ins(database, *who, system_clock))
    if state not in ("disabled", "waiting"):
        _confirm(change, "Disable", email, lambda: accounts.disable(database, *who, system_clock))
    elif change.button("Enable", key=f"enable {email}"):
        attempt(lambda: accounts.enable(database, *who, system_clock), "Enabled.")


def _confirm(place: Any, label: str, email: str, action: Callable[[], Any]) -> None:
    with place.popover(label, key=f"{label} {email}"):
        st.write(f"This ends every open page of the account, idle ones within {pools.settings().recheck_seconds:,.0f} s.")
        if st.button(f"Yes, {label.lower()}", key=f"yes {label} {email}", type="primary"):
            attempt(action, "Done.")


def audit_log(chosen: Chosen) -> None:
    """The newest lines that hold the searched words, at most `_LINES`."""
    lines = audit.entries(pools.database("auth"), chosen.search, _LINES)
    at = lines.pop("at").map(partial(formats.clock_table, seconds=True))
    st.dataframe(
        pd.concat([at.rename("At"), lines.rename(columns=str.capitalize)], axis=1), hide_index=True, row_height=tables.ROW
    )
    st.caption(f"{len(lines)} lines, newest first. Nobody can change or delete them.")
