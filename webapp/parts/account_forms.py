"""The four cards of the account page."""

import streamlit as st

from core.access import FEATURES, Tier, allows
from core.clock import system_clock
from usecases import accounts, passwords, sign_in
from usecases.sign_in import Account
from webapp import failure, pools, visitor
from webapp.look import formats, markup
from webapp.parts import notice, sign_in_form

_COLOURS = {"default": "Teal and rose", "green_up": "Green up, red down", "red_up": "Red up, green down"}
_THEMES = {"dark": "Dark", "light": "Light"}


def tier(account: Account) -> None:
    """E-mail, tier, its end, and what a higher tier adds."""
    st.subheader("Your account")
    until = f" until {formats.clock_year(account.tier_until)}" if account.tier_until else ""
    st.text(f"{account.email}\n{account.tier.title()}{until}")
    more = [
        feature.title
        for feature in FEATURES.values()
        if allows(Tier.PREMIUM, feature.name) and not allows(account.tier, feature.name)
    ]
    if more:
        st.text(f"Premium adds {', '.join(more)}, every stored session and expiration, and exports. Ask the operator for it.")


def look(account: Account) -> None:
    """Theme of this browser and account, colours of rising and falling."""
    st.subheader("Look")
    theme = st.radio("Theme", list(_THEMES), list(_THEMES).index(account.theme), format_func=_THEMES.__getitem__, horizontal=True)
    colours = st.radio(
        "Rising and falling", list(_COLOURS), list(_COLOURS).index(account.colours), format_func=_COLOURS.__getitem__
    )
    if (theme, colours) != (account.theme, account.colours):
        accounts.set_look(pools.database("auth"), account.account_id, theme, colours)
        if theme != account.theme:
            markup.show(markup.fill('<i data-oiflow-theme="{theme}"></i>', theme=_THEMES[theme]))
        else:
            st.rerun()


def password(account: Account) -> None:
    """Present and new password; every other sign-in of the account ends."""
    st.subheader("Change password")
    with st.form("password", border=False):
        present = st.text_input("Present password", type="password", autocomplete="current-password")
        new = st.text_input("New password", type="password", help=passwords.RULES, autocomplete="new-password")
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        sent = st.form_submit_button("Change password")
    if sent and new != again:
        notice.wrong("The two passwords differ.")
    elif sent:
        database, visit = pools.database("auth"), visitor.visit()
        with failure.told():
            accounts.change_password(database, account.account_id, account.email, present, new, visit, system_clock)
            sign_in_form.send(sign_in.issue_ticket(database, account.account_id, visit, system_clock))


def sign_ins(account: Account) -> None:
    """Where this account is signed in, and the button that ends all of it."""
    st.subheader("Signed in")
    rows = sign_in.open_sign_ins(pools.database("auth"), account.account_id, system_clock)
    times = {"Since": rows["created_at"], "Last seen": rows["seen_at"]}
    words = {name: column.map(formats.clock_table) for name, column in times.items()}
    st.dataframe({**words, "Address": rows["address"], "Browser": rows["browser"]}, hide_index=True, height="content")
    if st.button("Sign out everywhere"):
        accounts.end_sign_ins(pools.database("auth"), account.email, account.email, system_clock)
        st.rerun()
