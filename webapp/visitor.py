"""Who is looking at this page: asked of PostgreSQL at every rerun, never kept in the visitor's own state."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec

import streamlit as st

from core.access import FEATURES, Tier, allows
from core.clock import system_clock
from core.errors import DatabaseUnavailable, NotAllowed
from usecases import audit, sign_in
from usecases.audit import Visit
from usecases.sign_in import Account
from webapp import pools
from webapp.parts import locked

STRANGER = Account(0, "", Tier.ANONYMOUS)
Given = ParamSpec("Given")


def visit() -> Visit:
    """Address, cookies and browser of this page's connection."""
    seen = st.context
    return visit_of(seen.ip_address or "127.0.0.1", seen.cookies, seen.headers)  # Streamlit says None for this machine


def visit_of(address: str, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Visit:
    """What is known of whoever asks, by page, route or websocket."""
    name = pools.settings().cookie_name
    return Visit(
        address=address,
        cookie=cookies.get(name, ""),
        pre_sign_in=cookies.get(f"{name}-visit", ""),
        browser=cookies.get(f"{name}-browser", ""),
        agent=headers.get("User-Agent", ""),
    )


def current(touch: bool = True) -> Account | None:
    """The account that is signed in now, or None. A page without a cookie asks no database."""
    asks = visit()
    return (
        sign_in.current_account(pools.database("auth"), asks.cookie, system_clock, touch, asks.address) if asks.cookie else None
    )


def require(feature: str) -> Account:
    """The account that may see this page, else stop: strangers are asked to sign in, others see what the page holds."""
    account = current() or STRANGER
    if allows(account.tier, feature):
        return account
    if account is STRANGER:
        st.info("Please sign in.")
        st.stop()
    _note_refusal(account, feature)
    locked.show(feature, account)
    st.stop()
    raise NotAllowed()  # whatever stop does one day


def _note_refusal(account: Account, feature: str) -> None:
    seen = f"refused {feature} {account.tier}"
    if seen not in st.session_state:
        st.session_state[seen] = True
        audit.refused(pools.database("auth"), account.email, f"page {feature}", visit().address, system_clock)


def fragment(feature: str | None, run_every: float) -> Callable[[Callable[Given, None]], Callable[Given, None]]:
    """A piece of a page that is drawn again by itself; each time it is asked first whether its feature may still be seen.

    A browser can ask for a piece alone, long after the page's own check, so this is the only door to Streamlit's. Where
    the answer is no the whole page runs again and says why. Looking is no act: it keeps no sign-in from idling.
    feature: None for a piece that shows nothing of the database.
    """

    def checked(draw: Callable[Given, None]) -> Callable[Given, None]:
        @st.fragment(run_every=run_every)
        @wraps(draw)
        def piece(*given: Given.args, **named: Given.kwargs) -> None:
            if feature is not None and not allows((current(touch=False) or STRANGER).tier, feature):
                st.rerun()
                raise NotAllowed()  # whatever rerun does one day
            draw(*given, **named)

        return piece

    return checked


def watch(account: Account | None) -> None:
    """Ask again every `recheck_seconds`, also while nobody clicks; a page that its account may not keep is drawn anew."""
    if account is None:
        return

    @fragment(None, pools.settings().recheck_seconds)
    def recheck() -> None:
        try:
            now = current(touch=False) or STRANGER
        except DatabaseUnavailable:
            st.caption("The database does not answer. What you see is what was known before.")
            return
        if (now.account_id, now.tier) != (account.account_id, account.tier):
            st.rerun()

    recheck()


def open_to_strangers(feature: str) -> bool:
    """Whether a page needs no sign-in; the pages that are no feature (sign-in, links) are for strangers."""
    return feature not in FEATURES or allows(Tier.ANONYMOUS, feature)
